import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { tool } from "../../support/tools.ts";
import { emptyFolder, stopped } from "./serve.ts";

// Its job runner starts ten more Python processes, which track nothing.
const lean = { GIT_PYTHON_REFRESH: "quiet", MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false" };

/** Where a server keeps what it is given; SQLite and a folder behind its proxy where absent. */
export interface MlflowOptions {
  /** An address for SQLAlchemy. */
  readonly database?: string;
  /** The artifact root that clients are told, and where the proxy puts what it is sent. */
  readonly artifacts?: { readonly root: string; readonly proxied: string };
  readonly env?: Readonly<Record<string, string>>;
}

/** A real MLflow server. */
export interface MlflowServer {
  readonly url: string;
  /** A POST of MLflow's API, as a client of its own would send it. */
  post(path: string, body: object): Promise<unknown>;
  close(): Promise<void>;
}

export async function startMlflow({ database, artifacts, env }: MlflowOptions = {}): Promise<MlflowServer> {
  const folder = emptyFolder();
  const port = await freePort();
  const child = spawn(
    tool("mlflow"),
    [
      ...["server", "--backend-store-uri", database ?? `sqlite:///${join(folder, "mlflow.db")}`],
      ...["--port", String(port), "--workers", "1"],
      ...["--artifacts-destination", artifacts?.proxied ?? join(folder, "artifacts")],
      ...(artifacts === undefined ? [] : ["--serve-artifacts", "--default-artifact-root", artifacts.root]),
    ],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...lean, ...env } },
  );
  // A test file that ends early leaves no server behind.
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("exit", () => process.removeListener("exit", kill));
  await startedUp(child);
  const url = `http://127.0.0.1:${port}`;
  return { url, post: (path, body) => post(`${url}/api/2.0/mlflow/${path}`, body), close: () => stopped(child) };
}

async function post(url: string, body: object): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

function startedUp(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = "";
    const read = (chunk: Buffer): void => {
      printed += chunk;
      if (printed.includes("Application startup complete")) resolve();
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => reject(new Error(`mlflow server ended with ${code}: ${printed}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
