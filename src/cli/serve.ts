import { serve } from "../server/index.ts";
import { print, type Register, wholeNumber } from "./command.ts";

interface Options {
  readonly dir: string;
  readonly host: string;
  readonly port: number;
  readonly unixSocket?: string;
  readonly auth: boolean;
}

/** `stemma serve` */
export const registerServe: Register = (program) => {
  program
    .command("serve")
    .description("Answer MLflow's REST API and the JupyterLab panel for the project of a folder")
    .option("--dir <folder>", "folder whose project is served", ".")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <n>", "port to listen on, 0 for any free one", wholeNumber(0, 65_535), 5000)
    .option("--unix-socket <path>", "listen on a unix socket instead of a port")
    .option("--no-auth", "ask for no token (loopback and unix sockets only)")
    .action(run);
};

async function run({ dir, host, port, unixSocket, auth }: Options): Promise<void> {
  const server = await serve({ folder: dir, host, port, auth, ...(unixSocket === undefined ? {} : { unixSocket }) });
  print(`Stemma serves ${dir} at ${server.url}. Stop it with Ctrl-C.\n`);
  if (unixSocket === undefined) print(`MLFLOW_TRACKING_URI=${server.url}\n`);
  if (server.token !== null) print(`MLFLOW_TRACKING_TOKEN=${server.token}\n`);
  const end = await ended(unixSocket !== undefined);
  await server.close();
  if (end === "orphaned") throw new Error("The program that started this server has ended, and so does the server.");
  // Dies of the signal it got, so that its parent sees why; a proxy would not restart one that ended with 0.
  process.kill(process.pid, end);
}

/** How often a server behind a proxy looks whether the proxy is still there. */
const parentMs = 1000;

function ended(watchParent: boolean): Promise<"SIGINT" | "SIGTERM" | "orphaned"> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve("SIGINT"));
    process.once("SIGTERM", () => resolve("SIGTERM"));
    const parent = process.ppid;
    if (watchParent) {
      const timer = setInterval(() => {
        if (process.ppid === parent) return;
        clearInterval(timer);
        resolve("orphaned");
      }, parentMs);
    }
  });
}
