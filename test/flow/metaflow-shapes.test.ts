import { describe, expect, it } from "vitest";
import { type Flow, flow } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

inProject();

const start = (): number => 1;
const more = ({ x }: { x: number }): number => x + 1;
const join = ({ all }: { all: readonly number[] }): number => all.reduce((a, b) => a + b, 0);
const letters = (): string[] => ["a", "b", "c"];
const name = ({ parts }: { parts: readonly string[] }): string => parts.join("");
const size = ({ x }: { x: number }): "small" | "middle" | "large" => (x < 2 ? "small" : x < 4 ? "middle" : "large");
const even = ({ x }: { x: number }): boolean => x % 2 === 0;
const enough = ({ x }: { x: number }): boolean => x >= 4;
const upTo = ({ n }: { n: number }): number[] => Array.from({ length: n }, (_, i) => i);
const add = ({ a, b }: { a: number; b: number }): number => a + b;

// The graphs of Metaflow's own test suite (test/core/graphs), by their names there, and those that it lacks.
const shapes: Readonly<Record<string, readonly [flow: () => Flow<object, unknown>, output: unknown]>> = {
  "single-linear": [() => flow("linear", {}, (f) => f.step(more, { x: f.step(more, { x: f.step(start, {}) }) })), 3],
  "single-and-branch": [
    () =>
      flow("branch", {}, (f) => {
        const x = f.step(start, {});
        return f.step(join, { all: [f.step(more, { x }), f.step(more, { x })] });
      }),
    4,
  ],
  "nested-branches": [
    () =>
      flow("nested-branches", {}, (f) => {
        const split = (x: ReturnType<typeof f.step<object, number>>, depth: number): typeof x =>
          depth === 0
            ? f.step(more, { x })
            : f.step(join, { all: [split(f.step(more, { x }), depth - 1), split(f.step(more, { x }), depth - 1)] });
        return split(f.step(start, {}), 3);
      }),
    40,
  ],
  "small-foreach": [
    () =>
      flow("small-foreach", {}, (f) =>
        f.step(name, { parts: f.map(f.step(letters, {}), (arg) => f.step(name, { parts: [arg, arg] })) }),
      ),
    "aabbcc",
  ],
  "simple-foreach": [
    () =>
      flow("simple-foreach", { arr: Array.from({ length: 32 }, (_, i) => i) }, (f, p) =>
        f.step(join, { all: f.map(p.arr, (x) => f.step(more, { x })) }),
      ),
    528,
  ],
  "nested-foreach": [
    () =>
      flow("nested-foreach", { x: ["a", "b"], y: ["1", "2"], z: ["!", "?"] }, (f, p) =>
        f.map(p.x, (x) =>
          f.step(name, {
            parts: f.map(p.y, (y) => f.step(name, { parts: f.map(p.z, (z) => f.step(name, { parts: [x, y, z] })) })),
          }),
        ),
      ),
    ["a1!a1?a2!a2?", "b1!b1?b2!b2?"],
  ],
  "small-parallel": [
    () => flow("parallel", { n: 4 }, (f, p) => f.step(join, { all: f.map(f.range(p.n), (x) => f.step(more, { x })) })),
    10,
  ],
  simple_switch: [
    () =>
      flow("switch", { x: 3 }, (f, p) =>
        f.when(f.step(size, { x: p.x }), {
          small: () => f.step(start, {}),
          middle: () => f.step(more, { x: p.x }),
          large: () => f.step(join, { all: [p.x, p.x] }),
        }),
      ),
    4,
  ],
  nested_switch: [
    () =>
      flow("nested-switch", { x: 6 }, (f, p) =>
        f.when(f.step(size, { x: p.x }), {
          small: () => 0,
          middle: () => 1,
          large: () =>
            f.when(f.step(even, { x: p.x }), { true: () => f.step(more, { x: p.x }), false: () => f.step(start, {}) }),
        }),
      ),
    7,
  ],
  switch_in_branch: [
    () =>
      flow("switch-in-branch", { x: 1 }, (f, p) => {
        const chosen = f.when(f.step(even, { x: p.x }), { true: () => p.x, false: () => f.step(more, { x: p.x }) });
        return f.step(join, { all: [chosen, f.step(more, { x: p.x })] });
      }),
    4,
  ],
  switch_in_foreach: [
    () =>
      flow("switch-in-foreach", { xs: [1, 2, 3, 4] }, (f, p) =>
        f.step(join, {
          all: f.map(p.xs, (x) =>
            f.when(f.step(even, { x }), { true: () => f.step(more, { x }), false: () => f.step(start, {}) }),
          ),
        }),
      ),
    10,
  ],
  branch_in_switch: [
    () =>
      flow("branch-in-switch", { x: 2 }, (f, p) =>
        f.when(f.step(even, { x: p.x }), {
          true: () => f.step(join, { all: [f.step(more, { x: p.x }), f.step(start, {})] }),
          false: () => 0,
        }),
      ),
    4,
  ],
  foreach_in_switch: [
    () =>
      flow("foreach-in-switch", { n: 4 }, (f, p) =>
        f.when(f.step(even, { x: p.n }), {
          true: () => f.step(join, { all: f.map(f.step(upTo, { n: p.n }), (x) => f.step(more, { x })) }),
          false: () => f.step(start, {}),
        }),
      ),
    10,
  ],
  recursive_switch: [
    () =>
      flow("recursive-switch", {}, (f) =>
        f.loop(
          f.step(start, {}),
          (x) => {
            const next = f.step(more, { x });
            return { next, until: f.step(enough, { x: next }) };
          },
          { max: 10 },
        ),
      ),
    4,
  ],
  recursive_switch_inside_foreach: [
    () =>
      flow("recursive-in-foreach", { xs: [0, 2, 9] }, (f, p) =>
        f.step(join, {
          all: f.map(p.xs, (start) =>
            f.loop(
              start,
              (x) => {
                const next = f.step(more, { x });
                return { next, until: f.step(enough, { x: next }) };
              },
              { max: 10 },
            ),
          ),
        }),
      ),
    18,
  ],
  "an empty map": [
    () =>
      flow("empty", { xs: [] as number[] }, (f, p) => f.step(join, { all: f.map(p.xs, (x) => f.step(more, { x })) })),
    0,
  ],
  "a diamond over a map": [
    () =>
      flow("diamond-over-map", { xs: [1, 2] }, (f, p) => {
        const first = f.map(p.xs, (x) => f.step(more, { x }));
        const total = f.step(join, { all: first });
        const second = f.map(first, (x) => f.step(add, { a: x, b: total }));
        return f.step(add, { a: total, b: f.step(join, { all: second }) });
      }),
    20,
  ],
  "a map of 10,000": [
    () =>
      flow("wide", { n: 10_000 }, (f, p) =>
        f.step(join, { all: f.map(f.range(p.n), (x) => f.step(more, { x }, { run: "inline" })) }),
      ),
    50_005_000,
  ],
};

describe("every shape of a graph", () => {
  it.each(Object.entries(shapes))(
    "%s runs, and a second run finds all of it",
    { timeout: 120_000 },
    async (_, [define, output]) => {
      const one = define();
      expect((await one.run()).output).toEqual(output);
      const states = one.status().steps.map(({ state }) => state);
      expect(states.filter((state) => state !== "cached" && state !== "skipped")).toEqual([]);
      expect((await define().run()).output).toEqual(output);
    },
  );

  it("two flows run at once, each with its own results", async () => {
    const line = (by: number): Flow<object, number> =>
      flow(`at-once-${by}`, { xs: [1, 2, 3], by }, (f, p) =>
        f.step(join, { all: f.map(p.xs, (a) => f.step(add, { a, b: p.by })) }),
      );
    const [a, b, again] = await Promise.all([line(10).run(), line(20).run(), line(10).run()]);
    expect([a.output, b.output, again.output]).toEqual([36, 66, 36]);
  });
});
