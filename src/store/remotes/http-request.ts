import { readFileSync } from "node:fs";
import type { Agent as HttpAgent, IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import { isOn, type RemoteSettings } from "./remote.ts";
import { RemoteError, withoutPassword } from "./remote-error.ts";

// Loaded with the first remote of the web: they cost as much as all of Node's start.
const http = (): typeof import("node:http") => process.getBuiltinModule("node:http");
const https = (): typeof import("node:https") => process.getBuiltinModule("node:https");

/** A web server with what it wants to see of its callers. */
export interface HttpPlace {
  /** For messages. */
  readonly url: string;
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connectMs: number;
  readonly readMs: number;
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  close(): void;
}

export interface HttpAnswer {
  readonly status: number;
  readonly reason: string;
  /** Where the answer came from in the end. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends an answer whose body is not wanted. */
  discard(): void;
}

/** The settings' names are DVC's (dvc_http). */
export function httpPlace(settings: RemoteSettings): HttpPlace {
  const { options } = settings;
  const url = new URL(settings.url);
  const base = new URL(settings.url);
  base.username = "";
  base.password = "";
  const verify = options.get("ssl_verify") ?? "true";
  const trust = /^(true|false)$/i.test(verify)
    ? { rejectUnauthorized: isOn(settings, "ssl_verify", true) }
    : { ca: readFileSync(verify) };
  const agents = {
    http: new (http().Agent)({ keepAlive: true, maxSockets: 32 }),
    https: new (https().Agent)({ keepAlive: true, maxSockets: 32, ...trust }),
  };
  const seconds = (key: string): number => Number(options.get(key) ?? 60) * 1000;
  return {
    url: withoutPassword(settings.url),
    base: base.href.replace(/\/$/, ""),
    headers: authorization(settings, url),
    connectMs: seconds("connect_timeout"),
    readMs: seconds("read_timeout"),
    agents,
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function authorization({ options }: RemoteSettings, url: URL): Readonly<Record<string, string>> {
  const auth = options.get("auth")?.toLowerCase() ?? (url.username === "" ? null : "basic");
  if (auth === null) return {};
  const user = options.get("user") ?? decodeURIComponent(url.username);
  const password = options.get("password") ?? decodeURIComponent(url.password);
  if (auth === "basic") {
    if (user === "") throw unset("basic", "user and password");
    return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
  }
  const header = options.get("custom_auth_header");
  if (auth === "custom") {
    if (header === undefined || password === "") throw unset("custom", "custom_auth_header and password");
    return { [header]: password };
  }
  throw new RemoteError("UNSUPPORTED", `auth = ${auth} is not supported for remotes over HTTP; use basic or custom.`);
}

function unset(auth: string, keys: string): RemoteError {
  return new RemoteError("DENIED", `auth = ${auth} wants ${keys}; set them with remote modify --local NAME KEY VALUE.`);
}

export interface HttpQuestion {
  readonly url: string;
  readonly method: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const mostRedirects = 5;

/** One answer of a server, redirects followed; the place's credentials go to its own host only. */
export async function answerOf(place: HttpPlace, question: HttpQuestion): Promise<HttpAnswer> {
  let { url } = question;
  for (let redirects = 0; ; redirects++) {
    const answer = await ask(place, { ...question, url });
    const to = answer.statusCode !== undefined && answer.statusCode >= 301 ? answer.headers.location : undefined;
    if (to === undefined || (answer.statusCode ?? 0) > 308) return answered(answer, url);
    answer.resume();
    if (redirects === mostRedirects) throw new RemoteError("FAILED", `${place.url} redirects in a circle.`);
    url = new URL(to, url).href;
  }
}

function answered(message: IncomingMessage, url: string): HttpAnswer {
  return {
    status: message.statusCode ?? 0,
    reason: message.statusMessage ?? "",
    url,
    headers: message.headers,
    body: message,
    // A HEAD has no body and its connection serves again; a body that is not wanted costs its connection.
    discard: () =>
      void (message.headers["content-length"] === "0" || message.complete ? message.resume() : end(message)),
  };
}

function end(message: IncomingMessage): void {
  message.on("error", () => {});
  message.destroy();
}

function ask(place: HttpPlace, question: HttpQuestion): Promise<IncomingMessage> {
  const url = new URL(question.url);
  const own = url.host === new URL(place.base).host;
  const secure = url.protocol === "https:";
  return new Promise((resolve, reject) => {
    const sent = (secure ? https() : http()).request(url, {
      method: question.method,
      agent: secure ? place.agents.https : place.agents.http,
      headers: { "user-agent": "stemma", ...(own ? place.headers : {}), ...question.headers },
      timeout: place.connectMs,
      ...(question.signal === undefined ? {} : { signal: question.signal }),
    });
    sent.on("timeout", () => sent.destroy(Object.assign(new Error("it took too long"), { code: "ETIMEDOUT" })));
    sent.on("error", reject);
    sent.on("response", (message) => {
      sent.setTimeout(place.readMs);
      if (question.method === "HEAD") message.resume();
      resolve(message);
    });
    sent.end();
  });
}
