import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunView, runMimeType } from "../../src/display/bundle.ts";
import { notebookFolder } from "../support/cells.ts";
import { type CellResult, type Kernel, startKernel } from "../support/kernel.ts";

const root = new URL("../..", import.meta.url).pathname;

/** What a run keeps and what comparisons tell, in the TypeScript of each kernel. */
function mediaFacts(kind: "stemma" | "tslab"): void {
  let kernel: Kernel;
  beforeAll(async () => {
    const cwd = notebookFolder({ "node_modules/.keep": "" });
    writeFileSync(join(cwd, "notes.txt"), "a note");
    symlinkSync(root, join(cwd, "node_modules", "stemma"));
    symlinkSync(join(root, "node_modules", "arquero"), join(cwd, "node_modules", "arquero"));
    kernel = await startKernel({ kind, cwd });
    const loaded = await kernel.run('import { track } from "stemma"; import * as aq from "arquero";');
    expect(loaded.stderr + (loaded.error?.evalue ?? "")).toBe("");
  });
  afterAll(() => kernel.stop());

  const ran = async (source: string): Promise<CellResult> => {
    const result = await kernel.run(source);
    expect(result.stderr + (result.error?.traceback.join("\n") ?? "")).toBe("");
    return result;
  };
  const viewOf = ({ outputs }: CellResult): RunView | undefined =>
    outputs
      .map(({ content }) => (content["data"] as Readonly<Record<string, unknown>>)?.[runMimeType] as RunView)
      .find(Boolean);

  it("keeps pictures, tables, files and data, and draws them with the run", async () => {
    const drawn = await ran(`
      const fits = aq.table({ week: ["1", "2"], cases: [10, 12.5] });
      const fit = await track({ experiment: "media", params: { beta: 0.3 }, systemMetrics: true }, async (run) => {
        for (let step = 0; step < 3; step++) await run.image("samples", { width: 2, height: 1, data: [0, 80 * step] }, { step });
        await run.table("fits", fits);
        await run.input(fits, { context: "training", name: "cases" });
        await run.artifact("notes.txt");
        await run.artifact("fit.json", { beta: 0.3 });
        run.log({ rmse: 3 });
      });
      fit`);
    const view = viewOf(drawn);
    expect(view?.images.map(({ key, images }) => [key, images.map(({ step }) => step)])).toEqual([
      ["samples", [0, 1, 2]],
    ]);
    expect(view?.images[0]?.images[2]?.data).toMatch(/^data:image\/png;base64,/);
    expect(view?.tables).toEqual([
      {
        path: "fits.parquet",
        rows: 2,
        columns: ["week", "cases"],
        top: [
          ["1", 10],
          ["2", 12.5],
        ],
      },
    ]);
    expect(view?.datasets).toMatchObject([{ name: "cases", context: "training", rows: 2 }]);
    expect(view?.artifacts.map(({ path }) => path)).toEqual(["images", "fit.json", "fits.parquet", "notes.txt"]);
    expect(Object.keys(view?.run.metrics ?? {})).toEqual(["rmse"]);
    const context = Object.fromEntries(view?.context ?? []);
    expect(context["Runs on"]).toMatch(
      kind === "tslab" ? /^the tslab 1\.0\.22 kernel, Node / : /^the stemma \S+ kernel, Node /,
    );
  });

  it("compares runs as values with their types", async () => {
    await ran('await track("media", { beta: 0.4 }, (run) => run.log({ rmse: 2 }));');
    const asked = await ran(`
      const runs = track.compare("media");
      const best: string | undefined = runs.best("rmse")?.params["beta"];
      console.log(best, runs.differing.join(), runs.toArquero(aq).numRows(), runs.delta(runs.runs[0].id).length);
      console.log(runs.toMarkdown({ metrics: ["rmse"] }));`);
    expect(asked.text).toContain("0.4 beta 2 1\n");
    expect(asked.text).toContain("| **2** |");
  });
}

describe("media in the Stemma kernel", { timeout: 60_000 }, () => mediaFacts("stemma"));
describe("media in stock tslab", { timeout: 60_000 }, () => mediaFacts("tslab"));
