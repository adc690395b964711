import { describe, expect, it } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

inProject();

const halve = ({ x }: { x: number }): number => x / 2;
const isSmall = ({ x, limit }: { x: number; limit: number }): boolean => x <= limit;
const grow = ({ xs, i }: { xs: readonly number[]; i: number }): number[] => [...xs, i * i];
const double = ({ x }: { x: number }): number => x * 2;
const sum = ({ list }: { list: readonly number[] }): number => list.reduce((total, x) => total + x, 0);

describe("f.loop()", () => {
  const root = flow("root", { x: 100, limit: 10 }, (f, p) =>
    f.loop(
      p.x,
      (x) => {
        const next = f.step(halve, { x });
        return { next, until: f.step(isSmall, { x: next, limit: p.limit }) };
      },
      { max: 10 },
    ),
  );

  it("goes on until a round says so, and keeps each round", async () => {
    const run = await root.run();
    expect(run.output).toBe(6.25);
    expect(run.status.steps.map(({ done, cached, total }) => [done, cached, total])).toEqual([
      [4, 0, 4],
      [4, 0, 4],
    ]);
    expect(root.status().steps.map(({ state, total }) => [state, total])).toEqual([
      ["cached", 4],
      ["cached", 4],
    ]);
    // A smaller limit needs two rounds more: the first four are there.
    const further = await root.run({ limit: 2 });
    expect(further.output).toBe(1.5625);
    expect(further.status.steps.map(({ cached, total }) => [cached, total])).toEqual([
      [4, 6],
      [0, 6],
    ]);
  });

  it("is an error when no round was the last, and says what to do", async () => {
    await expect(root.run({ limit: 0 })).rejects.toThrow(
      'flow "root", loop loop: until was true in none of 10 rounds. Give a larger max, or { atMax: "last" }',
    );
  });

  it("gives the last state where that is wanted, and counts rounds without a question", async () => {
    const counted = flow("counted", { n: 3 }, (f, p) => ({
      last: f.loop(8, (x) => ({ next: f.step(halve, { x }), until: f.step(isSmall, { x, limit: 0 }) }), {
        max: 2,
        atMax: "last",
      }),
      squares: f.loop([] as number[], (xs, i) => ({ next: f.step(grow, { xs, i }) }), { max: p.n }),
    }));
    expect((await counted.run()).output).toEqual({ last: 2, squares: [0, 1, 4] });
    expect((await counted.run({ n: 1 })).output).toEqual({ last: 2, squares: [0] });
  });

  it("loops in a map, maps in a round, and carries records", async () => {
    const nested = flow("nested", { starts: [4, 32] }, (f, p) =>
      f.map(p.starts, (start) => {
        const end = f.loop(
          { x: start, seen: 0 },
          (state) => {
            const halves = f.map([state.at("x"), 8], (x) => f.step(halve, { x }));
            const x = f.step(sum, { list: halves });
            return { next: { x, seen: state.at("x") }, until: f.step(isSmall, { x, limit: 9 }) };
          },
          { max: 5 },
        );
        return f.step(double, { x: end.at("x") });
      }),
    );
    // 4 -> 2+4=6; 32 -> 20 -> 14 -> 11 -> 9.5 -> 8.75
    expect((await nested.run()).output).toEqual([12, 17.5]);
  });

  it("loops a thousand rounds, and a loop in a branch that is not taken has none", async () => {
    const long = flow("long", { n: 1000, go: true }, (f, p) =>
      f.when(p.go, {
        true: () => f.loop(0, (x, i) => ({ next: f.step(sum, { list: [x, i] }) }), { max: p.n }),
        false: () => f.step(double, { x: 1 }),
      }),
    );
    expect((await long.run()).output).toBe(499_500);
    const not = await long.run({ go: false });
    expect(not.output).toBe(2);
    expect(not.status.steps.map(({ state }) => state)).toEqual(["skipped", "done"]);
  });

  it("refuses a loop without a bound, and a step of a round outside of it", () => {
    // @ts-expect-error max is missing
    expect(() => flow("endless", {}, (f) => f.loop(0, (x) => ({ next: f.step(halve, { x }) }), {}))).toThrow(
      "a loop is bounded: give { max: 20 }",
    );
    expect(() =>
      flow("leak", {}, (f) => {
        const kept: unknown[] = [];
        f.loop(
          1,
          (x) => {
            const next = f.step(halve, { x });
            kept.push(next);
            return { next };
          },
          { max: 2 },
        );
        return kept;
      }),
    ).toThrow("made inside a round of loop and used outside it. Return it as next");
  });
});
