import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type Kernel, type Output, startKernel } from "../support/kernel.ts";
import { root } from "../support/tools.ts";

let kernel: Kernel;
/** The id of a comm that ends a cell which waits for it. */
let bell = "";
beforeAll(async () => {
  const cwd = notebookFolder();
  symlinkSync(join(root, "node_modules"), join(cwd, "node_modules"));
  kernel = await startKernel({ kind: "stemma", cwd });
  const { outputs } = await kernel.run(
    `const bell = (globalThis as any)[Symbol.for("stemma.kernel")].openComm("bell", {}); import { exec, spawn, fork } from "node:child_process"; import { Worker } from "node:worker_threads"; import { writeFileSync } from "node:fs"; import { display, newDisplay } from "tslab";`,
  );
  bell = String(outputs[0]?.content["comm_id"]);
});
afterAll(() => kernel.stop());

/** What a cell does after it has ended, and what must then be under it. */
const table: readonly (readonly [kind: string, source: string, type: Output["type"]])[] = [
  ["a log", "console.log('MARK')", "stream"],
  ["an error log", "console.error('MARK')", "stream"],
  ["a table", "console.table([{ a: 'MARK' }])", "stream"],
  ["bytes on stdout", "process.stdout.write(Buffer.from('MARK'))", "stream"],
  ["a log from a timer", "setTimeout(() => console.log('MARK'), 1)", "stream"],
  ["a log after an await", "(async () => { await null; console.log('MARK'); })()", "stream"],
  ["a warning of Node's", "process.emitWarning('MARK')", "stream"],
  ["a display", "display.text('MARK')", "display_data"],
  [
    "an update of a display",
    "{ const shown = newDisplay(); shown.text('first'); shown.text('MARK'); }",
    "update_display_data",
  ],
  ["a rejection", "void Promise.reject(new Error('MARK'))", "stream"],
  ["a throw", "setImmediate(() => { throw new Error('MARK'); })", "stream"],
  ["a worker's log", "new Worker('console.log(\"MARK\")', { eval: true })", "stream"],
  ["a worker's error log", "new Worker('console.error(\"MARK\")', { eval: true })", "stream"],
  ["a worker's throw", "new Worker('throw new Error(\"MARK\")', { eval: true })", "stream"],
  ["a process with the kernel's stdout", "spawn('echo', ['MARK'], { stdio: 'inherit' })", "stream"],
  [
    "a process with the kernel's stderr",
    "spawn('sh', ['-c', 'echo MARK >&2'], { stdio: ['ignore', 'ignore', 'inherit'] })",
    "stream",
  ],
  ["a shell's callback", "exec('echo MARK', (_, text) => console.log(text))", "stream"],
  ["a Node process", "{ writeFileSync('forked.mjs', 'console.log(\"MARK\")'); fork('./forked.mjs'); }", "stream"],
];

describe("output that comes while another cell runs is under the cell that caused it", () => {
  it.each(table)("%s", async (kind, source, type) => {
    const mark = `mark of ${kind.replace("'", "")}`;
    const gate = "let go = () => {}; const gate = new Promise<void>((resolve) => { go = resolve; });";
    const first = await kernel.run(`${gate} void gate.then(() => { ${source.replace("MARK", mark)}; });`);
    expect(first.status).toBe("ok");
    const second = kernel.run("go(); await new Promise<void>((resolve) => bell.onMessage(resolve)); 'ended'");
    const isLate = (output: Output): boolean => output.type === type && JSON.stringify(output.content).includes(mark);
    await kernel.until(isLate);
    expect(first.late.some(isLate)).toBe(true);
    await kernel.tell("comm_msg", { comm_id: bell, data: {} });
    expect((await second).outputs.map(({ content }) => content["data"])).toEqual([{ "text/plain": "'ended'" }]);
  });
});
