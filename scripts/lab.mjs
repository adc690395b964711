import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { root, venvProgram } from "./places.mjs";
import { Trouble } from "./trouble.mjs";

const firstPort = 8888;
const slowestStartMs = 120_000;

/**
 * Starts JupyterLab on the notebook; it runs until Ctrl-C, or until it ends by itself.
 *
 * @param options `port`: undefined for the first free one from 8888; `browser`: false to open none
 * @param ready called with the URL, token included, when JupyterLab answers
 * @returns JupyterLab's exit code
 */
export async function runLab({ port, browser }, ready) {
  const chosen = port ?? (await firstFree());
  const token = randomBytes(24).toString("hex");
  const lab = startLab(chosen, token, browser);
  const ended = endOf(lab);
  const url = `http://127.0.0.1:${chosen}`;
  const answers = await Promise.race([answering(`${url}/api/status`, token), ended.then(() => false)]);
  if (!answers) {
    const { code, words, asked } = await ended;
    if (asked) return code;
    throw new Trouble("JupyterLab did not start.", words);
  }
  lab.stderr.pipe(process.stderr);
  ready(`${url}/lab/tree/notebooks/seir.ipynb?token=${token}`);
  return (await ended).code;
}

function startLab(port, token, browser) {
  const options = [
    "notebooks/seir.ipynb",
    `--ServerApp.root_dir=${root}`,
    "--ServerApp.ip=127.0.0.1",
    `--ServerApp.port=${port}`,
    "--ServerApp.port_retries=0",
    "--ServerApp.log_level=WARN",
    ...(browser ? [] : ["--no-browser"]),
    ...(process.getuid() === 0 ? ["--allow-root"] : []),
  ];
  // In the environment, not among the arguments, which every user of the machine can list.
  const env = { ...process.env, JUPYTER_TOKEN: token, PATH: `${venvProgram("")}:${process.env.PATH}` };
  // A process group of its own: Ctrl-C reaches us alone, and JupyterLab does not ask whether it was meant.
  return spawn(venvProgram("jupyter-lab"), options, {
    cwd: root,
    env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** JupyterLab's end: its exit code, its last words, and whether we were asked to end it. */
async function endOf(lab) {
  let words = "";
  for (const stream of [lab.stdout, lab.stderr]) {
    stream.on("data", (chunk) => {
      words = (words + chunk).slice(-4000);
    });
  }
  let asked = false;
  const stop = () => {
    asked = true;
    lab.kill("SIGTERM");
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
  const [code] = await once(lab, "close");
  return { code: asked ? 0 : (code ?? 1), words, asked };
}

/** True once JupyterLab answers; throws after two minutes. */
async function answering(url, token) {
  const headers = { authorization: `token ${token}` };
  for (const start = Date.now(); Date.now() - start < slowestStartMs; ) {
    const answer = await fetch(url, { headers }).catch(() => null);
    if (answer?.ok) return true;
    await pause(50);
  }
  throw new Trouble(`JupyterLab did not answer on ${url} in ${slowestStartMs / 1000} s.`);
}

/** Refuses a port that something listens on. */
export async function checkPort(port) {
  if (await isFree(port)) return;
  throw new Trouble(`Port ${port} is in use. Choose another: npm start -- --port ${port + 1}.`);
}

async function firstFree() {
  for (let port = firstPort; port < firstPort + 100; port++) if (await isFree(port)) return port;
  throw new Trouble(`Ports ${firstPort} to ${firstPort + 99} are all in use. Choose one: npm start -- --port N.`);
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
