import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProject } from "../../src/store/index.ts";
import { addData, pushData } from "../../src/version/index.ts";
import { notebookFolder } from "../support/cells.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";
import { root } from "../support/tools.ts";

describe.each(["stemma", "tslab"] as const)("version() in the %s kernel", { timeout: 60_000 }, (kind) => {
  let kernel: Kernel;
  let cwd: string;
  beforeAll(async () => {
    cwd = notebookFolder({ "node_modules/.keep": "", "catalog.yaml": "cases: {path: data/cases.parquet}\n" });
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

  it("draws how far a pull is, in one place under the cell", async () => {
    const project = findProject(cwd);
    mkdirSync(join(cwd, "many ü"));
    for (const name of ["a", "b", "c"]) writeFileSync(join(cwd, "many ü", name), name.repeat(1_000_000));
    const config = (url: string): void =>
      writeFileSync(join(cwd, ".dvc", "config"), `[core]\n    remote = slow\n['remote "slow"']\n    url = ${url}\n`);
    const store = join(cwd, "slow store");
    config(store);
    await addData(project, "many ü");
    await pushData(project);
    const server = await slowServer(store);
    try {
      config(server.url);
      for (const path of ["many ü", join(".dvc", "cache")]) rmSync(join(cwd, path), { recursive: true });
      const cell = await kernel.run(
        'const pulled = await version.pull("many ü", { jobs: 1 });\nconsole.log(pulled.checkedOut.stats.added, "came");',
      );
      expect(cell.error?.evalue ?? "").toBe("");
      expect(cell.text).toContain("3 came");
      const drawn = cell.outputs.map((output) => [output.type, JSON.stringify(output)] as const);
      const lines = drawn.filter(([, text]) => /Fetching from slow: \d of 3 files, \d\.\d MB, .*MB\/s/.test(text));
      expect(lines.filter(([type]) => type === "display_data")).toHaveLength(1);
      expect(lines.slice(1).every(([type]) => type === "update_display_data")).toBe(true);
    } finally {
      server.close();
    }
  });
});

/** A folder behind HTTP that takes 0.6 s for each file. */
async function slowServer(folder: string): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    const path = join(folder, request.url ?? "");
    const answer = (): void => {
      if (!existsSync(path)) response.writeHead(404).end();
      else response.end(request.method === "HEAD" ? "" : readFileSync(path));
    };
    setTimeout(answer, request.method === "HEAD" ? 0 : 600);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
