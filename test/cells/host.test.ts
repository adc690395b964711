import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Kernel, startKernel } from "../support/kernel.ts";

const root = new URL("../..", import.meta.url).pathname;
const cwd = mkdtempSync(join(tmpdir(), "stemma-host-"));
const notebook = join(cwd, "a notebook.ipynb");
writeFileSync(notebook, "{}");
const env = { STEMMA_NOTEBOOK: notebook, JPY_SESSION_NAME: "" };

const load = `const { host, drawable, setRenderer } = require("${root}dist/host/index.js"); const { checkHost } = require("${root}test/conformance/host.ts");`;
const check = (kind: string): string =>
  `console.log("failed:", JSON.stringify(await checkHost(host(), { kind: "${kind}", notebook: ${JSON.stringify(notebook)} })))`;

/** Facts of both kernels; what differs is an argument. */
function kernelFacts(kind: "stemma" | "tslab"): void {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await startKernel({ kind, cwd, env });
    expect((await kernel.run(load)).status).toBe("ok");
  });
  afterAll(() => kernel.stop());

  it("passes the conformance suite, and shows what it shows", async () => {
    const result = await kernel.run(check(kind));
    expect(result.stderr).toBe("");
    expect(result.text).toContain("failed: []");
    const shown = result.outputs.filter(({ type }) => type !== "stream");
    expect(shown.map(({ type, content }) => [type, content["data"]])).toEqual([
      ["display_data", { "text/plain": "shown once" }],
      ["display_data", { "text/plain": "shown twice", "application/json": { value: 1 } }],
      ["update_display_data", { "text/plain": "shown anew" }],
    ]);
  });

  it("draws a value of the library as the last expression, and prints it in console.log", async () => {
    await kernel.run(
      `class Fit { constructor(readonly rmse: number) {} }; drawable(Fit.prototype, "fit"); setRenderer("fit", (fit: any) => ({ "text/plain": "rmse " + fit.rmse, "text/html": "<b>" + fit.rmse + "</b>" }));`,
    );
    const drawn = await kernel.run("new Fit(3)");
    expect(drawn.outputs.map(({ content }) => content["data"])).toContainEqual({
      "text/plain": "rmse 3",
      "text/html": "<b>3</b>",
    });
    const awaited = await kernel.run("await Promise.resolve(new Fit(4))");
    expect(awaited.outputs.some(({ content }) => JSON.stringify(content).includes("<b>4</b>"))).toBe(true);
    const printed = await kernel.run("console.log(new Fit(5)); await null; console.log([new Fit(6)])");
    expect(printed.text).toBe("rmse 5\n[ [Fit] ]\n");
    expect(printed.outputs.every(({ type }) => type === "stream")).toBe(true);
  });

  it("updates a display from a later cell", async () => {
    await kernel.run('const shown = host().show({ "text/plain": "one" });');
    const later = await kernel.run('shown.update({ "text/plain": "two" });');
    expect(later.outputs).toMatchObject([{ type: "update_display_data", content: { data: { "text/plain": "two" } } }]);
  });

  it("flushes at the end of each cell", async () => {
    await kernel.run("let flushes = 0; const off = host().onFlush(() => { flushes += 1; });");
    expect(Number.parseInt((await kernel.run("flushes")).text, 10)).toBe(1);
    expect(Number.parseInt((await kernel.run("off(); flushes")).text, 10)).toBe(2);
    expect(Number.parseInt((await kernel.run("flushes")).text, 10)).toBe(2);
  });

  it("aborts the stop signal of the running cell, and gives the next one a fresh signal", async () => {
    await kernel.run("let heard = 0;");
    const stopped = kernel.run(
      'const signal = host().stopSignal(); signal.addEventListener("abort", () => { heard += 1; }); await null; console.log("waiting"); await new Promise((resolve) => setTimeout(resolve, 1500));',
    );
    await kernel.until(({ content }) => content["text"] === "waiting\n");
    kernel.interrupt();
    expect((await stopped).status).toBe("error");
    // Stock tslab aborts what comes within 200 ms of an error, and loses replies when it is asked without a pause.
    await expect.poll(async () => (await kernel.run("0")).status, { interval: 60 }).toBe("ok");
    expect(Number.parseInt((await kernel.run("heard")).text, 10)).toBe(1);
    expect((await kernel.run("host().stopSignal().aborted")).text.trim()).toBe("false");
  });

  it("keeps the text of the cells that ran", async () => {
    await kernel.run("const remembered = 'größe 😀';");
    const sources = await kernel.run("console.log(host().cellSources().at(-2)!.source);");
    expect(sources.text).toBe("const remembered = 'größe 😀';\n");
  });
}

describe("the host in the Stemma kernel", () => {
  kernelFacts("stemma");
});

describe("the host in stock tslab", () => {
  kernelFacts("tslab");
});

describe("the host in the Stemma kernel alone", () => {
  it("knows the cell's id and count, also after an await and in a timer", async () => {
    const kernel = await startKernel({ kind: "stemma", cwd, env });
    await kernel.run(load);
    const source =
      'await null; const known = host().cell(); setTimeout(() => console.log("in a timer", host().cell()!.id), 30); known';
    const result = await kernel.run(source, { cellId: "cell-a" });
    expect(result.text).toBe("{ id: 'cell-a', count: 2 }");
    await kernel.run("await new Promise((resolve) => setTimeout(resolve, 60))", { cellId: "cell-b" });
    expect(result.late).toMatchObject([{ type: "stream", content: { text: "in a timer cell-a\n" } }]);
    expect(await kernel.stop()).toBe(0);
  });

  it("tells which scripts are cells: a step of a new cell is captured without asking the engine for all scripts", async () => {
    const kernel = await startKernel({ kind: "stemma", cwd, env });
    await kernel.run(
      `const { flow } = require("${root}dist/index.js"); const { Session } = require("node:inspector"); const asked: string[] = []; const post = Session.prototype.post; Session.prototype.post = function (...call: any[]) { asked.push(call[0]); return post.apply(this, call); };`,
    );
    await kernel.run("const rate = 3; const step = ({ n }: { n: number }) => n * rate;");
    await kernel.run("const awaited = await (async () => ({ n }: { n: number }) => n * rate + 1)();");
    const ran = await kernel.run(
      '(await flow("cells", { n: 2 }, (f: any, p: any) => [f.step(step, { n: p.n }), f.step(awaited, { n: p.n })]).run()).output',
    );
    expect(ran.text).toContain("[ 6, 7 ]");
    expect((await kernel.run('["Runtime.evaluate", "Debugger.enable"].map((one) => asked.includes(one))')).text).toBe(
      "[ true, false ]",
    );
    expect(await kernel.stop()).toBe(0);
  });
});

describe("the host in plain Node", () => {
  it("passes the conformance suite, and prints text", () => {
    const script = `${load} checkHost(host(), { kind: "node", notebook: ${JSON.stringify(notebook)} }).then((failed) => console.log("failed:", JSON.stringify(failed)))`;
    const node = join(root, "node_modules", ".bin", "node");
    const text = execFileSync(node, ["-e", script], { cwd, env: { ...process.env, ...env }, encoding: "utf8" });
    expect(text).toBe("shown once\nshown twice\nfailed: []\n");
  });
});
