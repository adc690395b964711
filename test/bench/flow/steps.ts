import { fdatasyncSync, openSync, writeSync } from "node:fs";
import { encode, flow } from "../../../src/flow/index.ts";
import { milliseconds } from "../bench.ts";

let runs = 0;

/** The time of a line of no-op steps that never ran, per step: of a long one, the start of its run is no part to speak of. */
export async function line(length: number): Promise<number> {
  const next = ({ n }: { n: number }): number => n + 1;
  const steps = flow(`line${length}`, { start: 0 }, (f, p) => {
    let at = f.step(next, { n: p.start });
    for (let i = 1; i < length; i++) at = f.step(next, { n: at });
    return at;
  });
  runs++;
  return (await milliseconds(() => steps.run({ start: runs * 1000 }))) / length;
}

function mapOf(items: readonly number[]): { run(): Promise<unknown> } {
  const next = ({ n }: { n: number }): number => n + 1;
  return flow("fan", { items: [...items] }, (f, p) => f.map(p.items, (n) => f.step(next, { n })));
}

function newItems(length: number): readonly number[] {
  runs++;
  return Array.from({ length }, (_, i) => runs * 1_000_000 + i);
}

/** The time of a map of no-op steps that never ran, all of it. */
export function map(length: number): Promise<number> {
  const fan = mapOf(newItems(length));
  return milliseconds(() => fan.run());
}

/** The first run of a map, and a second one that takes all from the cache. */
export async function twice(length: number): Promise<{ readonly first: number; readonly second: number }> {
  const fan = mapOf(newItems(length));
  const first = await milliseconds(() => fan.run());
  return { first, second: await milliseconds(() => fan.run()) };
}

/** The write of the results of some steps, each with fdatasync, per step. */
export async function written(steps: number): Promise<number> {
  const file = openSync("raw.bin", "a");
  const text = encode(1_000_001);
  const all = await milliseconds(() => {
    for (let i = 0; i < steps; i++) {
      writeSync(file, text);
      fdatasyncSync(file);
    }
  });
  return all / steps;
}

/** A map over four computations, with one or two at a time. */
export async function computing(max: number): Promise<number> {
  const compute = ({ n }: { n: number }): number => {
    let sum = n;
    for (let i = 0; i < 25_000_000; i++) sum = (sum * 1103515245 + 12345) % 2147483648;
    return sum;
  };
  const busy = flow("busy", { items: [...newItems(4)] }, (f, p) =>
    f.map(p.items, (n) => f.step(compute, { n }, { run: "thread" }), { max }),
  );
  return milliseconds(() => busy.run());
}
