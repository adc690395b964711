import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Kernel, startKernel } from "../support/kernel.ts";

const root = new URL("../..", import.meta.url).pathname;

/** One flow, defined in a notebook. */
const define = `import { flow, type StepContext } from "stemma";
const load = ({ n }: { n: number }) => Array.from({ length: n }, (_, i) => i);
const fit = ({ x }: { x: number }, ctx: StepContext) => { ctx.log("fits " + x); ctx.card.markdown("**" + x + "** fits"); return { x, drawn: ctx.random() }; };
const pick = ({ fits }: { fits: { x: number }[] }) => Math.max(...fits.map((f) => f.x));
const sum = flow("sum", { n: 3 }, (f, p) => f.step(pick, { fits: f.map(f.step(load, { n: p.n }), (x) => f.step(fit, { x })) }));`;

describe("the client of flows", () => {
  const cwd = mkdtempSync(join(tmpdir(), "stemma-client-cells-"));
  let kernel: Kernel;
  const restart = async (): Promise<void> => {
    await kernel?.stop();
    kernel = await startKernel({ kind: "stemma", cwd });
    expect(await kernel.run(define)).toMatchObject({ status: "ok", stderr: "" });
  };
  beforeAll(async () => {
    writeFileSync(join(cwd, "package.json"), '{ "name": "cells", "type": "module" }');
    symlinkSync(join(root, "node_modules"), join(cwd, "node_modules"));
    await restart();
  });
  afterAll(async () => {
    await kernel.stop();
    rmSync(cwd, { recursive: true });
  });

  it("reads and goes on with runs of a kernel that is gone; types name what cells hold", async () => {
    const ran = await kernel.run(`const first = await sum.run(); console.log(first.output, first.id)`);
    expect(ran).toMatchObject({ status: "ok", stderr: "" });
    await restart();
    const read = await kernel.run(`const [kept] = sum.runs();
const task = kept.step("fit").tasks[2];
const given = await task.input; const gave = await task.output as { x: number }; const best: number = await kept.output;
console.log(JSON.stringify([best, given, gave.x, task.log, task.card!.parts]));`);
    expect(read.stderr).toBe("");
    expect(read.text).toContain('[2,{"x":2},2,"fits 2\\n",[{"kind":"markdown","text":"**2** fits"}]]');
    const resumed = await kernel.run(`const again = await kept.resume({ from: "pick" });
console.log(again.status.steps.map((s) => s.step + " " + s.state).join(", "))`);
    expect(resumed.text).toContain("load cached, fit cached, pick done");
    const spun = await kernel.run(`const trial = await sum.only("fit", { from: kept, item: 1 });
console.log(JSON.stringify(trial.output), trial.tasks[0].seed === kept.step("fit").item(1)!.seed)`);
    expect(spun.text).toMatch(/\{"x":1,"drawn":0\.\d+\} true/);
  });

  it("is drawn: the list of runs, a run, a step, a task, a card", async () => {
    await kernel.run(`const shown = flow.runs()[0];`);
    const list = await kernel.run(`flow.runs({ flow: "sum" })`);
    expect(list.text).toMatch(/sum · \d runs[\s\S]*done[\s\S]*n=3/);
    expect((await kernel.run("shown")).text).toContain("sum");
    expect((await kernel.run(`shown.step("fit")`)).text).toMatch(/fit +cached/);
    expect((await kernel.run(`shown.step("fit").tasks[1]`)).text).toMatch(/fit 1 · cached[\s\S]*seed[\s\S]*fits 1/);
    expect(await kernel.run(`shown.step("fit").tasks[1].card`)).toMatchObject({ status: "ok", stderr: "" });
  });
});
