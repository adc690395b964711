/** The source of a cell; `MARK` is where it prints that it has begun, `N` a number that it keeps. */
export type Endless = string;

/** What the stop button has to end: cells that go on for ever, each in its own way. */
export const endless: {
  /** The cell before them. */
  readonly setup: string;
  readonly cells: readonly (readonly [name: string, source: Endless])[];
} = {
  setup:
    "import { execSync, spawn, spawnSync } from 'node:child_process'; import { Worker } from 'node:worker_threads'; const shared = new Int32Array(new SharedArrayBuffer(4));",
  cells: [
    ["a loop", "const kept = N; MARK while (true);"],
    ["a loop after an await", "const kept = N; await null; MARK while (true);"],
    ["an await that never settles", "const kept = N; MARK await new Promise(() => {});"],
    ["a storm of microtasks", "const kept = N; MARK for (;;) await null;"],
    [
      "a storm of microtasks beside the cell",
      "const kept = N; MARK void (async () => { for (;;) await null; })(); await new Promise(() => {});",
    ],
    ["turns of the event loop without end", "const kept = N; MARK for (;;) await new Promise(setImmediate);"],
    ["a process that is waited for", "const kept = N; MARK spawnSync('sleep', ['60']);"],
    [
      "a process that is waited for after an await, in a shell",
      "const kept = N; await null; MARK execSync('sleep 60; sleep 61');",
    ],
    [
      "a timer that loops beside the cell",
      "const kept = N; setTimeout(() => { MARK while (true); }, 0); await new Promise(() => {});",
    ],
    ["a lock that is never opened", "const kept = N; await null; MARK Atomics.wait(shared, 0, 0);"],
    ["a regular expression without end", "const kept = N; await null; MARK /^(a+)+$/.test('a'.repeat(99) + 'b');"],
    [
      "a listener of the stop signal that loops",
      "const kept = N; (globalThis as any)[Symbol.for('stemma.kernel')].stopSignal().addEventListener('abort', () => { while (true); }); MARK await new Promise(() => {});",
    ],
  ],
};
