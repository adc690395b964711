import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type CellResult, type Kernel, startKernel } from "../support/kernel.ts";

const root = new URL("../..", import.meta.url).pathname;
const runMimeType = "application/vnd.stemma.run.v1+json";
const runsMimeType = "application/vnd.stemma.runs.v1+json";

/** The library in a kernel: facts of both; what is our kernel's alone is below. */
function libraryFacts(kind: "stemma" | "tslab"): void {
  let kernel: Kernel;
  beforeAll(async () => {
    const cwd = notebookFolder({ "node_modules/.keep": "" });
    symlinkSync(root, join(cwd, "node_modules", "stemma"));
    symlinkSync(join(root, "node_modules", "arquero"), join(cwd, "node_modules", "arquero"));
    kernel = await startKernel({ kind, cwd });
    const loaded = await kernel.run('import { flow, track, version } from "stemma"; import * as aq from "arquero";');
    expect(loaded.stderr + (loaded.error?.evalue ?? "")).toBe("");
  });
  afterAll(() => kernel.stop());

  const shownTypes = ({ outputs }: CellResult): string[] =>
    outputs.flatMap(({ content }) => Object.keys((content["data"] ?? {}) as object));
  /** Stock tslab aborts what comes within 200 ms of an error, and loses replies when it is asked without a pause. */
  const settled = (): Promise<void> =>
    expect.poll(async () => (await kernel.run("0")).status, { interval: 60 }).toBe("ok");

  it("tracks a run that draws itself", async () => {
    const result = await kernel.run(
      'const run = await track("fits", { beta: 0.3 }, async (open) => { open.log({ rmse: 2 }, { step: 0 }); return 7; });\nrun',
    );
    expect(result.status).toBe("ok");
    expect(shownTypes(result)).toEqual(expect.arrayContaining([runMimeType, "text/html", "text/plain"]));
    expect(Number.parseInt((await kernel.run("run.result")).text, 10)).toBe(7);
  });

  it("compares runs, arquero at its side", async () => {
    expect(shownTypes(await kernel.run('track.compare("fits")'))).toContain(runsMimeType);
    expect(Number.parseInt((await kernel.run("aq.table({ a: [1, 2, 3] }).numRows()")).text, 10)).toBe(3);
  });

  it("marks a run as failed when its body throws, and the cell fails with that error", async () => {
    const failed = await kernel.run('await track("failing", async () => { throw new RangeError("bad beta"); });');
    expect(failed.status).toBe("error");
    expect(failed.stderr + (failed.error?.traceback.join("\n") ?? "")).toContain("RangeError: bad beta");
    await settled();
    expect((await kernel.run('track.runs("failing")')).text).toContain("failed");
  });

  it("marks a run as killed when the cell is stopped", async () => {
    const running = kernel.run(
      'await track("stopped", async () => { await null; console.log("waits"); await new Promise((resolve) => setTimeout(resolve, 60_000).unref()); });',
    );
    await kernel.until(({ content }) => content["text"] === "waits\n");
    kernel.interrupt();
    expect((await running).status).toBe("error");
    await settled();
    expect((await kernel.run('track.runs("stopped")')).text).toContain("killed");
  });
}

describe("the library in the Stemma kernel", { timeout: 60_000 }, () => {
  libraryFacts("stemma");

  it("tells an error with the line of the cell, not with the library's own", async () => {
    const kernel = await startKernel({ kind: "stemma", cwd: notebookFolder({ "node_modules/.keep": "" }) });
    const { error, count } = await kernel.run(
      `const { track } = require(${JSON.stringify(join(root, "dist/index.js"))});\nawait track("a", () => {});\ntrack.compare("a", { filter: "metrcs.x < 1" });`,
    );
    expect(error?.traceback).toEqual([
      `FilterError: Column 1 of "metrcs.x < 1": "metrcs" is none of metrics, params, tags, attributes, datasets. Did you mean metrics?`,
      '  3 | track.compare("a", { filter: "metrcs.x < 1" });',
      "    |       ^",
      `    at cell [${count}], line 3:7`,
    ]);
    await kernel.stop();
  });
});

describe("the library in stock tslab", { timeout: 60_000 }, () => {
  libraryFacts("tslab");
});
