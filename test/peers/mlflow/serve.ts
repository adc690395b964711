import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root, tool } from "../../support/tools.ts";

/** `stemma serve` as a program of its own, as the team starts it. */
export interface Served {
  readonly url: string;
  readonly token: string;
  /** Calls functions of client.py with the real MLflow client: `[name, input]` by a key of the caller's, answers by the same. */
  python<Key extends string>(calls: Readonly<Record<Key, PythonCall>>): Promise<Readonly<Record<Key, unknown>>>;
  close(): Promise<void>;
}

export type PythonCall = readonly [name: string, input: object];

export function emptyFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "stemma-mlflow-")));
}

export async function startServe(folder: string): Promise<Served> {
  const child = spawn(process.execPath, [join(root, "src/cli/main.ts"), "serve", "--dir", folder, "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const printed = await printedUntil(child, /MLFLOW_TRACKING_TOKEN=(.+)\n/);
  const url = /MLFLOW_TRACKING_URI=(.+)\n/.exec(printed)?.[1] ?? "";
  const token = /MLFLOW_TRACKING_TOKEN=(.+)\n/.exec(printed)?.[1] ?? "";
  return { url, token, python: (calls) => python({ url, token }, calls), close: () => stopped(child) };
}

/** What a program printed up to a match; fails when it ends before. */
export function printedUntil(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = "";
    child.stdout?.on("data", (chunk) => {
      printed += chunk;
      if (pattern.test(printed)) resolve(printed);
    });
    child.once("exit", (code) => reject(new Error(`The program ended with ${code} and had printed: ${printed}`)));
  });
}

export async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await exit;
}

async function python<Key extends string>(
  { url, token }: Pick<Served, "url" | "token">,
  calls: Readonly<Record<Key, PythonCall>>,
): Promise<Readonly<Record<Key, unknown>>> {
  const script = join(root, "test/peers/mlflow/client.py");
  const { stdout } = await promisify(execFile)(tool("python"), [script, JSON.stringify(calls)], {
    cwd: emptyFolder(),
    env: {
      ...process.env,
      MLFLOW_TRACKING_URI: url,
      MLFLOW_TRACKING_TOKEN: token,
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: "0",
      MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: "false",
      GIT_PYTHON_REFRESH: "quiet",
    },
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}
