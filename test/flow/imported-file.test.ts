import { execFileSync } from "node:child_process";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { host, useHost } from "../../src/host/index.ts";
import { inProject } from "./support.ts";

const folder = inProject();
mkdirSync(join(folder, "lib ü"));

interface Lib {
  readonly fit: (inputs: { readonly x: number }) => number;
}

async function imported(name: string, text: string): Promise<{ readonly file: string; readonly lib: Lib }> {
  const file = join(folder, "lib ü", name);
  writeFileSync(file, text);
  return { file, lib: (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Lib };
}

const text = `// Fits.
const unit = 2;

function scaled(x) {
  const o = null;
  if (x > 1) return o.foo + x;
  return x * unit;
}

export const fit = ({ x }) => scaled(x);
`;

describe("a step of a file that was imported", () => {
  it.each(["inline", "thread", "process"] as const)("tells file and line where it fails, in %s", async (run) => {
    const { lib } = await imported(`fails-${run}.mjs`, text);
    const failing = flow(`failing-${run}`, { x: 3 }, (f, p) => f.step(lib.fit, { x: p.x }, { run, name: "fit" }));
    await expect(failing.run()).rejects.toThrow(
      `\nat lib ü/fails-${run}.mjs, line 6: if (x > 1) return o.foo + x;\ninputs: { x: 3 }`,
    );
  });

  it("tells the line of a function of one line, with its types", async () => {
    const line = "export const one = ({ x }: { x: number }): number => { const o: any = null; return o.foo + x; };";
    const script = `import { flow } from ${JSON.stringify(new URL("../../src/flow/index.ts", import.meta.url).href)};
import { one } from "./one.mts";
await flow("one", { x: 1 }, (f, p) => f.step(one, { x: p.x })).run().catch((error) => console.log(error.message));
`;
    writeFileSync(join(folder, "lib ü", "one.mts"), `// Types are left out.\n${line}\n`);
    writeFileSync(join(folder, "lib ü", "main.mts"), script);
    const said = execFileSync(process.execPath, [join("lib ü", "main.mts")], { cwd: folder, encoding: "utf8" });
    expect(said).toContain(`\nat lib ü/one.mts, line 2: ${line.slice(0, 90)}`);
  });

  it("is told by its file, not by a cell that has something of that name", async () => {
    const before = await imported("rate-1.mjs", text);
    const after = await imported("rate-2.mjs", text.replace("unit = 2", "unit = 3"));
    const flowOf = ({ fit }: Lib) => flow("told", { x: 1 }, (f, p) => f.step(fit, { x: p.x }, { name: "fit" }));
    await flowOf(before.lib).run();
    expect(flowOf(after.lib).status().steps[0]?.reason).toBe("constant unit changed");
    const here = host();
    useHost({ ...here, cellSources: () => [{ source: "const unit = 1; const scaled = 5;", count: 3, id: "a" }] });
    try {
      expect(flowOf(after.lib).status().steps[0]?.reason).toBe("constant unit changed (lib ü/rate-2.mjs)");
    } finally {
      useHost(here);
    }
  });

  it("is noted where the file was edited since it was imported, until it says the same again", async () => {
    const { lib, file } = await imported("edited.mjs", text);
    const edited = flow("edited", { x: 1 }, (f, p) => f.step(lib.fit, { x: p.x }, { name: "fit" }));
    const first = await edited.run();
    expect(first.status.notes).toEqual([]);
    const note =
      "lib ü/edited.mjs was edited since it was imported: fit runs as it was then. Run the cells again that import it and define the flow, or restart the kernel.";
    writeFileSync(file, text.replace("x * unit", "x * unit + 1"));
    utimesSync(file, 1, 1);
    expect(edited.status().notes).toEqual([note]);
    const again = await edited.run();
    expect([again.status.steps[0]?.state, again.status.notes]).toEqual(["cached", [note]]);
    writeFileSync(file, text);
    expect(edited.status().notes).toEqual([]);
  });
});
