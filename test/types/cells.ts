/**
 * What a person writes in cells, as one file: the compiler of stock tslab must take it. `export`, because tslab makes a
 * declaration of every variable of a cell, and a type that it cannot name blocks the cell.
 */
import { writeFileSync } from "node:fs";
import { flow, track, version, widget } from "stemma";
import type {} from "./catalog";

type IsAny<T> = 0 extends 1 & T ? true : false;
/** Syntax too new for this compiler is no error in a declaration file; the type is silently `any`. */
export type Known<T> = IsAny<T> extends true ? never : T;

writeFileSync("heights.json", JSON.stringify([172, 181, 168]));
export const heights = await version("heights.json");
export const table = await version("table.parquet", [{ cm: 172 }, { cm: 181 }]);
export const md5: string = heights.md5;
export const bytes: number = heights.bytes;

export const tracked = await track("heights", { unit: "cm", limits: [150, 200] }, async (run) => {
  run.input(heights);
  run.log({ mean: 173.67 }, { step: 0 });
  await run.artifact("fit.json", { mean: 173.67 });
  await run.figure("fit", { $schema: "https://vega.github.io/schema/vega-lite/v5.json", mark: "point" });
  return "done";
});
export const result: string = tracked.result;

export const open = await track("heights", { unit: "m" });
open.log({ mean: 1.74 });
export const ended = await open.end();
export const long = await track({ experiment: "heights", name: "second", params: { unit: "m" }, tags: { by: "hand" } });
await long.end();
export const lineage = open.lineage();

export const found = track.runs("heights", { filter: "metrics.mean > 1" });
export const comparison = track.compare("heights");

const square = ({ n }: { n: number }): number => n * n;
const total = ({ squares }: { squares: number[] }): number => squares.reduce((sum, n) => sum + n, 0);
export const squares = flow("squares", { numbers: [1, 2, 3] }, (f, p) => {
  const each = f.map(p.numbers, (n) => f.step(square, { n }), { max: 2 });
  return f.step(total, { squares: each }, { retry: { attempts: 2 }, timeout: "5m" });
});
export const done = await squares.run();
export const sum: number = done.output;

flow("wrong", { word: "two" }, (f, p) =>
  // @ts-expect-error a step's wrong input is a type error in the cell
  f.step(square, { n: p.word }),
);
flow("missing", { word: "two" }, (f) =>
  // @ts-expect-error a step's missing input is a type error in the cell
  f.step(square, {}),
);

export const known: [
  Known<typeof heights>,
  Known<typeof tracked>,
  Known<typeof open>,
  Known<typeof lineage>,
  Known<typeof found>,
  Known<typeof comparison>,
  Known<typeof squares>,
  Known<typeof done>,
  Known<typeof done.output>,
] = [heights, tracked, open, lineage, found, comparison, squares, done, done.output];

export const rows = await version.read<{ cm: number }>("table.parquet", { rev: "v1" });
export const centimetres: number | undefined = rows[0]?.cm;
export const counted: number = await version.read("table.parquet", { as: (columns) => Object.keys(columns).length });
export const changes = await version.diff("table.parquet", "v1", { key: "cm" });
export const versions = await heights.history();
export const stream = await version.open(heights);
export const sets = version.catalog();
export const saved = await version.save("heights", table);
export const loaded = await version.load<number[]>("heights");
export const knownData: [
  Known<typeof rows>,
  Known<typeof changes>,
  Known<typeof versions>,
  Known<typeof sets>,
  Known<typeof saved>,
] = [rows, changes, versions, sets, saved];
/** What `stemma catalog types` writes is known to `version.load()`. */
export const x: number | undefined = (await version.load("cases"))[0]?.x;
export const raw: Uint8Array = await version.load("cologne_raw");

export const counter = widget({ esm: "export default {}", state: { count: 0, label: "none" } });
export const count: number = counter.state.count;
export const off = counter.on("label", (label, before) => counter.set({ label: label + before, count: count + 1 }));
counter.onMessage((content, [bytes]) => counter.send({ content }, bytes === undefined ? [] : [bytes]));
export type Counter = Known<typeof counter>;
