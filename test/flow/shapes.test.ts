import { describe, expect, it } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

inProject();

const double = ({ x }: { x: number }): number => x * 2;
const add = ({ a, b }: { a: number; b: number }): number => a + b;
const sum = ({ list }: { list: readonly number[] }): number => list.reduce((total, x) => total + x, 0);
const upTo = ({ n }: { n: number }): number[] => Array.from({ length: n }, (_, i) => i);
const stats = ({ list }: { list: readonly number[] }): { mean: number; ends: number[] } => ({
  mean: list.reduce((a, b) => a + b, 0) / list.length,
  ends: [list[0] ?? 0, list.at(-1) ?? 0],
});
const one = async (): Promise<number> => 1;

describe("shapes of flows", () => {
  it("runs a line, with the params of the run", async () => {
    const line = flow("line", { x: 3 }, (f, p) => f.step(double, { x: f.step(double, { x: p.x }) }));
    expect((await line.run()).output).toBe(12);
    expect((await line.run({ x: 5 })).output).toBe(20);
  });

  it("runs a diamond", async () => {
    const diamond = flow("diamond", { x: 1 }, (f, p) => {
      const start = f.step(double, { x: p.x });
      return f.step(add, { a: f.step(double, { x: start }), b: f.step(add, { a: start, b: 10 }) });
    });
    expect((await diamond.run()).output).toBe(16);
  });

  it("runs a map and gives its results in the order of the items", async () => {
    const map = flow("map", { xs: [3, 1, 2] }, (f, p) => f.map(p.xs, (x) => f.step(double, { x }), { max: 2 }));
    expect((await map.run()).output).toEqual([6, 2, 4]);
  });

  it("joins a map", async () => {
    const join = flow("join", { xs: [1, 2, 3] }, (f, p) =>
      f.step(sum, { list: f.map(p.xs, (x) => f.step(double, { x })) }),
    );
    expect((await join.run()).output).toBe(12);
  });

  it("gives an empty list for an empty map, and joins it", async () => {
    const empty = flow("empty", { xs: [] as number[] }, (f, p) => {
      const all = f.map(p.xs, (x) => f.step(double, { x }));
      return { all, total: f.step(sum, { list: all }) };
    });
    const run = await empty.run();
    expect(run.output).toEqual({ all: [], total: 0 });
    expect(run.status.steps.map(({ state, total }) => [state, total])).toEqual([
      ["done", 0],
      ["done", 1],
    ]);
  });

  it("maps over the result of a step", async () => {
    const over = flow("over", { n: 4 }, (f, p) => f.map(f.step(upTo, { n: p.n }), (x) => f.step(double, { x })));
    expect((await over.run()).output).toEqual([0, 2, 4, 6]);
    expect((await over.run({ n: 2 })).output).toEqual([0, 2]);
  });

  it("maps in a map, with a join for each outer item and a list of lists outside", async () => {
    const nested = flow("nested", { groups: [[1, 2], [], [3]] }, (f, p) =>
      f.map(p.groups, (group) => {
        const doubled = f.map(group, (x) => f.step(double, { x }));
        return { doubled, total: f.step(sum, { list: doubled }) };
      }),
    );
    expect((await nested.run()).output).toEqual([
      { doubled: [2, 4], total: 6 },
      { doubled: [], total: 0 },
      { doubled: [6], total: 6 },
    ]);
  });

  it("maps over the results of a map, and uses a sibling map's results in it", async () => {
    const chain = flow("chain", { xs: [1, 2] }, (f, p) => {
      const first = f.map(p.xs, (x) => f.step(double, { x }));
      return f.map(first, (x) => f.step(add, { a: x, b: f.step(sum, { list: first }) }));
    });
    expect((await chain.run()).output).toEqual([8, 10]);
  });

  it("maps over a list of refs", async () => {
    const refs = flow("refs", { a: 1, b: 2 }, (f, p) =>
      f.map([p.a, f.step(double, { x: p.b })], (x) => f.step(double, { x })),
    );
    expect((await refs.run()).output).toEqual([2, 8]);
  });

  it("takes parts of results and of items", async () => {
    const parts = flow("parts", { xs: [{ v: 1 }, { v: 3 }] }, (f, p) => {
      const s = f.step(stats, { list: f.map(p.xs, (x) => f.step(double, { x: x.at("v") })) });
      return { mean: s.at("mean"), last: s.at("ends").at(1), each: f.map(p.xs, (x) => x.at("v")) };
    });
    expect((await parts.run()).output).toEqual({ mean: 4, last: 6, each: [1, 3] });
  });

  it("takes records and lists of refs as inputs", async () => {
    const nested = ({ all }: { all: { name: string; values: number[] } }): string =>
      `${all.name}:${all.values.join("+")}`;
    const record = flow("record", { n: 2 }, (f, p) =>
      f.step(nested, { all: { name: "x", values: [f.step(one, {}), p.n, 3] } }),
    );
    expect((await record.run()).output).toBe("x:1+2+3");
  });

  it("runs a thousand items", async () => {
    const wide = flow("wide", { n: 1000 }, (f, p) =>
      f.step(sum, { list: f.map(f.step(upTo, { n: p.n }), (x) => f.step(double, { x })) }),
    );
    const run = await wide.run();
    expect(run.output).toBe(999_000);
    expect((await wide.run()).status.steps.map((step) => step.cached)).toEqual([1, 1000, 1]);
  });

  it("never runs more items at a time than max, also when a join waits for them", async () => {
    const now = new Int32Array(new SharedArrayBuffer(8));
    let most = 0;
    const busy = async ({ x }: { x: number }): Promise<number> => {
      most = Math.max(most, Atomics.add(now, 0, 1) + 1);
      await new Promise((resolve) => setImmediate(resolve));
      Atomics.sub(now, 0, 1);
      return x;
    };
    const limited = flow("limited", { xs: [1, 2, 3, 4, 5, 6] }, (f, p) =>
      f.step(sum, { list: f.map(p.xs, (x) => f.step(busy, { x }, { run: "inline" }), { max: 1 }) }, { run: "inline" }),
    );
    expect((await limited.run()).output).toBe(21);
    expect(most).toBe(1);
  });
});
