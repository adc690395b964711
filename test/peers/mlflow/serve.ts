import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { root, tool } from "../../support/tools.ts";

/** `stemma serve` as a program of its own, as the team starts it. */
export interface Served {
  readonly url: string;
  readonly token: string;
  /** Calls a function of client.py with the real MLflow client. */
  python(name: string, input: object): Promise<unknown>;
}

export function emptyFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "stemma-mlflow-")));
}

export async function startServe(folder: string): Promise<Served> {
  const child = spawn(process.execPath, [join(root, "src/cli/main.ts"), "serve", "--dir", folder, "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => stopped(child));
  const printed = await printedUntil(child, /MLFLOW_TRACKING_TOKEN=(.+)\n/);
  const url = /MLFLOW_TRACKING_URI=(.+)\n/.exec(printed)?.[1] ?? "";
  const token = /MLFLOW_TRACKING_TOKEN=(.+)\n/.exec(printed)?.[1] ?? "";
  return { url, token, python: (name, input) => python({ url, token }, name, input) };
}

/** What a program printed up to a match; fails when it ends before. */
export async function printedUntil(child: ChildProcess, pattern: RegExp): Promise<string> {
  let printed = "";
  for await (const chunk of child.stdout ?? []) {
    printed += chunk;
    if (pattern.test(printed)) return printed;
  }
  throw new Error(`The program ended and had printed: ${printed}`);
}

export async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await exit;
}

async function python({ url, token }: Pick<Served, "url" | "token">, name: string, input: object): Promise<unknown> {
  const script = join(root, "test/peers/mlflow/client.py");
  const { stdout } = await promisify(execFile)(tool("python"), [script, name, JSON.stringify(input)], {
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
