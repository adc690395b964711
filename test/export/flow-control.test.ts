import { stripTypeScriptTypes } from "node:module";
import { describe, expect, it } from "vitest";
import { exportNotebook } from "../../src/export/index.ts";
import { flow } from "../../src/flow/index.ts";
import { inProject } from "../flow/support.ts";
import { importingNotebook } from "./notebooks.ts";
import { projectFolder, result, runStages } from "./run-stages.ts";

const steps = `function kind({ n }: { n: number }) { return n < 0 ? "negative" : n > 5 ? "many" : "few"; }
function double({ x }: { x: number }) { return 2 * x; }
function half({ x }: { x: number }) { return x / 2; }
function isSmall({ x, limit }: { x: number; limit: number }) { return x < limit; }
function sum({ list }: { list: number[] }) { return list.reduce((a, b) => a + b, 0); }
function grow({ xs, i }: { xs: number[]; i: number }) { return [...xs, i * i]; }
function fail({ x }: { x: number }): number { throw new Error("never " + x); }
function draw({ x }: { x: number }, ctx: StepContext) { return [x, ctx.random()]; }`;

/** What the flow gives, and what the stages give that it is exported to. */
async function both(flowText: string): Promise<{ readonly flow: unknown; readonly stages: unknown }> {
  const project = projectFolder(await exportNotebook(importingNotebook([steps, flowText])));
  runStages(project);
  inProject();
  const script = stripTypeScriptTypes(`(() => { ${steps}; return ${flowText}; })()`, { mode: "strip" });
  const defined = new Function("flow", `return ${script}`)(flow) as ReturnType<typeof flow>;
  return { flow: (await defined.run()).output, stages: result(project, "output") };
}

const shapes: Readonly<Record<string, string>> = {
  "a choice by a param, by a step's result, with a branch without steps": `flow("choices", { mode: "exact", n: 7 }, (f, p) => {
    const data = f.step(double, { x: p.n });
    const by = f.when(p.mode, { fast: () => f.step(double, { x: 1 }), exact: () => f.step(half, { x: data }) });
    const rest = f.when(f.step(kind, { n: p.n }), { few: () => 1, negative: () => 2 }, { otherwise: () => data });
    return { by, rest, after: f.step(sum, { list: [by, rest] }) };
  })`,
  "choices in each other, in maps of both kinds, with a map in a branch": `flow("nested", { ns: [-1, 3, 9], on: true }, (f, p) => {
    const one = (n) => f.when(f.step(kind, { n }), {
      many: () => f.step(sum, { list: f.map(f.range(n), (i) => f.step(double, { x: i })) }),
      few: () => f.when(p.on, { true: () => f.step(double, { x: n }), false: () => 0 }),
    }, { otherwise: () => n });
    const lists = f.step(grow, { xs: p.ns, i: 4 });
    const inner = f.map(lists, (n) => ({ n, took: one(n) }));
    return { fan: f.map(p.ns, (n) => one(n)), inner };
  })`,
  "a loop until, a loop of so many rounds, the last state of a loop that never ended": `flow("loops", { start: 100, max: 4 }, (f, p) => ({
    until: f.loop(p.start, (x) => { const next = f.step(half, { x }); return { next, until: f.step(isSmall, { x: next, limit: 3 }) }; }, { max: 20 }),
    squares: f.loop([] as number[], (xs, i) => ({ next: f.step(grow, { xs, i }) }), { max: p.max }),
    last: f.loop(8, (x) => ({ next: f.step(half, { x }), until: f.step(isSmall, { x, limit: 0 }) }), { max: 3, atMax: "last" }),
  }))`,
  "loops in maps, maps and choices in loops, a state with parts": `flow("mixed", { starts: [1, 4] }, (f, p) => f.map(p.starts, (start) => {
    const end = f.loop({ x: start, seen: [] as number[] }, (state, i) => {
      const halves = f.map([state.at("x"), 8], (x) => f.step(half, { x }));
      const next = f.when(f.step(kind, { n: state.at("x") }), { few: () => f.step(sum, { list: halves }) }, { otherwise: () => state.at("x") });
      return { next: { x: next, seen: f.step(grow, { xs: state.at("seen"), i }) } };
    }, { max: 3 });
    return { start, end: end.at("x"), seen: end.at("seen") };
  }))`,
  "draws of steps in rounds and branches, and what stands for a failure": `flow({ name: "chance", params: { xs: [5, 6], go: true }, seed: 3 }, (f, p) => ({
    drawn: f.loop([0, 0] as unknown[], (state) => ({ next: f.step(draw, { x: state.at(0) }) }), { max: 3 }),
    taken: f.when(p.go, { true: () => f.map(p.xs, (x) => f.step(draw, { x })), false: () => [] }),
    caught: f.step(fail, { x: 1 }, { retry: { attempts: 2 }, catch: -1 }),
  }))`,
};

describe("branches and loops", () => {
  it.each(Object.entries(shapes))("give in one stage what the flow gives: %s", { timeout: 60_000 }, async (_, text) => {
    const given = await both(text);
    expect(given.stages).toEqual(given.flow);
  });

  it("are told of in the notes, with the schedule that DVC has no word for", async () => {
    const body = `(f, p) => { const x = f.loop(p.x, (x) => ({ next: f.step(half, { x }) }), { max: 2 });
      return f.when(p.on, { true: () => x, false: () => 0 }); }`;
    const options = '{ name: "told", params: { x: 3, on: true }, schedule: "0 6 * * *" }';
    const { notes, stages } = await exportNotebook(importingNotebook([steps, `flow(${options}, ${body})`]));
    expect(stages.map(({ name }) => name)).toEqual(["loop", "on", "output"]);
    expect(notes).toEqual([
      "The rounds of f.loop() loop run inside the one stage `loop`: DVC has to know its stages before anything runs.",
      "The branches of f.when() on on run inside the one stage `on`: DVC has to know its stages before anything runs.",
      "The flow's schedule (`0 6 * * *`) is not part of the pipeline: DVC runs nothing by itself. Give it to cron or to your CI: `0 6 * * * dvc repro`.",
    ]);
  });

  it("fail as the flow does: a value without a branch, a loop that never ends", async () => {
    const choice = 'flow("none", { mode: "slow" }, (f, p) => f.when(p.mode, { fast: () => f.step(double, { x: 1 }) }))';
    const loop =
      'flow("endless", { x: 1 }, (f, p) => f.loop(p.x, (x) => ({ next: f.step(double, { x }), until: f.step(isSmall, { x, limit: 0 }) }), { max: 2 }))';
    const run = async (text: string): Promise<void> =>
      runStages(projectFolder(await exportNotebook(importingNotebook([steps, text]))));
    await expect(run(choice)).rejects.toThrow('f.when() on mode has no branch for "slow" (fast)');
    await expect(run(loop)).rejects.toThrow("loop loop: until was true in none of 2 rounds");
  });
});
