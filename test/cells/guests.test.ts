import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { host } from "../../src/host/index.ts";
import { checkHost } from "../conformance/host.ts";
import { notebookFolder } from "../support/cells.ts";
import { type CellResult, type Kernel, type KernelOptions, type Output, startKernel } from "../support/kernel.ts";
import { root } from "../support/tools.ts";

const cwd = notebookFolder({ "a notebook.ipynb": "{}", "package.json": '{ "type": "module" }' });
const notebook = join(cwd, "a notebook.ipynb");
const env = { STEMMA_NOTEBOOK: notebook, JPY_SESSION_NAME: "" };
const checks = `${root}/test/conformance/host.ts`;
const library = `${root}/dist/host/index.js`;

/** How a cell of each kernel gets at a module by its path. */
const load = {
  stemma: `const { host } = require("${library}"); const checks = require("${checks}");`,
  tslab: `const { host } = require("${library}"); const checks = require("${checks}");`,
  deno: `const { host } = await import("${library}"); const checks = await import("${checks}");`,
};

const node = join(root, "node_modules", ".bin", "node");

/** All that a cell showed; Deno's kernel publishes a result after it has said that it is idle. */
const shownBy = ({ outputs, late }: CellResult): readonly Output[] => [...outputs, ...late];

/** The one suite for every kernel that the library may find itself in. */
function guestFacts(kind: KernelOptions["kind"]): void {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await startKernel({ kind, cwd, env });
    expect((await kernel.run(load[kind])).status).toBe("ok");
  });
  afterAll(() => kernel.stop());

  /** What a check found, of the kernel's own output. */
  async function failures(expression: string): Promise<unknown> {
    const result = await kernel.run(`console.log("failed:", JSON.stringify(${expression})); await null;`);
    // Deno's kernel may send what a cell prints after it has said that the cell has ended.
    const told = (): string | undefined =>
      /failed: (.*)\n/.exec(
        [result, ...result.late].map((part) => ("text" in part ? part.text : String(part.content["text"]))).join(""),
      )?.[1];
    await expect.poll(told).toBeDefined();
    return JSON.parse(told() ?? "");
  }

  it("display, progress and identity: passes what every host has to", async () => {
    const expected = JSON.stringify({ kind, notebook });
    const result = await kernel.run(
      `console.log("failed:", JSON.stringify(await checks.checkHost(host(), ${expected})));`,
    );
    expect(result.stderr).toBe("");
    expect(result.text).toContain("failed: []");
    const shown = shownBy(result).filter(({ type }) => type !== "stream" && type !== "execute_input");
    expect(shown.map(({ type, content }) => [type, content["data"]])).toEqual([
      ["display_data", { "text/plain": "shown once" }],
      ["display_data", { "text/plain": "shown twice", "application/json": { value: 1 } }],
      ["update_display_data", { "text/plain": "shown anew" }],
    ]);
  });

  it("flush: what waits is written when a cell has ended, or soon", async () => {
    await kernel.run("const begun = checks.begin(host());");
    await kernel.run("await new Promise((resolve) => setTimeout(resolve, 80));");
    expect(await failures("checks.checkFlushed(begun)")).toEqual([]);
  });

  it("interrupt: the stop button ends a cell that waits, and the next cell runs", async () => {
    const stopped = kernel.run("await checks.waitForStop(host());");
    await kernel.until(({ content }) => String(content["text"]).includes("waiting"));
    kernel.interrupt();
    expect((await stopped).status).toBe("error");
    // Stock tslab refuses what comes within 200 ms of an error.
    await expect.poll(async () => (await kernel.run("0")).status, { interval: 60 }).toBe("ok");
    expect(await failures("checks.checkAfterStop(host())")).toEqual([]);
  });
}

describe("the library in Stemma's kernel", () => guestFacts("stemma"));

describe("the library in stock tslab", () => guestFacts("tslab"));

describe("the library in Deno's kernel", () => {
  guestFacts("deno");

  it("tracks, versions and runs a flow; a stopped run is KILLED", async () => {
    const folder = notebookFolder({ "package.json": '{ "type": "module" }' });
    const kernel = await startKernel({ kind: "deno", cwd: folder });
    const show = async (code: string): Promise<string> => (await kernel.run(code)).text;
    await kernel.run(`const { track, version, flow } = await import("${root}/dist/index.js");`);
    await kernel.run(
      'import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"; writeFileSync("größe.txt", "1");',
    );
    expect(await show('console.log((await version("größe.txt")).md5); await null')).toBe(
      "c4ca4238a0b923820dcc509a6f75849b\n",
    );
    const stopped = kernel.run(
      'await track("deno", { beta: 1 }, (run) => { run.log({ rmse: 2 }); console.log("waiting"); return new Promise(() => {}); });',
    );
    await kernel.until(({ content }) => String(content["text"]).includes("waiting"));
    kernel.interrupt();
    expect((await stopped).status).toBe("error");
    const drawn = await kernel.run('track.compare("deno")');
    await expect.poll(() => JSON.stringify(shownBy(drawn))).toContain('"state":"KILLED"');
    await kernel.run(
      'const squares = flow("squares", { n: [1, 2, 3] }, (f, p) => f.map(p.n, (n) => f.step(({ n }: { n: number }) => n * n, { n })));',
    );
    // What Deno prints at a cell's end may come after it, and then under none.
    await kernel.run('writeFileSync("squares.json", JSON.stringify((await squares.run()).output)); await null');
    const written = join(folder, "squares.json");
    await expect.poll(() => existsSync(written) && readFileSync(written, "utf8")).toBe("[1,4,9]");
    await kernel.stop();
  });
});

describe("the library in plain Node", () => {
  const script = (body: string): readonly string[] => ["--input-type=commonjs", "-e", `${load.stemma} ${body}`];
  const options = { cwd, env: { ...process.env, ...env } };

  it("display, progress, identity and flush: passes what every host has to, and prints text", () => {
    const body = `(async () => {
      const begun = checks.begin(host());
      const failed = await checks.checkHost(host(), ${JSON.stringify({ kind: "node", notebook })});
      console.log("failed:", JSON.stringify(failed));
      process.on("exit", () => console.log("not flushed:", JSON.stringify(checks.checkFlushed(begun))));
    })()`;
    expect(execFileSync(node, script(body), { ...options, encoding: "utf8" })).toBe(
      "shown once\nshown twice\nfailed: []\nnot flushed: []\n",
    );
  });

  it("interrupt: Ctrl-C fires the signal and gives the process time to end by itself", async () => {
    const body = `checks.waitForStop(host()).catch((error) => { console.log(error.message); process.exitCode = 3; });`;
    const child = spawn(node, script(body), { ...options, stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      if (text === "waiting\n") child.kill("SIGINT");
    });
    const [code] = await once(child, "close");
    expect([text, code]).toEqual(["waiting\nStopped by SIGINT.\n", 3]);
  });
});

describe("the library in vitest", () => {
  it("display, progress and identity: passes what every host has to; what is shown is text", async () => {
    const written: string[] = [];
    const write = process.stdout.write;
    process.stdout.write = ((chunk: string) => written.push(String(chunk)) > 0) as typeof write;
    const file = join(cwd, "in vitest.ipynb");
    writeFileSync(file, "{}");
    process.env["STEMMA_NOTEBOOK"] = file;
    try {
      expect(await checkHost(host(), { kind: "node", notebook: file })).toEqual([]);
    } finally {
      process.stdout.write = write;
      delete process.env["STEMMA_NOTEBOOK"];
    }
    expect(written).toEqual(["shown once\n", "shown twice\n"]);
  });

  /** A project of a user with one test, and vitest on it as a terminal starts it: in a process group of its own. */
  function vitestOn(body: string, pool: string): { readonly child: ChildProcess; readonly told: () => string } {
    const folder = notebookFolder();
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const file = join(folder, "told.txt");
    const head = `import { appendFileSync } from "node:fs"; import { createRequire } from "node:module"; import { it } from "vitest";
const require = createRequire(import.meta.url); ${load.stemma}
const tell = (text) => appendFileSync(${JSON.stringify(file)}, text + "\\n");`;
    writeFileSync(join(folder, "steps.test.mjs"), `${head}\n${body}`);
    const program = join(root, "node_modules", "vitest", "vitest.mjs");
    const args = [program, "run", `--pool=${pool}`, "--root", folder, "--test-timeout=60000"];
    const child = spawn(node, args, { cwd: folder, detached: true, stdio: "ignore" });
    return { child, told: () => (existsSync(file) ? readFileSync(file, "utf8") : "") };
  }

  it("flush: what waits is written when a worker process ends; a worker thread is ended without a word", async () => {
    const body = 'it("flushes", () => void host().onFlush(() => tell("flushed")));';
    for (const [pool, flushed] of [
      ["forks", expect.stringMatching(/^(flushed\n)+$/)],
      ["threads", ""],
    ] as const) {
      const { child, told } = vitestOn(body, pool);
      expect(await once(child, "close")).toEqual([0, null]);
      expect(told()).toEqual(flushed);
    }
  });

  it("interrupt: Ctrl-C fires the signal in the worker processes", async () => {
    const body = `it("waits", async () => {
      console.log = tell;
      await checks.waitForStop(host()).catch((error) => tell(error.message));
    });`;
    const { child, told } = vitestOn(body, "forks");
    const ended = once(child, "close");
    await expect.poll(told, { timeout: 60_000 }).toBe("waiting\n");
    process.kill(-(child.pid ?? 0), "SIGINT");
    await ended;
    expect(told()).toBe("waiting\nStopped by SIGINT.\n");
  });
});
