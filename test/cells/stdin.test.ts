import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";

let kernel: Kernel;
beforeAll(async () => {
  kernel = await startKernel({ kind: "stemma", cwd: notebookFolder() });
});
afterAll(() => kernel.stop());

describe("input()", () => {
  it("asks the user, and gives what was typed", async () => {
    const asked: unknown[] = [];
    const answer = (question: unknown): string => `größe ${asked.push(question)}`;
    const result = await kernel.run("[await input('one? '), await input('two? ', { password: true })]", { answer });
    expect(result.text).toBe("[ 'größe 1', 'größe 2' ]");
    expect(asked).toEqual([
      { prompt: "one? ", password: false },
      { prompt: "two? ", password: true },
    ]);
  });

  it("fails where the front end cannot ask", async () =>
    expect((await kernel.run("await input()")).error).toMatchObject({
      ename: "StdinNotImplementedError",
      evalue: "input() was called, but this front end cannot ask. Give the value in the cell.",
    }));

  it("ends with the stop button", async () => {
    const asked = Promise.withResolvers<void>();
    const answer = (): undefined => asked.resolve() as undefined;
    const running = kernel.run("await input('?')", { answer });
    await asked.promise;
    kernel.interrupt();
    expect((await running).error).toMatchObject({ ename: "KeyboardInterrupt" });
  });

  it("is a name that a cell may take", async () =>
    expect((await kernel.run("const input = 3; input + 1")).text).toBe("4"));
});

describe("the output of a cell", () => {
  it("is emptied by clearOutput()", async () => {
    const result = await kernel.run("console.log(1); clearOutput({ wait: true }); console.log(2);");
    expect(result.outputs.map(({ type, content }) => [type, content["wait"] ?? content["text"]])).toEqual([
      ["stream", "1\n"],
      ["clear_output", true],
      ["stream", "2\n"],
    ]);
  });
});

describe("an execute request", () => {
  const request = { silent: false, store_history: true, allow_stdin: false };

  it("carries pages and user expressions in its reply", async () =>
    expect(
      await kernel.ask("execute_request", {
        ...request,
        code: "const six = 6; page('a page');",
        user_expressions: { good: "six * 7", bad: "nope" },
      }),
    ).toMatchObject({
      status: "ok",
      payload: [{ source: "page", data: { "text/plain": "a page" }, start: 0 }],
      user_expressions: {
        good: { status: "ok", data: { "text/plain": "42" } },
        bad: { status: "error", ename: "ReferenceError" },
      },
    }));

  it("is not counted when it is blank", async () => {
    const { count } = await kernel.run("1");
    expect((await kernel.run("  \n")).count).toBe(count);
    expect((await kernel.run("2")).count).toBe((count ?? 0) + 1);
  });
});

describe("requests that the kernel cannot do", () => {
  it("are refused in words", async () => {
    expect(
      await kernel.ask("debug_request", { seq: 7, type: "request", command: "initialize" }, "control"),
    ).toMatchObject({ request_seq: 7, success: false, message: expect.stringContaining("no debugger") });
    expect(await kernel.ask("usage_request", {}, "control")).toMatchObject({
      status: "error",
      ename: "UnknownRequest",
    });
  });
});

describe("a comm", () => {
  const hook = "(globalThis as any)[Symbol.for('stemma.kernel')]";

  it("carries data and bytes both ways, also while a cell awaits, and is listed", async () => {
    await kernel.run(`const comm = ${hook}.openComm("my.target", { data: { a: 1 } });
comm.onMessage(({ data, buffers }: any) => { console.log("heard", data.n); comm.send({ data: { n: data.n + 1 }, buffers: [new Uint8Array([...buffers[0]].reverse())] }); });`);
    const { comms } = (await kernel.ask("comm_info_request", { target_name: "my.target" })) as { comms: object };
    const [id] = Object.keys(comms);
    const waiting = kernel.run(
      "console.log('awaits'); await new Promise((resolve) => comm.onMessage(resolve)); 'went on'",
    );
    await kernel.until(({ content }) => content["text"] === "awaits\n");
    const sent = await kernel.tell("comm_msg", { comm_id: id, data: { n: 41 } }, [new Uint8Array([1, 2, 3])]);
    const states = sent.map(({ header, content }) => content["execution_state"] ?? header.msg_type);
    expect(states).toEqual(["busy", "comm_msg", "idle"]);
    expect(sent[1]).toMatchObject({ content: { comm_id: id, data: { n: 42 } } });
    expect([...(sent[1]?.buffers[0] ?? [])]).toEqual([3, 2, 1]);
    expect((await waiting).text).toContain("'went on'");
    await kernel.tell("comm_close", { comm_id: id, data: {} });
    expect(await kernel.ask("comm_info_request", {})).toEqual({ status: "ok", comms: {} });
  });

  it("to a target that nobody has is closed", async () => {
    const sent = await kernel.tell("comm_open", { comm_id: "x", target_name: "nobody", data: {} });
    expect(sent.map(({ header }) => header.msg_type)).toEqual(["status", "comm_close", "status"]);
  });
});
