import { randomBytes } from "node:crypto";
import { realpathSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { resolve } from "node:path";
import { errorFacts } from "../error.ts";
import { findProject } from "../store/index.ts";
import { openModels, openRuns } from "../track/index.ts";
import { type Answer, apiError, json, send } from "./answer.ts";
import { checkRequest, type Guard, isLoopback } from "./guard.ts";
import { listenTcp, listenUnix } from "./listen.ts";
import { readCall } from "./request.ts";
import { findRoute, type Served } from "./route.ts";
import { healthPath, noRoute, routes } from "./routes.ts";
import { ServeError } from "./serve-error.ts";

export interface ServeOptions {
  /** The folder whose project is served; the panel may ask for projects in folders below it. */
  readonly folder: string;
  /** 127.0.0.1 where absent. */
  readonly host?: string;
  /** 0 for any free one; 5000, MLflow's, where absent. */
  readonly port?: number;
  /** Path of a unix socket to open instead of a port. */
  readonly unixSocket?: string;
  /** The secret that requests carry; a random one where absent. */
  readonly token?: string;
  /** False for no token at all: loopback and unix sockets only. */
  readonly auth?: boolean;
}

/** A server that answers until it is closed. */
export interface RunningServer {
  /** `http://127.0.0.1:5000`, or `unix:/path` */
  readonly url: string;
  /** Null when none is needed. */
  readonly token: string | null;
  /** Lets requests that run end, at most two seconds. */
  close(): Promise<void>;
}

/** How long requests may still run after `close()`. */
const closeMs = 2000;
/** How long one upload may take. */
const requestMs = 3_600_000;

/**
 * Answers MLflow's REST API and the panel's routes for the project of a folder.
 *
 * @throws {ServeError} no such folder, `auth: false` on a public address, a busy port
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const host = options.host ?? "127.0.0.1";
  const guard = guardOf(options, host);
  const served = openFolder(options.folder);
  const server = createServer((message, response) => void respond({ message, response }, guard, served));
  server.requestTimeout = requestMs;
  const url =
    options.unixSocket === undefined
      ? await listenTcp(server, host, options.port ?? 5000)
      : await listenUnix(server, resolve(options.unixSocket));
  return { url, token: guard.token, close: () => close(server) };
}

function guardOf(options: ServeOptions, host: string): Guard {
  const onSocket = options.unixSocket !== undefined;
  if (options.auth === false && !onSocket && !isLoopback(host)) {
    throw new ServeError(
      "NO_AUTH_REFUSED",
      `--no-auth is for loopback and unix sockets only, and ${host} can be reached from other machines. Leave --no-auth away, or use --host 127.0.0.1.`,
    );
  }
  const token = options.auth === false ? null : (options.token ?? randomBytes(24).toString("base64url"));
  const hosts = onSocket || !isLoopback(host) ? null : [...new Set([host, "127.0.0.1", "localhost", "[::1]"])];
  return { token, hosts };
}

function openFolder(folder: string): Served {
  const path = resolve(folder);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new ServeError("NO_SUCH_FOLDER", `There is no folder ${path}. Name an existing one with --dir.`);
  }
  const project = findProject(path);
  return { folder: realpathSync(path), project, runs: () => openRuns(project), models: () => openModels(project) };
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}

async function respond({ message, response }: Exchange, guard: Guard, served: Served): Promise<void> {
  const answer = await answerTo(message, guard, served).catch((thrown) => failure(message, thrown));
  // What is left of a body that we did not want is not read before the next request: the connection ends.
  if (!message.complete) response.setHeader("Connection", "close");
  // Its client has gone, or the file went away under it: what is sent already cannot be taken back.
  await send(response, answer).catch(() => response.destroy());
}

async function answerTo(message: IncomingMessage, guard: Guard, served: Served): Promise<Answer> {
  const call = readCall(message);
  if (call.path !== healthPath) checkRequest(call.method, message.headers, guard);
  const found = findRoute(routes, call.method, call.path);
  if (found === null) throw noRoute(call.method, call.path);
  return found.route.handle({ ...call, parts: found.parts }, served);
}

function failure(message: IncomingMessage, thrown: unknown): Answer {
  const error = apiError(thrown);
  // A client that went away is nothing to tell the log.
  const hungUp = errorFacts(thrown).code === "ECONNRESET";
  if (error.status >= 500 && !hungUp) {
    process.stderr.write(`stemma serve: ${message.method} ${message.url?.split("?")[0]}: ${error.message}\n`);
  }
  const inPanel = message.url?.startsWith("/panel/") ?? false;
  return json(
    inPanel ? { code: error.code, message: error.message } : { error_code: error.code, message: error.message },
    error.status,
  );
}

function close(server: Server): Promise<void> {
  return new Promise((done) => {
    const late = setTimeout(() => server.closeAllConnections(), closeMs);
    server.close(() => {
      clearTimeout(late);
      done();
    });
    server.closeIdleConnections();
  });
}
