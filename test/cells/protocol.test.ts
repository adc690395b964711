import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";

let kernel: Kernel;
beforeAll(async () => {
  kernel = await startKernel({ kind: "stemma", cwd: notebookFolder() });
});
afterAll(() => kernel.stop());

describe("execute_request", () => {
  it("is counted, and its result carries the count", async () => {
    const one = await kernel.run("'a'");
    const two = await kernel.run("'b'");
    expect(two.count).toBe((one.count ?? 0) + 1);
    expect(two.outputs).toEqual([
      { type: "execute_result", content: { execution_count: two.count, data: { "text/plain": "'b'" }, metadata: {} } },
    ]);
  });

  it("is not counted and shows no result when it is silent", async () => {
    const before = await kernel.run("0");
    const silent = await kernel.run("1", { content: { silent: true } });
    expect(silent.outputs).toEqual([]);
    expect((await kernel.run("0")).count).toBe((before.count ?? 0) + 1);
  });

  it("is shown under the count of before when it is not to be kept", async () => {
    const before = await kernel.run("0");
    const unkept = await kernel.run("'unkept'", { content: { store_history: false } });
    expect(unkept).toMatchObject({ count: before.count, text: "'unkept'" });
    const { history } = await kernel.ask("history_request", { hist_access_type: "search", pattern: "'unkept'" });
    expect(history).toEqual([]);
  });

  it("shows HTML of a value that has it, and a value's own bundle", async () => {
    const html = await kernel.run("({ toHTML: () => '<b>x</b>' })");
    expect(html.outputs[0]?.content["data"]).toMatchObject({ "text/html": "<b>x</b>" });
    const own = await kernel.run(
      "({ [Symbol.for('Jupyter.display')]: async () => ({ 'application/json': { a: 1 } }) })",
    );
    expect(own.outputs[0]?.content["data"]).toEqual({ "application/json": { a: 1 } });
  });

  it("fails when the value cannot draw itself", async () => {
    const result = await kernel.run("({ toHTML() { throw new Error('no picture') } })");
    expect(result.error).toMatchObject({ ename: "Error", evalue: "no picture" });
  });

  it("shows what tslab's display is given", async () => {
    const result = await kernel.run('import { display } from "tslab"; display.html("<i>t</i>");');
    expect(result.outputs).toEqual([
      { type: "display_data", content: { data: { "text/html": "<i>t</i>" }, metadata: {}, transient: {} } },
    ]);
  });

  it("keeps the order of text and displays", async () => {
    const result = await kernel.run('console.log("a"); display.text("b"); console.error("c"); console.log("d"); "e"');
    expect(result.outputs.map(({ type, content }) => content["text"] ?? type)).toEqual([
      "a\n",
      "display_data",
      "c\n",
      "d\n",
      "execute_result",
    ]);
  });

  it("gathers the text of a loop into few messages, and loses none", async () => {
    const result = await kernel.run("for (let i = 0; i < 5000; i++) console.log('line', i);");
    expect(result.text.split("\n").length).toBe(5001);
    expect(result.outputs.length).toBeLessThan(500);
  });

  it("sends thousands of displays without a turn of the event loop, in order", async () => {
    const result = await kernel.run("for (let i = 0; i < 1500; i++) display.text(String(i));");
    expect(result.outputs.map(({ content }) => (content["data"] as Record<string, unknown>)["text/plain"])).toEqual(
      Array.from({ length: 1500 }, (_, index) => String(index)),
    );
    expect((await kernel.run("'goes on'")).text).toBe("'goes on'");
  });

  it("names cells and lines in every stack that is printed", async () => {
    const shown = await kernel.run("const made = new Error('made');\nmade");
    expect(shown.text).toBe(`Error: made\n    at cell [${shown.count}], line 1:14`);
    expect((await kernel.run("console.error(made.stack)")).stderr).toBe(`${shown.text}\n`);
  });

  it("passes bytes of a character that come apart", async () => {
    const result = await kernel.run(
      "const bytes = Buffer.from('größe'); process.stdout.write(bytes.subarray(0, 3)); process.stdout.write(bytes.subarray(3)); void 0;",
    );
    expect(result.text).toBe("größe");
  });

  it("aborts what was sent behind a cell that fails, and nothing later", async () => {
    const sent = [kernel.run("throw new Error('first')"), kernel.run("'second'"), kernel.run("'third'")];
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(["error", "aborted", "aborted"]);
    expect(await kernel.run("'fourth'")).toMatchObject({ status: "ok", text: "'fourth'" });
  });

  it("goes on behind a cell that may fail", async () => {
    const first = kernel.run("throw new Error('allowed')", { content: { stop_on_error: false } });
    const second = kernel.run("'goes on'");
    expect((await first).status).toBe("error");
    expect((await second).text).toBe("'goes on'");
  });
});

describe("a display", () => {
  it("is replaced from a later cell, under its own id", async () => {
    const shown = await kernel.run(
      'import { newDisplay } from "tslab"; const place = newDisplay(); place.text("one");',
    );
    const id = Object(shown.outputs[0]?.content["transient"])["display_id"] as unknown;
    const later = await kernel.run('place.text("two");');
    expect(later.outputs).toEqual([
      {
        type: "update_display_data",
        content: { data: { "text/plain": "two" }, metadata: {}, transient: { display_id: id } },
      },
    ]);
    expect(id).toMatch(/./);
  });
});

describe("output that comes late", () => {
  it("goes under the cell that caused it", async () => {
    const early = await kernel.run(
      `setTimeout(() => console.log("late log"), 50);
       setTimeout(() => { throw new Error("late throw") }, 60);
       setTimeout(() => void Promise.reject(new Error("late rejection")), 70);
       setTimeout(() => display.text("late display"), 80);`,
    );
    const other = await kernel.run("await new Promise((resolve) => setTimeout(resolve, 200)); 'other'");
    expect(other.outputs).toHaveLength(1);
    const late = early.late.map(({ content }) => String(content["text"] ?? JSON.stringify(content["data"]))).join("");
    const order = [
      "late log",
      "Uncaught: Error: late throw",
      "Unhandled rejection: Error: late rejection",
      "late display",
    ];
    expect(order.map((text) => late.indexOf(text)).every((at, index, all) => at > (all[index - 1] ?? -1))).toBe(true);
  });

  it("comes from worker threads too", async () => {
    const result = await kernel.run(
      "import { Worker } from 'node:worker_threads'; const worker = new Worker('console.log(\"from a worker\")', { eval: true }); await new Promise((resolve) => worker.on('exit', resolve)); await new Promise((resolve) => setTimeout(resolve, 50));",
    );
    expect(result.text).toBe("from a worker\n");
  });
});

describe("the stop button", { timeout: 20_000 }, () => {
  /** Runs a cell that prints the marker and then waits; stops it there. */
  const stopped = async (marker: string, source: string): Promise<Awaited<ReturnType<Kernel["run"]>>> => {
    const running = kernel.run(source);
    await kernel.until(({ content }) => content["text"] === `${marker}\n`);
    kernel.interrupt();
    return running;
  };

  it("stops a busy loop, and the kernel keeps what was assigned", async () => {
    const result = await stopped("loops", "const busy = 11; console.log('loops'); while (true) ;");
    expect(result.error).toMatchObject({ ename: "KeyboardInterrupt" });
    expect((await kernel.run("busy")).text).toBe("11");
  });

  it("stops a pending await that listens to the stop signal, with nothing left over", async () => {
    const result = await stopped(
      "listens",
      `import { setTimeout as wait } from "node:timers/promises";
       const signal: AbortSignal = (globalThis as any)[Symbol.for("stemma.kernel")].stopSignal();
       const waiting = 12; await null; console.log("listens"); await wait(60_000, null, { signal });`,
    );
    expect(result.error).toMatchObject({ ename: "KeyboardInterrupt", evalue: "Stopped from the notebook." });
    expect((await kernel.run("waiting")).text).toBe("12");
  });

  it("stops a pending await that does not, and says that it may go on", async () => {
    const result = await stopped(
      "is deaf",
      'await null; console.log("is deaf"); await new Promise((resolve) => setTimeout(resolve, 60_000).unref());',
    );
    expect(result.error?.evalue).toMatch(/^Stopped\. What the cell was waiting for takes no stop signal/);
  });

  it("does nothing when no cell runs", async () => {
    // By message: a signal may arrive after the next request.
    await kernel.ask("interrupt_request", {}, "control");
    expect((await kernel.run("'alive'")).text).toBe("'alive'");
  });
});

describe("other requests", () => {
  it("tells the kernel's language", async () =>
    expect(await kernel.ask("kernel_info_request", {})).toMatchObject({
      status: "ok",
      protocol_version: "5.4",
      implementation: "stemma",
      language_info: { name: "typescript", version: "5.9.3", file_extension: ".ts" },
    }));

  it("completes names, with positions in code points", async () => {
    await kernel.run("const completed = { alpha: 1, beta: 2 };");
    expect(await kernel.ask("complete_request", { code: '"😀😀"; completed.al', cursor_pos: 18 })).toMatchObject({
      matches: ["alpha"],
      cursor_start: 16,
      cursor_end: 18,
    });
  });

  it("inspects a name with its signature and documentation", async () => {
    const reply = await kernel.ask("inspect_request", { code: "Math.hypot", cursor_pos: 8, detail_level: 0 });
    expect(reply["data"]).toMatchObject({
      "text/plain": expect.stringMatching(/^\(method\) Math\.hypot\(\.\.\.values: number\[\]\): number\n/),
    });
    expect(await kernel.ask("inspect_request", { code: "nothing here", cursor_pos: 3 })).toMatchObject({
      found: false,
    });
  });

  it.each([
    ["1", "complete"],
    ["function f(x: number) {\n  return x * 2;\n}", "complete"],
    ["await Promise.resolve(1)", "complete"],
    ["function f(x: number) {", "incomplete"],
    ["const s = `abc", "incomplete"],
    ["foo(1,", "incomplete"],
    ["/* open comment", "incomplete"],
    ["const x =", "incomplete"],
    ["const 1x = 3", "invalid"],
    ["}", "invalid"],
    ["foo bar baz", "invalid"],
  ])("judges %j as %s", async (code, status) =>
    expect(await kernel.ask("is_complete_request", { code })).toMatchObject({ status }),
  );

  it("gives the history of the session", async () => {
    const { count } = await kernel.run("'remembered'");
    expect(await kernel.ask("history_request", { hist_access_type: "tail", n: 1, raw: true, output: false })).toEqual({
      status: "ok",
      history: [[1, count, "'remembered'"]],
    });
    const found = await kernel.ask("history_request", { hist_access_type: "search", pattern: "*remember*", n: 1 });
    expect(found["history"]).toEqual([[1, count, "'remembered'"]]);
  });

  it("tells its ports", async () =>
    expect(await kernel.ask("connect_request", {})).toEqual({
      status: "ok",
      shell_port: expect.any(Number),
      iopub_port: expect.any(Number),
      stdin_port: expect.any(Number),
      hb_port: expect.any(Number),
      control_port: expect.any(Number),
    }));

  it("answers while a cell awaits", async () => {
    const running = kernel.run(
      "await null; console.log('awaiting'); await new Promise((resolve) => setTimeout(resolve, 400)); 'ended'",
    );
    await kernel.until(({ content }) => content["text"] === "awaiting\n");
    expect(await kernel.ask("comm_info_request", {})).toEqual({ status: "ok", comms: {} });
    expect((await running).text).toBe("awaiting\n'ended'");
  });
});

describe("the end of the kernel", () => {
  it.each([
    ["a loop", "console.log('at work'); while (true);"],
    ["an await", "console.log('at work'); await new Promise(() => {});"],
    [
      "processes and threads",
      "import { spawn } from 'node:child_process'; import { Worker } from 'node:worker_threads'; spawn('sleep', ['60']); new Worker('while (true);', { eval: true }); console.log('at work'); await new Promise(() => {});",
    ],
  ])("comes with shutdown in %s; what is said on shell and iopub echoes the restart", async (_, source) => {
    const other = await startKernel({ kind: "stemma", cwd: notebookFolder() });
    other.run(source).catch(() => {});
    await other.until(({ content }) => content["text"] === "at work\n");
    const exited = new Promise((resolve) => other.process.once("exit", resolve));
    const published = other.until(({ type }) => String(type) === "shutdown_reply");
    expect(await other.ask("shutdown_request", { restart: true }, "control")).toEqual({ status: "ok", restart: true });
    expect((await published).content).toEqual({ status: "ok", restart: true });
    expect(await exited).toBe(0);
  });

  it("comes with shutdown, whatever a cell has left open", async () => {
    const other = await startKernel({ kind: "stemma", cwd: notebookFolder() });
    await other.run("setInterval(() => {}, 1000); import { createServer } from 'node:net'; createServer().listen(0);");
    expect(await other.stop()).toBe(0);
  });

  it("comes with process.exit() in a cell, by its code", async () => {
    const other = await startKernel({ kind: "stemma", cwd: notebookFolder() });
    const exited = new Promise((resolve) => other.process.once("exit", resolve));
    await expect(other.run("process.exit(3)")).rejects.toThrow("The kernel ended (3)");
    expect(await exited).toBe(3);
  });
});
