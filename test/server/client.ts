import { mkdtempSync, realpathSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type RunningServer, type ServeOptions, serve } from "../../src/server/index.ts";

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came
  readonly json: any;
}

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  /** An object goes as JSON, bytes and text as they are. */
  readonly body?: unknown;
}

/** A server for one test and a client that sends paths exactly as they are written, which `fetch` does not. */
export interface Client extends RunningServer {
  readonly folder: string;
  send(method: string, path: string, sent?: Sent): Promise<Reply>;
  get(path: string): Promise<Reply>;
  post(path: string, body: unknown): Promise<Reply>;
}

/** An empty folder. */
export function emptyFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "stemma-server-")));
}

export async function startServer(options: Partial<ServeOptions> = {}): Promise<Client> {
  const folder = options.folder ?? emptyFolder();
  const server = await serve({ port: 0, ...options, folder });
  onTestFinished(() => server.close());
  const token = server.token === null ? {} : { authorization: `Bearer ${server.token}` };
  const send = (method: string, path: string, sent: Sent = {}): Promise<Reply> =>
    exchange(server.url, { method, path, sent: { ...sent, headers: { ...token, ...sent.headers } } });
  return {
    ...server,
    folder,
    send,
    get: (path) => send("GET", path),
    post: (path, body) => send("POST", `/api/2.0/mlflow/${path}`, { body }),
  };
}

interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly sent: Sent;
}

function exchange(url: string, { method, path, sent }: Outgoing): Promise<Reply> {
  const where = url.startsWith("unix:")
    ? { socketPath: url.slice("unix:".length) }
    : { host: new URL(url).hostname.replace(/^\[|\]$/g, ""), port: new URL(url).port };
  const raw = typeof sent.body === "string" || sent.body instanceof Uint8Array;
  const type = sent.body === undefined || raw ? {} : { "content-type": "application/json" };
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...where, method, path, headers: { ...type, ...sent.headers } }, async (message) => {
      const chunks: Buffer[] = [];
      for await (const chunk of message) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const text = body.toString("utf8");
      const isJson = message.headers["content-type"] === "application/json";
      const json = isJson ? JSON.parse(text) : undefined;
      resolve({ status: message.statusCode ?? 0, headers: message.headers, body, text, json });
    });
    outgoing.on("error", reject);
    outgoing.end(sent.body === undefined || raw ? sent.body : JSON.stringify(sent.body));
  });
}
