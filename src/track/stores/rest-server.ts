import { setTimeout as pause } from "node:timers/promises";
import { errorFacts } from "../../error.ts";
import { MlflowError, parseErrorAnswer, type Wire } from "../../format/index.ts";
import type { Address } from "./rest-address.ts";
import {
  ServerAnswerError,
  ServerAuthError,
  ServerDownError,
  ServerRefusedError,
  ServerTrustError,
} from "./rest-errors.ts";
import { type Transport, transport } from "./rest-transport.ts";

/** A tracking server that is asked, and asked again when it was busy. */
export interface Server {
  readonly url: string;
  /** GET below `/api/2.0/mlflow/`; `parse` reads the JSON of the answer. */
  get<T>(path: string, query: Readonly<Record<string, string>>, parse: (answer: unknown) => T): Promise<T>;
  /** POST below `/api/2.0/mlflow/`, of something that may arrive twice. */
  post<T>(path: string, body: Wire, parse: (answer: unknown) => T): Promise<T>;
  /** POST of something that makes a new thing each time: sent again only when the server surely did not take it. */
  make<T>(path: string, body: Wire, parse: (answer: unknown) => T): Promise<T>;
  /** Any other request, below the server's address. */
  send<T>(request: RestRequest<T>): Promise<T>;
}

export interface RestRequest<T> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made anew for each attempt. */
  readonly body?: () => NonNullable<RequestInit["body"]>;
  readonly repeatable: boolean;
  /** No limit where absent, as for large files; the connection's own limits on silence stay. */
  readonly timeoutMs?: number;
  /** Reads a good answer; what it throws for a broken connection is tried again too. */
  readonly read: (response: Response) => Promise<T>;
}

/** Time and chance, passed in so that tests need neither. */
export interface Machine {
  /** How often a busy server is asked; 5 times where absent. */
  readonly attempts?: number;
  pause(ms: number): Promise<unknown>;
  /** 0 to 1. */
  random(): number;
}

export const realMachine: Machine = { pause: (ms) => pause(ms), random: () => Math.random() };

const usualAttempts = 5;
const firstWaitMs = 500;
/** A server that wants us to wait longer is told of instead. */
const longestWaitMs = 60_000;
/** MLflow's own clients' MLFLOW_HTTP_REQUEST_TIMEOUT. */
const answerMs = 120_000;

const busy: readonly number[] = [408, 429, 500, 502, 503, 504];
// Of these a server says that it did nothing.
const untouched: readonly number[] = [429, 503];
const brokenConnections: readonly string[] = [
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
];

export function openServer(address: Address, machine: Machine = realMachine): Server {
  const sender = { address, machine, send: transport(address.tls) };
  const send = <T>(request: RestRequest<T>): Promise<T> => exchange(sender, request);
  const ask =
    (method: "GET" | "POST", repeatable: boolean) =>
    <T>(path: string, question: Wire, parse: (answer: unknown) => T): Promise<T> => {
      const query = method === "GET" ? `?${new URLSearchParams(question as Record<string, string>)}` : "";
      const headers = { "content-type": "application/json" };
      const body = method === "GET" ? {} : { headers, body: () => JSON.stringify(question) };
      const target = `/api/2.0/mlflow/${path}`;
      const read = (response: Response): Promise<T> => readJson(address.url + target, response, parse);
      return send({ method, path: target + query, ...body, repeatable, timeoutMs: answerMs, read });
    };
  return { url: address.url, get: ask("GET", true), post: ask("POST", true), make: ask("POST", false), send };
}

interface Sender {
  readonly address: Address;
  readonly send: Transport;
  readonly machine: Machine;
}

/** What became of one attempt. */
type Outcome<T> =
  | { readonly kind: "good"; readonly value: T }
  | { readonly kind: "busy"; readonly status: number; readonly text: string; readonly waitMs: number | null }
  | { readonly kind: "broken"; readonly code: string; readonly cause: unknown };

async function exchange<T>(sender: Sender, request: RestRequest<T>): Promise<T> {
  const attempts = sender.machine.attempts ?? usualAttempts;
  for (let attempt = 1; ; attempt++) {
    const outcome = await tryOnce(sender, request);
    if (outcome.kind === "good") return outcome.value;
    const asked = outcome.kind === "busy" ? outcome.waitMs : null;
    const waitMs = asked ?? firstWaitMs * 2 ** (attempt - 1) * (1 + sender.machine.random());
    if (attempt === attempts || waitMs > longestWaitMs || !mayRepeat(request, outcome))
      throw gaveUp(sender.address.url, outcome, { attempt, asked });
    await sender.machine.pause(waitMs);
  }
}

async function tryOnce<T>({ address, send }: Sender, request: RestRequest<T>): Promise<Outcome<T>> {
  const url = address.url + request.path;
  try {
    const body = request.body?.();
    const response = await send(url, {
      method: request.method,
      headers: {
        ...request.headers,
        ...(address.authorization === null ? {} : { authorization: address.authorization }),
      },
      // A redirected POST would arrive as a GET, and a login page would look like an answer.
      redirect: "manual",
      ...(body === undefined ? {} : { body, duplex: "half" }),
      ...(request.timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(request.timeoutMs) }),
    });
    if (response.ok) return { kind: "good", value: await request.read(response) };
    const text = await response.text();
    if (!busy.includes(response.status) || isDecided(text))
      throw refusal(address, { url, status: response.status, text, location: response.headers.get("location") });
    return { kind: "busy", status: response.status, text, waitMs: waitOf(response.headers.get("retry-after")) };
  } catch (cause) {
    const code = connectionCode(cause);
    if (code === null) throw cause;
    return { kind: "broken", code, cause };
  }
}

// MLflow answers 500 to what it will never do, such as renaming a deleted experiment.
function isDecided(text: string): boolean {
  return parseErrorAnswer(jsonOf(text))?.code === "INVALID_STATE";
}

/** What a failed connection is called; null for anything else. */
function connectionCode(thrown: unknown): string | null {
  const { name, code, cause } = errorFacts(thrown);
  if (name === "TimeoutError") return "ETIMEDOUT";
  // fetch() throws a TypeError for all that fails below HTTP, and says in its cause what it was.
  if (name !== "TypeError" || cause === undefined) return isConnection(code) ? code : null;
  return cause.code === "THROWN" ? cause.message : cause.code;
}

function isConnection(code: string): boolean {
  return brokenConnections.includes(code) || isOfTls(code) || /^E(NOTFOUND|(HOST|NET)(UNREACH|DOWN))$/.test(code);
}

// Node's own codes of TLS (tls.html, "X509 certificate error codes"), which no second attempt changes.
function isOfTls(code: string): boolean {
  return /CERT|^UNABLE_TO|^ERR_TLS|^ERR_SSL|^EPROTO$/.test(code);
}

function mayRepeat(request: RestRequest<unknown>, outcome: Outcome<unknown>): boolean {
  if (outcome.kind === "broken")
    return request.repeatable ? brokenConnections.includes(outcome.code) : outcome.code === "ECONNREFUSED";
  return request.repeatable || (outcome.kind === "busy" && untouched.includes(outcome.status));
}

/** Retry-After in ms: seconds, or a date. */
function waitOf(header: string | null): number | null {
  if (header === null) return null;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

function gaveUp(
  url: string,
  outcome: Exclude<Outcome<unknown>, { kind: "good" }>,
  { attempt, asked }: { readonly attempt: number; readonly asked: number | null },
): Error {
  const times = attempt === 1 ? "once" : `${attempt} times`;
  if (outcome.kind === "broken") {
    const { code, cause } = outcome;
    if (isOfTls(code)) return new ServerTrustError(url, code, { cause });
    const unknown = code === "ENOTFOUND" ? `: nobody here knows ${new URL(url).hostname}` : "";
    return new ServerDownError(url, `${code}${unknown}, tried ${times}`, { cause });
  }
  const wait = asked !== null && asked > longestWaitMs ? `, wants us to wait ${Math.ceil(asked / 1000)} s` : "";
  const said = parseErrorAnswer(jsonOf(outcome.text))?.message ?? "";
  return new ServerDownError(url, `${outcome.status}${said === "" ? "" : ` "${said}"`}${wait}, tried ${times}`);
}

interface Refusal {
  readonly url: string;
  readonly status: number;
  readonly text: string;
  readonly location: string | null;
}

function refusal(address: Address, { url, status, text, location }: Refusal): Error {
  const shown = url.split("?")[0] ?? url;
  if (location !== null) return new ServerAnswerError(shown, `sends us on to ${location} (${status})`);
  const error = parseErrorAnswer(jsonOf(text));
  if (status === 401 || status === 403)
    return new ServerAuthError(address.url, { status, sent: address.sends, said: error?.message ?? "" });
  if (error !== null) return new ServerRefusedError(shown, { ...error, status });
  return new ServerAnswerError(shown, `answered ${status} and ${excerpt(text)}`);
}

async function readJson<T>(url: string, response: Response, parse: (answer: unknown) => T): Promise<T> {
  const text = await response.text();
  const answer = jsonOf(text);
  if (answer === null) throw new ServerAnswerError(url, `answered ${excerpt(text)}`);
  try {
    return parse(answer);
  } catch (cause) {
    if (!(cause instanceof MlflowError)) throw cause;
    throw new ServerAnswerError(url, `answered ${excerpt(text)}: ${cause.message.replace(/\.$/, "")}`, { cause });
  }
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line === "" ? "nothing" : JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the caller says so with the text.
    return null;
  }
}
