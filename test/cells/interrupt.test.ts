import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type CellResult, type Kernel, startKernel } from "../support/kernel.ts";
import { endless } from "./endless-cells.ts";

let kernel: Kernel;
beforeAll(async () => {
  kernel = await startKernel({ kind: "stemma", cwd: notebookFolder() });
  await kernel.run(endless.setup);
});
afterAll(() => kernel.stop());

let cells = 0;

/** Runs a cell that prints its marker and goes on for ever; presses stop there. */
async function stopped(source: string, how: "signal" | "message"): Promise<CellResult> {
  const marker = `marker ${++cells}`;
  const running = kernel.run(source.replace("MARK", `console.log("${marker}");`));
  await kernel.until(({ content }) => content["text"] === `${marker}\n`);
  if (how === "signal") kernel.interrupt();
  else expect(await kernel.ask("interrupt_request", {}, "control")).toEqual({ status: "ok" });
  return running;
}

const patient = { timeout: 5000 };

describe.each(["signal", "message"] as const)("the stop button, by %s", (how) => {
  it.each(endless.cells)("ends %s; the variables stay", patient, async (_, source) => {
    const result = await stopped(source.replace("N", String(cells)), how);
    expect(result.error).toMatchObject({ ename: "KeyboardInterrupt" });
    expect(await kernel.run("kept")).toMatchObject({ status: "ok", text: String(cells - 1) });
  });
});

function isAlive(pid: number): boolean {
  const listed = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
  return listed !== "" && !listed.startsWith("Z");
}

describe("the stop button", () => {
  it("ends its own cell only: of 25 stopped one after the other none ends before it is", {
    timeout: 60_000,
  }, async () => {
    for (let i = 1; i <= 25; i++) {
      const begun = `storm ${i}`;
      const running = kernel.run(`console.log("${begun}"); ${i % 2 === 0 ? "for (;;);" : "for (;;) await null;"}`);
      const early = running.then(({ error }) => `cell ${i} ended by itself: ${error?.ename} ${error?.evalue}`);
      const text = kernel.until(({ content }) => content["text"] === `${begun}\n`).then(() => begun);
      expect(await Promise.race([text, early])).toBe(begun);
      // Time in which what is left of the stop before would hit.
      expect(await kernel.ask("kernel_info_request", {})).toMatchObject({ status: "ok" });
      kernel.interrupt();
      expect((await running).error).toMatchObject({ ename: "KeyboardInterrupt" });
    }
  });

  it("ends worker threads of the cell", patient, async () => {
    const result = await stopped(
      "const worker = new Worker('while (true);', { eval: true }); const gone = new Promise((resolve) => worker.on('exit', resolve)); MARK await new Promise(() => {});",
      "signal",
    );
    expect(result.error).toMatchObject({ ename: "KeyboardInterrupt" });
    expect((await kernel.run("await gone; 'gone'")).text).toBe("'gone'");
  });

  it("ends processes of the cell, not those of others", patient, async () => {
    const other = Number((await kernel.run("const other = spawn('sleep', ['60']); other.pid")).text);
    const result = await stopped(
      "const own = spawn('sh', ['-c', 'trap \"\" TERM; sleep 60; sleep 61']); MARK await new Promise(() => {});",
      "signal",
    );
    expect(result.error).toMatchObject({ ename: "KeyboardInterrupt" });
    const own = Number((await kernel.run("own.pid")).text);
    await expect.poll(() => isAlive(own)).toBe(false);
    expect(isAlive(other)).toBe(true);
    await kernel.run("other.kill()");
  });

  it("aborts the cells behind, also where the cell ends in order", patient, async () => {
    const first = stopped(
      "const signal = (globalThis as any)[Symbol.for('stemma.kernel')].stopSignal(); MARK await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())); 'what I had'",
      "signal",
    );
    const second = kernel.run("'must not run'");
    expect(await first).toMatchObject({ status: "error", error: { ename: "KeyboardInterrupt" } });
    expect((await first).text).toContain("'what I had'");
    expect((await second).status).toBe("aborted");
  });

  it("answers other requests meanwhile: the heart beats in a busy loop", patient, async () => {
    const running = kernel.run('console.log("is busy"); while (true);');
    await kernel.until(({ content }) => content["text"] === "is busy\n");
    expect(await kernel.ask("kernel_info_request", {})).toMatchObject({ status: "ok", implementation: "stemma" });
    expect(await kernel.ask("comm_info_request", {})).toEqual({ status: "ok", comms: {} });
    kernel.interrupt();
    expect((await running).status).toBe("error");
  });

  it("ends the process of the cells where nothing else helps, says so, and the next cell works", async () => {
    const result = await stopped("await null; MARK process.kill(process.pid, 'SIGSTOP');", "signal");
    expect(result.error?.evalue).toMatch(/^Stopped\. Nothing else could end .* all variables are gone\./);
    expect(await kernel.run("1 + 1")).toMatchObject({ status: "ok", text: "2", count: (result.count ?? 0) + 1 });
  });

  it("ends a comm's listener that loops beside the cell, and what came with it is answered", patient, async () => {
    const kept = ++cells;
    const comm = "(globalThis as any)[Symbol.for('stemma.kernel')].openComm('looping', {})";
    const opened = await kernel.run(
      `const looping = ${comm}; looping.onMessage(() => { console.log("hears ${kept}"); while (true); });`,
    );
    const id = opened.outputs.find(({ type }) => String(type) === "comm_open")?.content["comm_id"];
    const running = kernel.run(`const heard = ${kept}; console.log("waits ${kept}"); await new Promise(() => {});`);
    await kernel.until(({ content }) => content["text"] === `waits ${kept}\n`);
    const told = kernel.tell("comm_msg", { comm_id: id, data: {} });
    await kernel.until(({ content }) => content["text"] === `hears ${kept}\n`);
    const asked = kernel.ask("complete_request", { code: "loopi", cursor_pos: 5 });
    kernel.interrupt();
    expect((await running).error).toMatchObject({ ename: "KeyboardInterrupt" });
    await told;
    expect(await asked).toMatchObject({ status: "ok", matches: ["looping"] });
    expect((await kernel.run("heard")).text).toBe(String(kept));
  });

  it.each([
    ["a timer", "setTimeout(() => { console.log('MARK'); while (true); }, 0);"],
    [
      "an interval",
      "const again = setInterval(() => { console.log('MARK'); clearInterval(again); while (true); }, 1);",
    ],
    [
      "an immediate between others",
      "setImmediate(() => {}); setImmediate(() => { console.log('MARK'); while (true); }); setImmediate(() => {});",
    ],
    ["a promise", "void new Promise(setImmediate).then(() => { console.log('MARK'); while (true); });"],
  ])("ends %s that loops after its cell, and the variables stay", patient, async (_, source) => {
    const marker = `leftover ${++cells}`;
    await kernel.run(`const left = ${cells}; ${source.replace("MARK", marker)}`);
    await kernel.until(({ content }) => content["text"] === `${marker}\n`);
    // Answered: a signal could be read after the next cell, and stop that one.
    await kernel.ask("interrupt_request", {}, "control");
    const turns = "await new Promise((r) => setTimeout(r, 1)); await new Promise(setImmediate);";
    expect((await kernel.run(`setTimeout(() => {}, 0); ${turns} left`)).text).toBe(String(cells));
  });

  it("ends what keeps a cell from beginning, and the variables stay", patient, async () => {
    const marker = `in the way ${++cells}`;
    await kernel.run(`const behind = ${cells}; setTimeout(() => { console.log('${marker}'); while (true); }, 0);`);
    await kernel.until(({ content }) => content["text"] === `${marker}\n`);
    const waiting = kernel.run("await new Promise(() => {})");
    // What was sent on one channel is read in order: the cell is in the queue when this is answered.
    await kernel.ask("kernel_info_request", {});
    kernel.interrupt();
    expect((await waiting).error).toMatchObject({ ename: "KeyboardInterrupt" });
    expect((await kernel.run("behind")).text).toBe(String(cells));
  });

  it("is told from a process that died", async () => {
    const died = await kernel.run("process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});");
    expect(died.error).toMatchObject({ ename: "KernelDied", evalue: expect.stringContaining("ended by SIGKILL") });
    expect((await kernel.run("'alive'")).text).toBe("'alive'");
  });
});
