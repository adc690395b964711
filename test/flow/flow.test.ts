import { writeFileSync, readFileSync } from "node:fs";
import { expect, it, describe } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

inProject();

const double = ({ x }: { x: number }): number => x * 2;
const add = ({ a, b }: { a: number; b: number }): number => a + b;
const sum = ({ list }: { list: number[] }): number => list.reduce((total, x) => total + x, 0);
const read = ({ path }: { path: string }): string => readFileSync(path, "utf8");

describe("shapes", () => {
  it("runs a line of steps", async () => {
    const line = flow("line", { x: 3 }, (f, p) => f.step(double, { x: f.step(double, { x: p.x }) }));
    expect((await line.run()).output).toBe(12);
    expect((await line.run({ x: 5 })).output).toBe(20);
  });
  it("runs a map, and joins it", async () => {
    const map = flow("map", { xs: [1, 2, 3] }, (f, p) => f.step(sum, { list: f.map(p.xs, (x) => f.step(double, { x })) }));
    const run = await map.run();
    expect(run.output).toBe(12);
    console.log(JSON.stringify(run.status, null, 1));
    console.log(JSON.stringify((await map.run()).status.steps, null, 1));
    console.log(JSON.stringify(run.lineage().graph, null, 0));
  });
});
