import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Kernel, startKernel } from "../support/kernel.ts";
import { stockTslab, type Workspace, workspace, writeNotebook } from "../support/notebook.ts";
import { root, tool } from "../support/tools.ts";

let place: Workspace;
let kernel: Kernel;
beforeAll(async () => {
  place = workspace();
  kernel = await startKernel({ kind: "stemma", cwd: place.folder });
  await kernel.run('import { widget } from "stemma"; const esm = "export default { render() {} }";');
});
afterAll(async () => {
  await kernel.stop();
  place.remove();
});

type Data = Readonly<Record<string, unknown>>;

/** Makes a widget in a cell; gives the id of its comm. */
async function made(source: string): Promise<string> {
  const { error, outputs } = await kernel.run(source);
  expect(error).toBeNull();
  const opened = outputs.find(({ content }) => content["target_name"] === "jupyter.widget");
  return String(opened?.content["comm_id"]);
}

/** What the kernel sends to the front end's model when that sends a message. */
async function answered(id: string, data: Data, buffers: readonly Uint8Array[] = []) {
  const messages = await kernel.tell("comm_msg", { comm_id: id, data }, buffers);
  const own = messages.filter(({ header }) => header.msg_type === "comm_msg");
  return own.map((message) => ({
    data: message.content["data"] as Data,
    buffers: message.buffers.map((bytes) => [...bytes]),
    parent: message.parent,
  }));
}

describe("a widget", () => {
  it("is opened as anywidget's model, and shown as its view, with its state for those who read text", async () => {
    const result = await kernel.run(
      "const first = widget({ esm, css: 'b { }', state: { count: 0, größe: 'ß' } }); first",
    );
    const [opened, view] = result.outputs;
    expect(opened?.content).toMatchObject({
      target_name: "jupyter.widget",
      data: {
        state: {
          _model_module: "anywidget",
          _model_name: "AnyModel",
          _view_name: "AnyView",
          _css: "b { }",
          count: 0,
          größe: "ß",
        },
        buffer_paths: [],
      },
    });
    expect(view?.content["data"]).toEqual({
      "application/vnd.jupyter.widget-view+json": {
        version_major: 2,
        version_minor: 1,
        model_id: opened?.content["comm_id"],
      },
      "text/plain": "Widget { count: 0, 'größe': 'ß' }",
    });
  });

  it("carries changes both ways, typed, and echoes them to other views", async () => {
    const id = await made(
      "const both = widget({ esm, state: { count: 1, label: 'a' } });\nboth.on('count', (now, before) => { both.set({ label: [before + 0, 'to', now + 0].join(' ') }); });",
    );
    const messages = await answered(id, { method: "update", state: { count: 2 }, buffer_paths: [] });
    expect(messages.map(({ data }) => data)).toEqual([
      { method: "echo_update", state: { count: 2 }, buffer_paths: [] },
      { method: "update", state: { label: "1 to 2" }, buffer_paths: [] },
    ]);
    expect((await kernel.run("both.state")).text).toBe("{ count: 2, label: '1 to 2' }");
    expect((await kernel.run("both.set({ count: 'three' })")).error?.evalue).toContain("TS2322");
    expect((await kernel.run("both.set({ label: '1 to 2' })")).outputs).toEqual([]);
  });

  it("carries bytes, in the kind of array that they had", async () => {
    const id = await made(
      "const bytes = widget({ esm, state: { pixels: new Float32Array([1, 2]), parts: [{ raw: new Uint8Array([7]) }] } });",
    );
    const [all] = await answered(id, { method: "request_state" });
    expect(all?.data).toMatchObject({
      state: { pixels: null, parts: [{ raw: null }] },
      buffer_paths: [["pixels"], ["parts", 0, "raw"]],
    });
    expect(all?.buffers).toEqual([[...new Uint8Array(new Float32Array([1, 2]).buffer)], [7]]);
    await answered(id, { method: "update", state: { pixels: null }, buffer_paths: [["pixels"]] }, [
      new Uint8Array(new Float32Array([3]).buffer),
    ]);
    expect((await kernel.run("bytes.state.pixels")).text).toBe("Float32Array(1) [ 3 ]");
  });

  it("carries messages that are no state, both ways", async () => {
    const id = await made(
      "const talks = widget({ esm });\ntalks.onMessage((content, [bytes]) => talks.send({ heard: content }, [new Uint8Array([...bytes!].reverse())]));",
    );
    const [message] = await answered(id, { method: "custom", content: "größe" }, [new Uint8Array([1, 2])]);
    expect(message).toMatchObject({ data: { method: "custom", content: { heard: "größe" } }, buffers: [[2, 1]] });
  });

  it("is there again after the page was loaded anew: one by one, and all at once", async () => {
    const id = await made("const again = widget({ esm, state: { count: 5 } });");
    const { comms } = await kernel.ask("comm_info_request", { target_name: "jupyter.widget" });
    expect(comms).toHaveProperty(id, { target_name: "jupyter.widget" });
    const [state] = await answered(id, { method: "request_state" });
    expect(state).toMatchObject({
      data: { method: "update", state: { count: 5, _esm: expect.any(String) } },
      parent: { msg_type: "comm_msg" },
    });
    await kernel.tell("comm_open", { comm_id: "control", target_name: "jupyter.widget.control", data: {} });
    const [states] = await answered("control", { method: "request_states" });
    expect(states?.data).toMatchObject({
      method: "update_states",
      states: { [id]: { model_name: "AnyModel", model_module: "anywidget", state: { count: 5 } } },
    });
  });

  it("works while a cell awaits", async () => {
    const id = await made("const asks = widget({ esm, state: { answer: '' } });");
    const cell = kernel.run(
      "console.log('asks'); await new Promise<string>((resolve) => { asks.on('answer', resolve); })",
    );
    await kernel.until(({ content }) => content["text"] === "asks\n");
    await answered(id, { method: "update", state: { answer: "yes" }, buffer_paths: [] });
    expect((await cell).text).toBe("asks\n'yes'");
  });

  it("closes, and keeps its state", async () => {
    const id = await made("const closes = widget({ esm, state: { count: 1 } });");
    const { outputs } = await kernel.run("closes.close(); closes.set({ count: 2 }); closes");
    expect(outputs.map(({ type, content }) => [type, content["comm_id"] ?? content["data"]])).toEqual([
      ["comm_close", id],
      ["execute_result", { "text/plain": "Widget { count: 2 }\n(It was closed.)" }],
    ]);
    const { comms } = await kernel.ask("comm_info_request", { target_name: "jupyter.widget" });
    expect(comms).not.toHaveProperty(id);
  });

  it("says what a listener has thrown under its own cell, and the others still hear", async () => {
    const cell = await kernel.run(
      "const fails = widget({ esm, state: { count: 1 } });\nfails.onMessage(() => { throw new Error('no ear'); });\nfails.onMessage(() => console.log('heard'));",
    );
    const id = String(cell.outputs[0]?.content["comm_id"]);
    await kernel.run("'another'");
    await answered(id, { method: "custom", content: 1 });
    const late = cell.late.map(({ content }) => content["text"]).join("");
    expect(late).toMatch(/In a listener of a comm: Error: no ear\n.*line 2/s);
    expect(late).toContain("heard");
  });

  it.each([
    ["{ when: new Date(0) }", "state.when is a Date."],
    ["{ list: [1, NaN] }", "state.list.1 is NaN."],
    ["{ big: 1n }", "state.big is a bigint."],
    ["{ none: undefined }", "state.none is undefined."],
    ["{ _esm: '' }", 'cannot have the name "_esm"'],
  ])("refuses the state %s in words", async (state, words) =>
    expect((await kernel.run(`widget({ esm, state: ${state} })`)).error).toMatchObject({
      ename: "TypeError",
      evalue: expect.stringContaining(words),
    }),
  );

  it("is kept in the notebook by nbclient, so that a page without a kernel can draw it", async () => {
    const path = join(place.folder, "widget.ipynb");
    writeNotebook(path, "stemma", [
      'import { widget } from "stemma"; widget({ esm: "export default {}", state: { count: 7 } })',
    ]);
    const code = `import nbformat, nbclient, sys
notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, resources={"metadata": {"path": sys.argv[2]}}).execute()
nbformat.write(notebook, sys.argv[1])`;
    await promisify(execFile)(tool("python"), ["-c", code, path, place.folder]);
    const { metadata } = JSON.parse(readFileSync(path, "utf8")) as { readonly metadata: Data };
    const { state } = Object(Object(metadata["widgets"])["application/vnd.jupyter.widget-state+json"]) as {
      state: object;
    };
    expect(Object.values(state)).toMatchObject([{ model_module: "anywidget", state: { count: 7 } }]);
  });

  it("is text where nothing draws it: in stock tslab", async () => {
    stockTslab(place.folder, join(root, "node_modules"));
    const tslab = await startKernel({ kind: "tslab", cwd: place.folder });
    const { text } = await tslab.run(
      'import { widget } from "stemma"; const w = widget({ esm: "export default {}", state: { count: 1 } }); w.set({ count: 2 }); w',
    );
    await tslab.stop();
    expect(text).toContain(
      "Widget { count: 2 }\n(Widgets are drawn by notebooks with the Stemma kernel; this is the state.)",
    );
  });
});
