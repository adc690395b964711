import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";
import { root } from "../support/tools.ts";

describe.each(["stemma", "tslab"] as const)("version() in the %s kernel", { timeout: 60_000 }, (kind) => {
  let kernel: Kernel;
  beforeAll(async () => {
    const cwd = notebookFolder({ "node_modules/.keep": "", "catalog.yaml": "cases: {path: data/cases.parquet}\n" });
    symlinkSync(root, join(cwd, "node_modules", "stemma"));
    symlinkSync(join(root, "node_modules", "arquero"), join(cwd, "node_modules", "arquero"));
    kernel = await startKernel({ kind, cwd });
    await kernel.run('import { version } from "stemma"; import * as aq from "arquero";');
  });
  afterAll(() => kernel.stop());

  it("writes a table, draws its rows, and gives it back as arquero's with its type", async () => {
    const drawn = await kernel.run(
      'const cases = await version.save("cases", aq.table({ day: [1, 2], n: [3, 4] }));\ncases',
    );
    expect(drawn.error?.evalue ?? "").toBe("");
    expect(JSON.stringify(drawn.outputs)).toContain("2 rows");
    expect(JSON.stringify(drawn.outputs)).toContain("<table>");
    const read = await kernel.run(
      'const back = await version.read("data/cases.parquet", { as: aq.table });\nconst sum = back.rollup({ n: aq.op.sum("n") }).get("n", 0);\nconst rows = await version.load<{ n: number }[]>("cases");\nconsole.log(sum, rows.length, (await version.diff("data/cases.parquet", null, "HEAD").catch((e) => e.code)));',
    );
    expect(read.error?.evalue ?? "").toBe("");
    expect(JSON.stringify(read.outputs)).toContain("7 2 REVISION");
  });
});
