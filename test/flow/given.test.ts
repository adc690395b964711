import { readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import * as flechette from "@uwdata/flechette";
import * as aq from "arquero";
import * as dfd from "danfojs-node";
import { describe, expect, it } from "vitest";
import { file, flow } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

const folder = inProject();
symlinkSync(join(import.meta.dirname, "../../node_modules"), join(folder, "node_modules"));

const people = aq.table({ name: ["Zoë", "李"], age: [41, 17], born: [new Date(0), new Date(86_400_000)] });
const frame = new dfd.DataFrame({ a: [1, 2, 3], b: ["x", "y", "ü"] });
const arrow = flechette.tableFromArrays({ x: Int32Array.from([1, 2, 3]) });
const weights = new Float64Array(10_000).fill(0.5);

interface Given {
  readonly people: aq.ColumnTable;
  readonly frame: { readonly shape: readonly number[] };
  readonly arrow: { readonly numRows: number };
  readonly weights: Float64Array;
  readonly since: Date;
  readonly units: Map<string, bigint>;
}
const given = { people, frame, arrow, weights, since: new Date(7), units: new Map([["m", 3n]]) };
const facts = (all: Given): unknown => [
  ...all.people.objects(),
  all.frame.shape,
  all.arrow.numRows,
  all.weights.length,
  all.weights[9999],
  all.since,
  all.units,
];

describe.each(["inline", "thread", "process"] as const)(
  "what a step is given where the flow is defined (%s)",
  (run) => {
    it("may be a table, a long array, a date, a map: the step gets the same", async () => {
      const made = flow(`inputs ${run}`, {}, (f) => f.step(facts, { ...given } as never, { run }));
      expect((await made.run()).output).toEqual(facts(given as never));
      await made.run();
      const [again] = made.status().steps;
      expect(again?.state).toBe("cached");
    });

    it("may be a danfo frame without rows, and may come back as one", async () => {
      const bare = new dfd.DataFrame([], { columns: ["a", "ü"], dtypes: ["float32", "string"], index: [] } as never);
      const same = ({ of }: { of: dfd.DataFrame }): dfd.DataFrame => of;
      const made = flow(`bare ${run}`, {}, (f) => f.step(same, { of: bare } as never, { run }));
      const { shape, columns, dtypes, index } = (await made.run()).output as dfd.DataFrame;
      expect({ shape, columns, dtypes, index }).toEqual({
        ...{ shape: [0, 2], columns: ["a", "ü"] },
        ...{ dtypes: ["float32", "string"], index: [] },
      });
    });

    it("may be what it closes over", async () => {
      const closing = ({ n }: { n: number }): unknown => [
        people.numRows() + n,
        frame.shape,
        arrow.numRows,
        weights.subarray(9998),
      ];
      const made = flow(`closure ${run}`, {}, (f) => f.step(closing, { n: 1 }, { run }));
      expect((await made.run()).output).toEqual([3, [3, 2], 3, Float64Array.of(0.5, 0.5)]);
      expect(made.status().steps[0]?.state).toBe("cached");
    });
  },
);

describe("what a flow is given", () => {
  const count = ({ table }: { table: aq.ColumnTable }): number => table.numRows();

  it("is written when the flow runs, not before, and again where somebody took it away", async () => {
    const table = aq.table({ only: [1, 2, 3, 4] });
    const objects = (): readonly string[] => {
      const names = readdirSync(join(folder, "stemma", "objects"), { recursive: true, encoding: "utf8" });
      return names.filter((name) => name.length > 20);
    };
    const before = objects();
    const made = flow("written", {}, (f) => f.step(count, { table } as never));
    expect([made.status().steps[0]?.state, objects()]).toEqual(["stale", before]);
    await made.run();
    expect(objects().length).toBeGreaterThan(before.length);
    rmSync(join(folder, "stemma", "objects"), { recursive: true });
    const other = flow("written", {}, (f) => f.step(count, { table } as never, { name: "other" }));
    expect((await other.run()).output).toBe(4);
  });

  it("is part of the key: another row is another input", async () => {
    const of = (ages: readonly number[]) =>
      flow("keyed", {}, (f) => f.step(count, { table: aq.table({ ages: [...ages] }) } as never));
    await of([1, 2]).run();
    expect(of([1, 2]).status().steps[0]?.state).toBe("cached");
    const changed = of([1, 3]).status().steps[0];
    expect([changed?.state, changed?.reason]).toEqual(["stale", "input table changed"]);
  });

  it("is what it was when the flow was defined", async () => {
    const late = Float64Array.from({ length: 1000 }, () => 1);
    const sum = ({ xs }: { xs: Float64Array }): number => xs.reduce((a, b) => a + b, 0);
    const made = flow("late", {}, (f) => f.step(sum, { xs: late }));
    late.fill(2);
    expect((await made.run()).output).toBe(1000);
  });

  it("goes to each item of a map, and items may hold it", async () => {
    const age = ({ row, table }: { row: { at: Date; i: number }; table: aq.ColumnTable }): number =>
      row.at.getTime() + Number(table.get("age", row.i));
    const rows = [
      { at: new Date(1000), i: 0 },
      { at: new Date(2000), i: 1 },
    ];
    const made = flow("each", {}, (f) => f.map(rows, (row) => f.step(age, { row, table: people } as never)));
    expect((await made.run()).output).toEqual([1041, 2017]);
  });

  it("stands in the lineage where it is a table", async () => {
    const table = aq.table({ traced: [1, 2, 3] });
    const made = flow("traced", {}, (f) => f.step(count, { table } as never));
    const { nodes } = (await made.run()).lineage().graph;
    expect(nodes.map(({ of }) => (of.kind === "value" ? of.name : of.kind)).sort()).toEqual([
      "count",
      "run",
      "step",
      "table",
    ]);
  });

  it("runs again alone on what an earlier run got", async () => {
    const made = flow("alone", {}, (f) => f.step(count, { table: people } as never));
    const run = await made.run();
    expect((await made.only("count", { from: run })).output).toBe(2);
    expect(await flow.runs({ flow: "alone" })[0]?.step("count").tasks[0]?.input).toEqual({ table: expect.anything() });
  });

  it.each([
    ["a function in data", { table: { run: () => 1 } }, /input table\.run is a function/],
    ["a grouped table", { table: people.groupby("name") }, /input table is a grouped arquero table/],
    [
      "a file of a step",
      { table: file("a.csv") },
      /input table is file\("a\.csv"\)\. In a flow's body write f\.file\(path\)/,
    ],
    [
      "what only looks like a table",
      { table: { columnNames() {}, objects() {}, __proto__: { toArrowIPC() {} } } },
      /input table is a table that cannot be kept/,
    ],
    ["a model", { table: { __proto__: { predict: () => 1 } } }, /input table is a model\. Make or load it in a step/],
  ])("is refused by name: %s", (_, inputs, words) => {
    expect(() => flow("refused", {}, (f) => f.step(count, inputs as never))).toThrow(words);
  });
});
