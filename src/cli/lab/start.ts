import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { delimiter, dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LabError } from "./command.ts";
import { programOf } from "./environment.ts";

export interface LabStart {
  /** Of the Python environment. */
  readonly prefix: string;
  /** What JupyterLab shows and serves. */
  readonly folder: string;
  /** A notebook in it to open, relative to it; null for none. */
  readonly notebook: string | null;
  /** Null for the first free one from 8888. */
  readonly port: number | null;
  readonly browser: boolean;
}

const firstPort = 8888;
const slowestStartMs = 120_000;

/**
 * Starts JupyterLab; it runs until Ctrl-C, or until it ends by itself.
 *
 * @param ready called with the URL, token included, when JupyterLab answers
 * @returns JupyterLab's exit code
 * @throws {LabError} the port is taken, or JupyterLab does not start
 */
export async function startLab(start: LabStart, ready: (url: string) => void): Promise<number> {
  const port = await choosePort(start.port);
  const token = randomBytes(24).toString("hex");
  const lab = spawnLab(start, port, token);
  const ended = endOf(lab);
  const url = `http://127.0.0.1:${port}`;
  const over = new AbortController();
  void ended.then(() => over.abort());
  const answers = await answering(`${url}/api/status`, token, over.signal);
  if (!answers) {
    const { code, words, asked } = await ended;
    if (asked) return code;
    throw new LabError("JupyterLab did not start.", words);
  }
  const path = start.notebook === null ? "/lab" : `/lab/tree/${encodeURI(start.notebook)}`;
  ready(`${url}${path}?token=${token}`);
  const { code, words, asked } = await ended;
  if (!asked && code !== 0) throw new LabError(`JupyterLab ended with ${code}.`, words);
  return code;
}

function spawnLab({ prefix, folder, notebook, browser }: LabStart, port: number, token: string): ChildProcess {
  const options = [
    "-m",
    "jupyterlab",
    ...(notebook === null ? [] : [notebook]),
    `--ServerApp.root_dir=${folder}`,
    "--ServerApp.ip=127.0.0.1",
    `--ServerApp.port=${port}`,
    "--ServerApp.port_retries=0",
    "--ServerApp.log_level=WARN",
    ...(browser ? [] : ["--no-browser"]),
    ...(process.getuid?.() === 0 ? ["--allow-root"] : []),
  ];
  // Not the program jupyter-lab, whose first line names a Python that may have moved.
  const program = programOf(prefix, "python");
  const path = [dirname(program), process.env["PATH"] ?? ""].join(delimiter);
  // In the environment, not among the arguments, which every user of the machine can list.
  const env = { ...process.env, JUPYTER_TOKEN: token, PATH: path };
  // A process group of its own: Ctrl-C reaches us alone, and JupyterLab does not ask whether it was meant.
  return spawn(program, options, { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
}

interface End {
  readonly code: number;
  readonly words: string;
  /** Whether somebody stopped us. */
  readonly asked: boolean;
}

async function endOf(lab: ChildProcess): Promise<End> {
  let words = "";
  for (const stream of [lab.stdout, lab.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      words = (words + chunk).slice(-4000);
    });
  }
  let asked = false;
  const stop = (): void => {
    asked = true;
    lab.kill("SIGTERM");
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
  const [code] = (await Promise.race([once(lab, "close"), failed(lab)])) as [number | string | null];
  if (typeof code === "string") return { code: 1, words: code, asked };
  return { code: asked ? 0 : (code ?? 1), words, asked };
}

/** The words of a program that could not start. */
function failed(lab: ChildProcess): Promise<readonly [string]> {
  return new Promise((resolve) => lab.once("error", (error) => resolve([error.message])));
}

/** True once JupyterLab answers; false when it has ended before. */
async function answering(url: string, token: string, over: AbortSignal): Promise<boolean> {
  const headers = { authorization: `token ${token}` };
  for (const start = Date.now(); Date.now() - start < slowestStartMs; ) {
    if (over.aborted) return false;
    const answer = await fetch(url, { headers }).catch(() => null);
    if (answer?.ok === true) return true;
    await pause(50);
  }
  throw new LabError(`JupyterLab did not answer on ${url} in ${slowestStartMs / 1000} s.`);
}

async function choosePort(wanted: number | null): Promise<number> {
  if (wanted !== null) {
    if (await isFree(wanted)) return wanted;
    throw new LabError(`Port ${wanted} is in use. Choose another: stemma lab --port ${wanted + 1}`);
  }
  for (let port = firstPort; port < firstPort + 100; port++) if (await isFree(port)) return port;
  throw new LabError(`Ports ${firstPort} to ${firstPort + 99} are all in use. Choose one: stemma lab --port N`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
