import { readdirSync, readFileSync } from "node:fs";
import { type Endless, endless } from "../cells/endless-cells.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";
import { workspace } from "../support/notebook.ts";
import { type Bench, median, milliseconds, type Pair, type Row, row } from "./bench.ts";

/** Our kernel beside stock tslab, in turns; both from a folder that finds the repository's packages. */
export const bench: Bench = { name: "kernel", rows };

const times = 9;

async function* rows(): AsyncIterable<Row> {
  const { folder, remove } = workspace();
  try {
    yield* starts(folder);
    yield* requests(folder);
    yield await manyCells(folder);
    yield* stops(folder);
  } finally {
    remove();
  }
}

const tslab = { bench: "kernel", peerName: "stock tslab", unit: "ms" } as const;

/** What one start of a kernel shows; times in ms, memory in MB. */
interface Start {
  readonly readyMs: number;
  readonly importMs: number;
  readonly memory: number;
}

async function* starts(folder: string): AsyncIterable<Row> {
  const measured: { readonly ours: Start; readonly peer: Start }[] = [];
  for (let i = 0; i <= times; i++)
    measured.push({ ours: await start("stemma", folder), peer: await start("tslab", folder) });
  const of = (part: keyof Start): Pair =>
    // The first start reads files that no one else has read.
    median(measured.slice(1).map(({ ours, peer }) => ({ ours: ours[part], peer: peer[part] })));
  yield row({ ...tslab, case: "ready: the first cell has run", goal: "<= 1.2" }, of("readyMs"));
  yield row({ ...tslab, case: "first import of arquero", goal: "<= 1.2" }, of("importMs"));
  yield row({ ...tslab, case: "memory after it, broker and child", unit: "MB", goal: null }, of("memory"));
}

async function start(kind: "stemma" | "tslab", cwd: string): Promise<Start> {
  const from = performance.now();
  const kernel = await startKernel({ kind, cwd });
  // Our broker answers before the cells' process has read TypeScript: ready is who has run a cell.
  await done(kernel, "0");
  const readyMs = performance.now() - from;
  const importMs = await milliseconds(() =>
    done(kernel, 'import { table } from "arquero"; table({ a: [1] }).numRows()'),
  );
  const memory = memoryOf(kernel.process.pid ?? 0);
  await kernel.stop();
  return { readyMs, importMs, memory };
}

async function* requests(cwd: string): AsyncIterable<Row> {
  const [ours, peer] = [await startKernel({ kind: "stemma", cwd }), await startKernel({ kind: "tslab", cwd })];
  const cases: readonly (readonly [name: string, work: (kernel: Kernel, i: number) => Promise<unknown>])[] = [
    ["trivial cell, again", (kernel) => done(kernel, "1 + 1")],
    ["trivial cell, new text", (kernel, i) => done(kernel, `${i} + 1`)],
    ["cell with a new name", (kernel, i) => done(kernel, `const name${i} = ${i}; name${i}`)],
    ["cell of 50 lines", (kernel, i) => done(kernel, fiftyLines(i))],
    ["completion, again", (kernel) => completed(kernel, "Math.hyp")],
    ["completion, new text", (kernel, i) => completed(kernel, `const side${i} = ${i}; Math.hyp`)],
    ["completion of a global, new text", (kernel, i) => completed(kernel, `/* ${i} */ Obj`)],
  ];
  for (const [name, work] of cases) {
    const measured: Pair[] = [];
    for (let i = 0; i <= times; i++)
      measured.push({ ours: await milliseconds(() => work(ours, i)), peer: await milliseconds(() => work(peer, i)) });
    yield row({ ...tslab, case: name, goal: "<= 1.2" }, median(measured.slice(1)));
  }
  await Promise.all([ours.stop(), peer.stop()]);
}

function fiftyLines(cell: number): string {
  const lines = Array.from({ length: 25 }, (_, i) => {
    const name = `${cell}_${i}`;
    return `const rate${name} = ${i} / 2;\nfunction scaled${name}(x: number): number { return x * rate${name}; }`;
  });
  return lines.join("\n");
}

async function completed(kernel: Kernel, code: string): Promise<void> {
  const { matches } = await kernel.ask("complete_request", { code, cursor_pos: code.length });
  if (!Array.isArray(matches) || matches.length === 0) throw new Error(`${code}: no completion`);
}

/** Each cell has a variable and uses the one before: what TypeScript reads grows with every cell. */
async function manyCells(cwd: string): Promise<Row> {
  const measured: Pair[] = [];
  for (let i = 0; i < 3; i++) {
    const kernel = await startKernel({ kind: "stemma", cwd });
    await done(kernel, "const value0 = 0;");
    const each: number[] = [];
    for (let n = 1; n <= 200; n++)
      each.push(await milliseconds(() => done(kernel, `const value${n} = value${n - 1} + 1; value${n}`)));
    measured.push({ ours: middle(each.slice(190)), peer: middle(each.slice(0, 10)) });
    await kernel.stop();
  }
  const head = { bench: "kernel", case: "cells 191 to 200, each", peerName: "cells 1 to 10, each", unit: "ms" };
  return row({ ...head, goal: "<= 1.2" }, median(measured));
}

async function* stops(cwd: string): AsyncIterable<Row> {
  const kernel = await startKernel({ kind: "stemma", cwd });
  await done(kernel, endless.setup);
  for (const [name, source] of endless.cells) {
    const measured: Pair[] = [];
    for (let i = 0; i < 3; i++) measured.push({ ours: await stopMs(kernel, source), peer: 1000 });
    yield row(
      { bench: "kernel", case: `stop ${name}`, peerName: "a second", unit: "ms", goal: "<= 1" },
      median(measured),
    );
  }
  await kernel.stop();
}

let stopped = 0;

async function stopMs(kernel: Kernel, source: Endless): Promise<number> {
  const marker = `marker ${++stopped}`;
  const running = kernel.run(source.replace("MARK", `console.log("${marker}");`).replace("N", "0"));
  const begun = kernel.until(({ content }) => content["text"] === `${marker}\n`).then(() => true);
  // A signal of the stop before may hit the first lines of this cell: it is no measure of this one.
  if (!(await Promise.race([begun, running.then(() => false)]))) return stopMs(kernel, source);
  const from = performance.now();
  kernel.interrupt();
  const { error } = await running;
  if (error?.ename !== "KeyboardInterrupt") throw new Error(`not stopped: ${source}: ${error?.evalue}`);
  return performance.now() - from;
}

async function done(kernel: Kernel, source: string): Promise<void> {
  const { status, error, stderr } = await kernel.run(source);
  if (status !== "ok") throw new Error(`${source}: ${error?.evalue ?? stderr}`);
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/**
 * Memory of a process and all that it has started, in MB; what several of them share, such as Node's own program, counts
 * in parts (Linux tells it as Pss).
 */
function memoryOf(pid: number): number {
  const own = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? "0";
  const children = readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" "))
    .filter((text) => text !== "");
  return (
    Number(own) / 1024 +
    children
      .map(Number)
      .map(memoryOf)
      .reduce((sum, part) => sum + part, 0)
  );
}
