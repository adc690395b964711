import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRuns, type RunRecord } from "../../src/track/index.ts";
import {
  copyNotebooks,
  dataOf,
  type Notebook,
  runNotebook,
  stockTslab,
  textOf,
  type Workspace,
  workspace,
} from "../support/notebook.ts";
import { root } from "../support/tools.ts";

async function finished(folder: string, experiment: string): Promise<readonly RunRecord[]> {
  const runs = openRuns(folder);
  const found = await runs.experimentByName(experiment);
  if (found === null) return [];
  const query = { experimentIds: [found.id], filter: "attributes.status = 'FINISHED'", orderBy: ["metrics.rmse ASC"] };
  return (await runs.searchRuns(query)).runs;
}

/** The line of the best run in a comparison's text: "fresh-pike ★   0.44  1  *18.86 …". */
function markedLine(notebook: Notebook, cell: string): string {
  return (
    textOf(notebook, cell)
      .split("\n")
      .find((line) => line.includes("★")) ?? ""
  );
}

function resultOf(notebook: Notebook): string {
  const html = dataOf(notebook, "best", "text/html") ?? textOf(notebook, "best");
  return [html].flat().join("");
}

describe.each([
  // beta, R0 and rmse of the best fit, in arquero's own table
  { name: "our kernel", kernel: "stemma", result: /0\.44.*4\.43.*10\.0.*18\.8/s },
  // where a value is only printed
  { name: "stock tslab", kernel: "tslab", result: /5 cols x 1 row/ },
])("the SEIR notebook in $name", ({ kernel, result }) => {
  let place: Workspace;
  let first: Notebook;
  let second: Notebook;

  beforeAll(async () => {
    place = workspace();
    copyNotebooks(place.folder);
    const options = { kernel, jupyterPath: stockTslab(join(place.folder, ".."), join(root, "node_modules")) };
    first = await runNotebook(join(place.folder, "seir.ipynb"), options);
    second = await runNotebook(join(place.folder, "seir.ipynb"), options);
  });
  afterAll(() => place.remove());

  it("leaves nine finished runs each time", async () => {
    expect(await finished(place.folder, "seir")).toHaveLength(18);
  });

  it("marks the run that is the best in the store", async () => {
    const [best] = (await finished(place.folder, "seir")).filter(({ name }) => textOf(first, "compare").includes(name));
    if (best === undefined) throw new Error("no finished run");
    // The counts say so themselves, whoever fits them: two to three days in bed, and a day before that.
    expect(best.params).toMatchObject({ sigma: "1", gamma: "0.44" });
    const rmse = best.metrics["rmse"]?.value ?? Number.NaN;
    expect(rmse).toBeLessThan(20);
    for (const text of [best.name, "0.44", rmse.toFixed(2)]) expect(markedLine(first, "compare")).toContain(text);
  });

  it("runs each step of the flow the first time", () => {
    expect(textOf(first, "flow")).toMatch(/never ran/);
  });

  it("finds every step cached the second time, and says so", () => {
    expect(textOf(second, "flow")).toMatch(/cached/);
    expect(textOf(second, "flow")).not.toMatch(/never ran|will run/);
    expect(textOf(second, "run")).toMatch(/cached/);
  });

  it("shows the flow's result, the same from the cache", () => {
    expect(resultOf(first)).toMatch(result);
    expect(resultOf(second)).toBe(resultOf(first));
  });

  it("shows the lineage from the counts to the result", () => {
    expect(textOf(first, "lineage")).toMatch(/cases\.csv/);
  });
});
