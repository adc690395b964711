import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, tool } from "../support/tools.ts";

const node = join(root, "node_modules", ".bin", "node");
const program = join(root, "dist", "cli", "main.js");

/**
 * A Python environment with the JupyterLab of the tests and nothing of Stemma's: its own folder, the packages of .venv. What
 * pip would write on installing is linked.
 */
function environment(prefix: string): void {
  execFileSync(tool("python"), ["-m", "venv", "--without-pip", prefix]);
  const from = join(root, ".venv");
  const [packages = ""] = globSync("lib/python3*/site-packages", { cwd: prefix });
  const [original = ""] = globSync("lib/python3*/site-packages", { cwd: from });
  writeFileSync(join(prefix, packages, "tests.pth"), `${join(from, original)}\n`);
  for (const name of ["jupyterlab-4", "jupyter_server_proxy-", "anywidget-"]) {
    const [info = ""] = globSync(`${name}*.dist-info`, { cwd: join(from, original) });
    symlinkSync(join(from, original, info), join(prefix, packages, basename(info)));
  }
  mkdirSync(join(prefix, "etc", "jupyter"), { recursive: true });
  mkdirSync(join(prefix, "share", "jupyter"), { recursive: true });
  symlinkSync(join(from, "share", "jupyter", "lab"), join(prefix, "share", "jupyter", "lab"));
  symlinkSync(
    join(from, "etc", "jupyter", "jupyter_server_config.d"),
    join(prefix, "etc", "jupyter", "jupyter_server_config.d"),
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  server.close();
  return port;
}

describe("stemma lab", () => {
  let top: string;
  let folder: string;
  let prefix: string;
  let env: NodeJS.ProcessEnv;
  const running: ChildProcess[] = [];

  beforeAll(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), "stemma-lab-")));
    folder = join(top, "my größe");
    prefix = join(folder, ".venv");
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    symlinkSync(root, join(folder, "node_modules", "stemma"));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "a b.ipynb"), '{ "cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5 }');
    environment(prefix);
    env = { HOME: top, PATH: "/usr/bin:/bin" };
  });
  afterAll(() => {
    for (const child of running) child.kill("SIGKILL");
    rmSync(top, { recursive: true, force: true });
  });

  async function started(...args: readonly string[]): Promise<{ readonly lab: ChildProcess; readonly url: URL }> {
    const lab = spawn(node, [program, "lab", ...args, "--no-browser", "--port", String(await freePort())], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.push(lab);
    let said = "";
    for (const stream of [lab.stdout, lab.stderr]) stream.on("data", (chunk) => (said += chunk));
    const ended = once(lab, "close").then(() => Promise.reject(new Error(said)));
    ended.catch(() => {});
    await Promise.race([ended, expect.poll(() => said, { timeout: 60_000, interval: 100 }).toMatch(/token=\w+\n/)]);
    expect(said).toMatch(new RegExp(`^JupyterLab of ${prefix}; Ctrl-C ends it:`));
    return { lab, url: new URL(said.match(/http\S+/)?.[0] ?? "") };
  }

  it("opens a notebook in the project's JupyterLab, with kernel, panel and server; a second start writes nothing", async () => {
    const { lab, url } = await started("a b.ipynb");
    expect(decodeURI(url.pathname)).toBe("/lab/tree/a b.ipynb");
    const headers = { authorization: `token ${url.searchParams.get("token")}` };
    const get = (path: string): Promise<Response> => fetch(new URL(path, url), { headers });
    const { kernelspecs } = (await (await get("/api/kernelspecs")).json()) as {
      readonly kernelspecs: Record<string, { readonly resources: Record<string, string> }>;
    };
    expect(Object.keys(kernelspecs)).toContain("stemma");
    expect((await get(kernelspecs["stemma"]?.resources["logo-64x64"] ?? "")).headers.get("content-type")).toBe(
      "image/png",
    );
    const page = await (await get(url.pathname)).text();
    expect(page).toContain('"jupyterlab-stemma"');
    expect(await (await get("/stemma/version")).text()).toMatch(/^\d+\.\d+/);
    lab.kill("SIGINT");
    expect((await once(lab, "close"))[0]).toBe(0);
  });

  it("refuses a port that is taken, and a folder that is not there", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { readonly port: number };
    const said = (...args: readonly string[]): string =>
      spawnSync(node, [program, "lab", ...args], { cwd: folder, env, encoding: "utf8" }).stderr;
    expect(said("--port", String(port))).toContain(
      `Port ${port} is in use. Choose another: stemma lab --port ${port + 1}`,
    );
    expect(said("nowhere")).toMatch(/nowhere is not there\./);
    server.close();
  });

  it("keeps other servers of the environment's proxy, and says when its settings cannot be read", () => {
    const path = join(prefix, "etc", "jupyter", "jupyter_server_config.json");
    const prepare = (): string =>
      spawnSync(node, [program, "lab", "--port", "1"], { cwd: folder, env, encoding: "utf8" }).stderr;
    writeFileSync(path, '{ "ServerProxy": { "servers": { "rstudio": { "command": ["r"] } } }, "Other": 1 }');
    prepare();
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
      ServerProxy: { servers: { rstudio: { command: ["r"] }, stemma: { unix_socket: true } } },
      Other: 1,
    });
    writeFileSync(path, "{");
    expect(prepare()).toMatch(/jupyter_server_config\.json is not JSON .* Repair it, or move it away\./);
    rmSync(path);
  });

  it("says what is missing on a machine without Python, and without a network", () => {
    const bare = join(top, "bare");
    mkdirSync(bare);
    const said = (path: string, variables: NodeJS.ProcessEnv = {}): string =>
      spawnSync(node, [program, "lab", bare], { env: { HOME: top, PATH: path, ...variables }, encoding: "utf8" })
        .stderr;
    expect(said("/nowhere")).toMatch(
      /JupyterLab needs Python 3\.10 or newer, and there is none on the PATH\. Install it/,
    );
    const empty = join(bare, ".venv");
    execFileSync(tool("python"), ["-m", "venv", empty]);
    expect(
      said("/usr/bin:/bin", { PIP_INDEX_URL: "http://127.0.0.1:1/simple", PIP_RETRIES: "0", PIP_FIND_LINKS: "" }),
    ).toMatch(
      /JupyterLab did not install into .*bare\/\.venv\. Is the network up, and does pip reach its package index\?/,
    );
  });
});
