import { execFileSync } from "node:child_process";
import { mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { serverEntry } from "../../scripts/jupyter.mjs";
import { root, tool } from "../support/tools.ts";

/** A free port of this machine, found without waiting: Playwright reads this file once in each of its processes. */
function freePort(): string {
  const program = `const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })`;
  return execFileSync(process.execPath, ["-e", program], { encoding: "utf8" }).trim();
}

/** The folder that JupyterLab serves: the tests put copies of notebooks/ into it, which find the repository's packages. */
function servedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stemma-lab-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

// Playwright's workers inherit what its first process chose.
process.env.STEMMA_LAB_PORT ??= freePort();
process.env.STEMMA_LAB_ROOT ??= servedFolder();

const baseURL = `http://127.0.0.1:${process.env.STEMMA_LAB_PORT}`;
const state = join(process.env.STEMMA_LAB_ROOT, ".jupyter");

export default defineConfig({
  testDir: import.meta.dirname,
  outputDir: join(import.meta.dirname, "results"),
  globalTeardown: join(import.meta.dirname, "teardown.ts"),
  reporter: [["list"]],
  timeout: 240_000,
  workers: 1,
  use: {
    baseURL,
    viewport: { width: 1440, height: 900 },
    // A video needs a download of Playwright's own ffmpeg.
    video: "off",
    trace: "retain-on-failure",
    launchOptions: {
      ...(process.env.CHROMIUM === undefined ? {} : { executablePath: process.env.CHROMIUM }),
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    },
  },
  webServer: {
    command: [
      tool("jupyter-lab"),
      "--allow-root",
      "--config",
      join(import.meta.dirname, "jupyter_server_config.py"),
    ].join(" "),
    url: `${baseURL}/api/status`,
    timeout: 120_000,
    // Its kernels and the server behind the proxy end with it only when it is asked to end.
    gracefulShutdown: { signal: "SIGTERM", timeout: 15_000 },
    env: {
      ...(process.env as Record<string, string>),
      JUPYTERLAB_GALATA_ROOT_DIR: process.env.STEMMA_LAB_ROOT,
      STEMMA_LAB_PROXY: JSON.stringify({ stemma: serverEntry(process.execPath, process.env.STEMMA_LAB_ROOT) }),
      // Nobody's own settings, workspaces or kernels.
      JUPYTER_CONFIG_DIR: join(state, "config"),
      JUPYTER_DATA_DIR: join(state, "data"),
      JUPYTER_RUNTIME_DIR: join(state, "runtime"),
    },
  },
});
