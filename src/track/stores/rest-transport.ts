import type { IncomingMessage } from "node:http";
import type { Agent } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";

// Loaded with the first server that has certificates of its own: they cost as much as all of Node's start.
const http = (): typeof import("node:http") => process.getBuiltinModule("node:http");
const https = (): typeof import("node:https") => process.getBuiltinModule("node:https");

/** How a connection is secured where the system's own certificates are not what counts. */
export interface Tls {
  /** PEM of the authorities that are trusted; the system's where absent. */
  readonly ca?: string;
  /** PEM of the certificate that we show, with its key. */
  readonly cert?: string;
  /** False: whoever answers is believed. */
  readonly rejectUnauthorized?: boolean;
}

/** `fetch()`, with certificates of the caller's. */
export type Transport = (url: string, init: RequestInit) => Promise<Response>;

/** Node's fetch() takes no certificates: where there are some, requests go through node:https and look the same. */
export function transport(tls: Tls | null): Transport {
  if (tls === null) return fetch;
  const { cert, ...trust } = tls;
  // One PEM file holds the certificate and its key, as MLflow's MLFLOW_TRACKING_CLIENT_CERT_PATH has them.
  const agent = new (https().Agent)({ ...trust, ...(cert === undefined ? {} : { cert, key: cert }), keepAlive: true });
  return (url, init) => exchange(url, init, agent);
}

function exchange(url: string, init: RequestInit, agent: Agent): Promise<Response> {
  return new Promise((resolve, reject) => {
    const secure = url.startsWith("https:");
    const options = {
      method: init.method ?? "GET",
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(init.signal ? { signal: init.signal } : {}),
      ...(secure ? { agent } : {}),
    };
    const sent = (secure ? https() : http()).request(url, options, (answer) => resolve(responseOf(answer)));
    sent.once("error", reject);
    const { body = null } = init;
    if (body === null || typeof body === "string" || body instanceof Uint8Array) sent.end(body ?? undefined);
    else pipeline(Readable.fromWeb(body as ReadableStream), sent).catch(reject);
  });
}

function responseOf(answer: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  const status = answer.statusCode ?? 500;
  // A Response with one of these may have no body.
  const isEmpty = status === 204 || status === 304;
  if (isEmpty) answer.resume();
  return new Response(isEmpty ? null : (Readable.toWeb(answer) as unknown as NonNullable<RequestInit["body"]>), {
    status,
    headers,
  });
}
