import { describe, expect, it } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

inProject();

const double = ({ x }: { x: number }): number => x * 2;
const add = ({ a, b }: { a: number; b: number }): number => a + b;
const sum = ({ list }: { list: readonly number[] }): number => list.reduce((total, x) => total + x, 0);

describe("f.use()", () => {
  const fit = flow("fit", { x: 1, by: [1, 2] }, (f, p) => {
    const each = f.map(p.by, (b) => f.step(add, { a: p.x, b }));
    return { each, total: f.step(sum, { list: each }) };
  });

  it("runs another flow's steps with params by ref, and takes parts of what it gives", async () => {
    const outer = flow("outer", { x: 5 }, (f, p) => {
      const first = f.use(fit, { x: f.step(double, { x: p.x }) });
      const second = f.use(fit, { x: p.x, by: [10] }, { name: "again" });
      return { both: [first.at("total"), second.at("total")], list: first.at("each").at(1) };
    });
    expect(outer.plan.steps.map(({ id, name, group }) => [id, name, group])).toEqual([
      ["double", "double", null],
      ["fit-add", "add", "fit"],
      ["fit-sum", "sum", "fit"],
      ["again-add", "add", "again"],
      ["again-sum", "sum", "again"],
    ]);
    expect((await outer.run()).output).toEqual({ both: [23, 15], list: 12 });
  });

  it("finds what the other flow has made by itself", async () => {
    await fit.run({ x: 70 });
    const same = flow("same", {}, (f) => f.use(fit, { x: 70 }).at("total"));
    expect(same.status().steps.map(({ state }) => state)).toEqual(["cached", "cached"]);
  });

  it("nests, also in a map and in a branch", async () => {
    const middle = flow("middle", { x: 1 }, (f, p) => f.step(double, { x: f.use(fit, { x: p.x }).at("total") }));
    const outer = flow("outermost", { xs: [1, 2], go: true }, (f, p) =>
      f.map(p.xs, (x) => f.when(p.go, { true: () => f.use(middle, { x }), false: () => 0 })),
    );
    expect(outer.plan.steps.map(({ id, group }) => [id, group])).toEqual([
      ["middle-fit-add", "middle/fit"],
      ["middle-fit-sum", "middle/fit"],
      ["middle-double", "middle"],
    ]);
    expect((await outer.run()).output).toEqual([10, 14]);
    expect((await outer.run({ go: false })).output).toEqual([0, 0]);
  });

  it("refuses an unknown param and what is no flow", () => {
    // @ts-expect-error there is no such param
    expect(() => flow("bad", {}, (f) => f.use(fit, { beta: 1 }))).toThrow(
      'flow "bad", use of fit: it has no param "beta" (params: x, by)',
    );
    // @ts-expect-error a function is no flow
    expect(() => flow("worse", {}, (f) => f.use(double))).toThrow("f.use() got function; give it a flow");
  });
});

describe("f.range() and f.note()", () => {
  it("maps over a range whose end a step or a param says", async () => {
    const wide = flow("wide", { n: 3 }, (f, p) => ({
      by: f.map(f.range(1, f.step(double, { x: p.n }), 2), (i) => f.step(double, { x: i })),
      down: f.map(f.range(3, 0, -1), (i) => i),
      none: f.map(f.range(0), (i) => f.step(double, { x: i })),
    }));
    expect((await wide.run()).output).toEqual({ by: [2, 6, 10], down: [3, 2, 1], none: [] });
    expect((await wide.run({ n: 0 })).output).toEqual({ by: [], down: [3, 2, 1], none: [] });
    await expect(wide.run({ n: 0.3 })).rejects.toThrow("the end of f.range() is 0.6; it takes a whole number");
  });

  it("keeps notes of the flow and of its steps", () => {
    const noted = flow("noted", {}, (f) => {
      f.note("fits the curve of 1978");
      const two = f.step(double, { x: 1 });
      f.note("by hand: 2", two);
      return two;
    });
    expect(noted.plan.notes).toEqual([
      { text: "fits the curve of 1978", step: null },
      { text: "by hand: 2", step: "double" },
    ]);
  });
});
