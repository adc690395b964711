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

/** The one row of the table that the cell "best" ends with, from its HTML or text. */
function bestOf(notebook: Notebook): string {
  const html = dataOf(notebook, "best", "text/html");
  return Array.isArray(html) ? html.join("") : typeof html === "string" ? html : textOf(notebook, "best");
}

describe.each([
  { name: "our kernel", kernel: "stemma" },
  { name: "stock tslab", kernel: "tslab" },
])("the SEIR notebook in $name", ({ kernel }) => {
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

  it("ends with the parameters of the best run in the store", async () => {
    const [best] = await finished(place.folder, "seir");
    if (best === undefined) throw new Error("no finished run");
    const shown = bestOf(first);
    for (const name of ["sigma", "gamma"]) expect(shown).toContain(best.params[name]);
    const rmse = best.metrics["rmse"]?.value ?? Number.NaN;
    expect(shown).toContain(rmse.toPrecision(4).slice(0, 5));
    // The grid says it, and common knowledge on this outbreak: an R0 well above 3, two days in bed.
    expect(best.params).toMatchObject({ sigma: "1", gamma: "0.44" });
    expect(rmse).toBeLessThan(20);
  });

  it("runs each step of the flow the first time", () => {
    expect(textOf(first, "flow")).toMatch(/never ran/);
  });

  it("finds every step cached the second time, and says so", () => {
    expect(textOf(second, "flow")).toMatch(/cached/);
    expect(textOf(second, "flow")).not.toMatch(/never ran|will run/);
    expect(textOf(second, "run")).toMatch(/cached/);
  });

  it("gives the same result from the cache", () => {
    expect(bestOf(second)).toBe(bestOf(first));
  });

  it("shows the comparison with its values", () => {
    expect(textOf(first, "compare")).toMatch(/rmse/);
  });

  it("shows the lineage from the counts to the result", () => {
    expect(textOf(first, "lineage")).toMatch(/cases\.csv/);
  });
});
