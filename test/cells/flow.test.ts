import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProject, openDatabase } from "../../src/store/index.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";

const root = new URL("../..", import.meta.url).pathname;

/** A notebook's folder with a local module, a data file, and the packages of the repository. */
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "stemma-flow-cells-"));
  writeFileSync(join(made, "package.json"), '{ "name": "cells", "type": "module" }');
  symlinkSync(join(root, "node_modules"), join(made, "node_modules"));
  mkdirSync(join(made, "data"));
  writeFileSync(join(made, "data", "cases.csv"), "ill\n3\n8\n26\n");
  writeFileSync(
    join(made, "model.ts"),
    "const unit = 10;\nfunction half(x: number): number { return x / 2; }\nexport function model(x: number): number { return half(x) * unit; }\n",
  );
  return made;
}

const cells = [
  `import { flow } from "stemma";
import { parse } from "yaml";
import * as fs from "node:fs";
import path from "node:path";
import { model } from "./model";`,
  `const rates = new Map([["a", 2]]);
function scale(x: number): number { return x * rates.get("a"); }`,
  `function load({ path: file }: { path: string }): number[] {
  console.log("loading " + path.basename(file));
  return fs.readFileSync(file, "utf8").trim().split("\\n").slice(1).map((line) => parse(line));
}
const fit = async ({ x, by }: { x: number; by: number }) => ({ x, y: scale(model(x)) * by });
class Best { static of(fits: { y: number }[]): number { return Math.max(...fits.map((f) => f.y)); } }
function pick({ fits }: { fits: { y: number }[] }): number { return Best.of(fits); }`,
  `const best = flow("best", { by: 3 }, (f, p) => {
  const xs = f.step(load, { path: f.file("data/cases.csv") });
  return f.step(pick, { fits: f.map(xs, (x) => f.step(fit, { x: x, by: p.by }), { max: 2 }) });
});`,
];
const states = `console.log(best.status().steps.map((s) => s.step + " " + s.state + " " + s.reason).join("; "))`;

function kernelFacts(kind: "stemma" | "tslab"): void {
  const cwd = folder();
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await startKernel({ kind, cwd });
    for (const cell of cells) expect(await kernel.run(cell)).toMatchObject({ status: "ok", stderr: "" });
  });
  afterAll(async () => {
    await kernel.stop();
    rmSync(cwd, { recursive: true });
  });

  it("runs steps in threads that use helpers, classes, imports and a local module of other cells", async () => {
    const result = await kernel.run(`const first = await best.run(); console.log("output", first.output)`);
    expect(result).toMatchObject({ status: "ok", stderr: "" });
    expect(result.text).toContain("loading cases.csv");
    expect(result.text).toContain("output 780");
  });

  it("keeps the results, and says so", async () => {
    const result = await kernel.run(
      `const second = await best.run(); console.log(second.status.steps.map((s) => s.state).join(" "))`,
    );
    expect(result.text).toContain("cached cached cached");
    expect((await kernel.run(states)).text).toMatch(/load cached same code .*; fit cached .*; pick cached /);
  });

  it("notices a helper that another cell declares again, and names the cell", async () => {
    const again = await kernel.run(`function scale(x: number): number { return x * rates.get("a") + 1; }`);
    expect((await kernel.run(states)).text).toContain(`load cached same code and inputs as on`);
    expect((await kernel.run(states)).text).toContain(`fit stale helper scale() changed (cell ${again.count ?? "?"})`);
  });

  it("branches, loops, uses another flow and runs a command", async () => {
    const control = `type Size = "small" | "large";
const size = ({ x }: { x: number }): Size => (x < 50 ? "small" : "large");
const double = ({ x }: { x: number }): number => x * 2;
const big = ({ x }: { x: number }): boolean => x > 20;
const inner = flow("inner", { x: 1 }, (f, p) => f.step(double, { x: p.x }));
const lines = ({ path: file }: { path: string }): number => fs.readFileSync(file, "utf8").split("\\n").length;
const control = flow("control", { x: 3 }, (f, p) => {
  const grown = f.loop(f.use(inner, { x: p.x }), (x) => {
    const next = f.step(double, { x });
    return { next, until: f.step(big, { x: next }) };
  }, { max: 9 });
  const made = f.exec("sort {data} > {out}", { deps: { data: "data/cases.csv" }, outs: { out: "sorted.csv" } });
  const chosen = f.when(f.step(size, { x: grown }), { small: () => grown, large: () => 0 });
  return { chosen, each: f.map(f.range(2), (i) => f.step(double, { x: i })), lines: f.step(lines, { path: made.at("out") }) };
});
console.log("control", JSON.stringify((await control.run()).output));`;
    const result = await kernel.run(control);
    expect(result).toMatchObject({ status: "ok", stderr: "" });
    expect(result.text).toContain('control {"chosen":24,"each":[0,2],"lines":5}');
  });

  // Stock tslab does not tell which cell is which.
  if (kind === "stemma")
    it("says in which line of which cell a step threw", async () => {
      const { error, count } = await kernel.run(`const check = ({ x }: { x: number }) => {
  if (x > 1) throw new RangeError("x is " + x);
  return x;
};
await flow("checked", { x: 2 }, (f, p) => f.step(check, { x: p.x })).run();`);
      expect(error?.evalue).toContain(
        `\nat cell ${count}, line 2: if (x > 1) throw new RangeError("x is " + x);\ninputs: { x: 2 }`,
      );
      const short =
        await kernel.run(`const odd = ({ x }: { x: number }) => { if (x === 2) throw new Error("bad item"); return x; };
await flow("short", { x: 2 }, (f, p) => f.step(odd, { x: p.x })).run();`);
      expect(short.error?.evalue).toContain(
        `\nat cell ${short.count}, line 1: const odd = ({ x }: { x: number }) => {`,
      );
    });

  if (kind === "stemma")
    it("says in which line of an imported file a step threw, and that the file was edited since", async () => {
      const file = (limit: number): string => `interface Row { readonly x: number }

const limit: number = ${limit};
export function under({ x }: Row): number {
  if (x > limit) throw new RangeError(\`x is \${x}\`);
  return x;
}
`;
      writeFileSync(join(cwd, "under.ts"), file(1));
      await kernel.run(`import { under } from "./under";
const low = flow("low", { x: 1 }, (f, p) => f.step(under, { x: p.x }));
const limit = "of a cell";`);
      const { error } = await kernel.run("await low.run({ x: 2 })");
      expect(error?.evalue).toContain("\nat under.ts, line 5: if (x > limit) throw new RangeError(");
      writeFileSync(join(cwd, "under.ts"), file(22));
      await kernel.run("await low.run()");
      const notes = `console.log(JSON.stringify(low.status().notes), low.status().steps[0].reason)`;
      expect((await kernel.run(notes)).text).toContain('["under.ts was edited since it was imported: under runs as');
      await kernel.run(`import { under } from "./under";
const low = flow("low", { x: 1 }, (f, p) => f.step(under, { x: p.x }));`);
      expect((await kernel.run(notes)).text).toContain("[] constant limit changed (under.ts)");
    });

  it("stops in the middle of a busy loop", async () => {
    await kernel.run(`const spin = () => { console.log("spinning"); for (;;); };
const endless = flow("endless", {}, (f) => f.step(spin, {}));`);
    const running = kernel.run("await endless.run()");
    await kernel.until(({ content }) => String(content["text"] ?? "").includes("spinning"));
    kernel.interrupt();
    expect((await running).status).toBe("error");
  });
}

describe("flow() in our kernel", () => kernelFacts("stemma"));
describe("flow() in stock tslab", () => kernelFacts("tslab"));

it("a flow that Jupyter's restart interrupts is stopped, not lost", async () => {
  const cwd = folder();
  const kernel = await startKernel({ kind: "stemma", cwd });
  await kernel.run(`import { flow } from "stemma";
const wait = async () => { console.log("waiting"); await new Promise(() => {}); };
const waiting = flow("waiting", {}, (f) => f.step(wait, {}));`);
  kernel.run("await waiting.run()").catch(() => {});
  await kernel.until(({ content }) => String(content["text"] ?? "").includes("waiting"));
  // As jupyter_client ends a kernel: both at once.
  kernel.interrupt();
  await kernel.stop();
  const project = findProject(cwd);
  expect(openDatabase(project).read("SELECT state FROM flow_run")).toEqual([{ state: "stopped" }]);
  rmSync(cwd, { recursive: true });
});

it("cells that wait do not begin when the kernel ends, also where the one before them ended well", async () => {
  const cwd = folder();
  const kernel = await startKernel({ kind: "stemma", cwd });
  await kernel.run(`import * as fs from "node:fs"; import { host } from "${root}dist/host/index.js";`);
  const first = `console.log("waiting"); await new Promise<void>((end) => host().stopSignal().addEventListener("abort", () => end())); fs.writeFileSync("first", "");`;
  kernel.run(first, { content: { stop_on_error: false } }).catch(() => {});
  const second = kernel.run('fs.writeFileSync("second", "");');
  await kernel.until(({ content }) => String(content["text"] ?? "").includes("waiting"));
  await kernel.stop();
  expect((await second).status).toBe("aborted");
  expect([existsSync(join(cwd, "first")), existsSync(join(cwd, "second"))]).toEqual([true, false]);
  rmSync(cwd, { recursive: true });
});
