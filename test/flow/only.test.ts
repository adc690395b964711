import { describe, expect, it } from "vitest";
import { flow, GoneValueError, type StepContext } from "../../src/flow/index.ts";
import { flowRuns } from "../../src/flow/keep/index.ts";
import { findProject } from "../../src/store/index.ts";
import { inProject } from "./support.ts";

const project = findProject(inProject());

const load = ({ n }: { n: number }): number[] => Array.from({ length: n }, (_, i) => i);
const pick = ({ fits }: { fits: number[] }): number => Math.max(...fits);

describe("only", () => {
  it("runs one step as it is now on an earlier run's inputs, and keeps nothing of it", async () => {
    const flowOf = (fit: (inputs: { x: number; by: number }, ctx: StepContext) => number) =>
      flow("spun", { n: 3, by: 2 }, (f, p) => {
        const xs = f.step(load, { n: p.n });
        return f.step(pick, { fits: f.map(xs, (x) => f.step(fit, { x, by: p.by }, { name: "fit" })) });
      });
    const first = await flowOf(({ x, by }) => x * by).run({ by: 5 });
    const changed = flowOf(({ x, by }, ctx) => {
      ctx.log(`now ${x}`);
      ctx.card.markdown(`**${x}**`);
      return x * by + 1000;
    });
    const trial = await changed.only("fit", { from: first });
    expect(trial.output).toEqual([1000, 1005, 1010]);
    expect(trial.log).toBe("now 0\nnow 1\nnow 2\n");
    const one = await changed.only("fit", { from: first.id, item: 2 });
    expect(one.output).toBe(1010);
    expect(one.cards.map(({ parts }) => parts)).toEqual([[{ kind: "markdown", text: "**2**" }]]);
    expect((await changed.only("fit", { from: first.id, item: 2, inputs: { by: 7 } })).output).toBe(1014);
    expect(flowRuns(project, { flow: "spun" })).toHaveLength(1);
    const status = changed.status({ by: 5 });
    expect(status.steps.find(({ step }) => step === "fit")?.state).toBe("stale");
  });

  it("draws the same numbers by chance as the run did", async () => {
    const draw = (_: { of: string }, ctx: StepContext): number => ctx.random();
    const drawing = flow("drawing", {}, (f) => f.step(draw, { of: "only" }, { run: "thread" }));
    const run = await drawing.run();
    expect((await drawing.only("draw", { from: run })).output).toBe(run.output);
  });

  it("says which step, item, run or input there is not, and where the step failed", async () => {
    const fit = ({ x }: { x: number }): number => {
      if (x === 1) throw new Error("no fit");
      return x;
    };
    const broken = flow("broken", { n: 2 }, (f, p) =>
      f.step(pick, { fits: f.map(f.step(load, { n: p.n }), (x) => f.step(fit, { x })) }),
    );
    await expect(broken.run()).rejects.toThrow("no fit");
    const [failed] = broken.runs();
    const id = failed?.id ?? "";
    await expect(broken.only("fit", { from: id })).rejects.toThrow(/step fit.*item 1.*no fit/s);
    expect((await broken.only("fit", { from: id, item: 0 })).output).toBe(0);
    await expect(broken.only("fitt", { from: id })).rejects.toThrow(
      'no step "fitt". Did you mean "fit"? It has load, fit, pick.',
    );
    expect((await broken.only("fit", { from: id.slice(0, 8), item: 0 })).output).toBe(0);
    const other = await flow("other", {}, (f) => f.step(load, { n: 1 }, { run: "inline" })).run();
    await expect(broken.only("fit", { from: other.id.slice(0, 12) })).rejects.toThrow(
      `Run ${other.id} is of flow "other", not of "broken".`,
    );
    await expect(broken.only("fit", { from: id, item: 9 })).rejects.toThrow(
      `fit has no item 9 in run ${id}; it has 2, from 0 to 1.`,
    );
    // @ts-expect-error a typing error
    await expect(broken.only("fit", { from: id, itme: 0 })).rejects.toThrow(
      'only() has no option "itme" (options: from, item, inputs) Did you mean "item"?',
    );
    // @ts-expect-error the shell's way
    await expect(broken.only("fit", { from: id, item: "0" })).rejects.toThrow('only() got item "0"; it takes an index');
    // @ts-expect-error without a run
    await expect(broken.only("fit")).rejects.toThrow("only() got no run");
    await expect(broken.only("fit", { from: "none" })).rejects.toThrow('No flow had a run "none"');
    await expect(broken.only("fit", { from: id, inputs: { y: 1 } })).rejects.toThrow('no input "y" (inputs: x)');
    await expect(broken.only("pick", { from: id })).rejects.toThrow(GoneValueError);
    await expect(broken.only("pick", { from: id })).rejects.toThrow("Input fits");
  });
});

describe("only() in maps of maps and in sub-flows", () => {
  it("runs one item by its indices, outermost first, and a sub-flow's step by its id", async () => {
    const cell = ({ i, j }: { i: number; j: number }): number => i * 10 + j;
    const inner = flow("inner", { n: 1 }, (f, p) => f.map(f.range(p.n), (j) => f.step(cell, { i: 7, j })));
    const nest = flow("nest", {}, (f) => [
      f.map(f.range(2), (i) => f.map(f.range(3), (j) => f.step(cell, { i, j }, { run: "inline" }))),
      f.use(inner, { n: 2 }, { name: "first" }),
      f.use(inner, { n: 3 }),
    ]);
    const run = await nest.run();
    const one = await nest.only("cell", { from: run, item: [1, 2] });
    expect([one.output, one.tasks.map(({ indices }) => indices)]).toEqual([12, [[1, 2]]]);
    expect((await nest.only("cell", { from: run, inputs: { i: 5 } })).output).toEqual([50, 51, 52, 50, 51, 52]);
    expect((await nest.only("first-cell", { from: run })).output).toEqual([70, 71]);
    expect((await nest.only("inner-cell", { from: run, item: 2 })).output).toBe(72);
    await expect(nest.only("cell", { from: run, item: [2, 0] })).rejects.toThrow("cell has no item [2, 0]");
    await expect(nest.only("cell", { from: run, item: 2 })).rejects.toThrow(
      `cell has no item 2 in run ${run.id}; it has 6, from [0, 0] to [1, 2]: write { item: [0, 2] }.`,
    );
    const again = await run.resume({ from: "first-cell" });
    const ran = again.status.steps.filter(({ state }) => state === "done").map(({ step }) => step);
    expect(ran).toEqual(["first-cell"]);
    expect(again.output).toEqual(run.output);
    const both = await run.resume({ from: "inner" });
    expect(both.status.steps.filter(({ state }) => state === "done").map(({ step }) => step)).toEqual(["inner-cell"]);
  });
});
