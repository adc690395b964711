import * as aq from "arquero";
import { decode, encode, flow } from "../../../src/flow/index.ts";
import { milliseconds } from "../bench.ts";

const rows = 1_000_000;

/** A table through three steps, in threads. */
export function tableSteps(): Promise<number> {
  const seed = performance.now();
  const make = ({ rows, seed }: { rows: number; seed: number }): aq.ColumnTable => {
    const x = Float64Array.from({ length: rows }, (_, i) => i + seed);
    const word = Array.from({ length: rows }, (_, i) => `word ${i % 100}`);
    return aq.table({ x, y: Float64Array.from(x, (one) => one / 3), word });
  };
  const count = ({ table }: { table: aq.ColumnTable }): number => table.numRows();
  const pass = ({ table }: { table: aq.ColumnTable }): aq.ColumnTable => table.select("word", "y", "x");
  const options = { run: "thread" } as const;
  const three = flow("table", { rows, seed }, (f, p) => {
    const made = f.step(make, { rows: p.rows, seed: p.seed }, options);
    return f.step(count, { table: f.step(pass, { table: made }, options) }, options);
  });
  return milliseconds(() => three.run());
}

/** What the rows of that table cost as JSON, written and read twice, without a disk. */
export async function jsonRows(): Promise<number> {
  const list = Array.from({ length: rows }, (_, i) => ({ x: i + 0.5, y: i / 3, word: `word ${i % 100}` }));
  return milliseconds(() => {
    for (let step = 0; step < 2; step++) decode(encode(list));
  });
}
