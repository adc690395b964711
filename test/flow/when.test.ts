import { describe, expect, it } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { attemptsOf } from "../../src/flow/keep/index.ts";
import { findProject } from "../../src/store/index.ts";
import { inProject } from "./support.ts";

inProject();

const kind = ({ n }: { n: number }): "many" | "one" | "none" => (n > 1 ? "many" : n === 1 ? "one" : "none");
const isBig = ({ n }: { n: number }): boolean => n > 10;
const double = ({ x }: { x: number }): number => x * 2;
const negative = ({ x }: { x: number }): number => -x;
const sum = ({ list }: { list: readonly number[] }): number => list.reduce((total, x) => total + x, 0);

const states = (status: { steps: readonly { step: string; state: string }[] }): Record<string, string> =>
  Object.fromEntries(status.steps.map(({ step, state }) => [step, state]));

describe("f.when()", () => {
  const choice = flow("choice", { n: 5 }, (f, p) =>
    f.when(f.step(kind, { n: p.n }), {
      many: () => f.step(double, { x: p.n }),
      one: () => f.step(negative, { x: p.n }),
      none: () => 0,
    }),
  );

  it("runs the branch for the value and skips the others", async () => {
    const run = await choice.run();
    expect(run.output).toBe(10);
    expect(states(run.status)).toEqual({ kind: "done", double: "done", negative: "skipped" });
    expect(attemptsOf(findProject("."), run.id, "negative")).toMatchObject([
      { state: "skipped", attempt: 1, reason: "its branch was not taken" },
    ]);
    expect(states(choice.status())).toEqual({ kind: "cached", double: "cached", negative: "skipped" });
    expect((await choice.run({ n: 1 })).output).toBe(-1);
    expect((await choice.run({ n: 0 })).output).toBe(0);
  });

  it("decides by a boolean, and by what a branch of another choice gave", async () => {
    const nested = flow("nested", { n: 20 }, (f, p) => {
      const x = f.when(f.step(isBig, { n: p.n }), {
        true: () => f.step(double, { x: p.n }),
        false: () => f.step(negative, { x: p.n }),
      });
      return f.when(f.step(isBig, { n: x }), {
        true: () => f.when(f.step(kind, { n: x }), { many: () => x }, { otherwise: () => f.step(negative, { x }) }),
        false: () => f.step(sum, { list: [x, p.n] }),
      });
    });
    expect((await nested.run()).output).toBe(40);
    expect((await nested.run({ n: 3 })).output).toBe(0);
  });

  it("names the value that no branch is for", async () => {
    const open = flow("open", { mode: "slow" as "fast" | "exact" }, (f, p) =>
      f.when(p.mode, { fast: () => f.step(double, { x: 1 }), exact: () => f.step(double, { x: 2 }) }),
    );
    await expect(open.run()).rejects.toThrow(
      'p.mode is "slow", for which f.when() on mode has no branch (branches: fast, exact). Add one, or give { otherwise: () => … }.',
    );
  });

  it("decides for each item of a map, and maps in a branch", async () => {
    const each = flow("each", { ns: [0, 1, 5] }, (f, p) =>
      f.map(p.ns, (n) =>
        f.when(f.step(kind, { n }), {
          many: () => f.step(sum, { list: f.map(f.range(n), (i) => f.step(double, { x: i })) }),
          one: () => f.step(negative, { x: n }),
          none: () => "nothing",
        }),
      ),
    );
    const run = await each.run();
    expect(run.output).toEqual(["nothing", -1, 20]);
    expect(run.status.steps.map(({ step, done, total }) => [step, done, total])).toEqual([
      ["kind", 3, 3],
      ["double", 5, 5],
      ["sum", 1, 1],
      ["negative", 1, 1],
    ]);
    expect(new Set(Object.values(states(each.status())))).toEqual(new Set(["cached"]));
  });

  it("refuses a step of a branch outside of it, with the way out", () => {
    expect(() =>
      flow("leak", { on: true }, (f, p) => {
        const kept: unknown[] = [];
        f.when(p.on, { true: () => kept.push(f.step(double, { x: 1 })), false: () => 0 });
        return kept;
      }),
    ).toThrow('is double, made in the branch "true" of on and used outside it. Return it from the branch');
  });
});
