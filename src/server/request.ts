import type { IncomingMessage } from "node:http";
import { MlflowError, queryBody, type RequestFields, requestFields } from "../format/index.ts";

/** One request, its path decoded once. */
export interface Call {
  readonly method: string;
  /** Decoded, with `/` between the segments. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The segments that the route leaves open, by name. */
  readonly parts: Readonly<Record<string, string>>;
  readonly message: IncomingMessage;
}

/** The largest JSON body: 1,000 metrics take 200 kB, a data set's profile up to 16 MB. */
const maxBodyBytes = 32 * 1024 * 1024;

/** @throws {MlflowError} the path is not valid UTF-8 behind its percent signs */
export function readCall(message: IncomingMessage): Call {
  const target = message.url ?? "/";
  const mark = target.indexOf("?");
  const raw = mark === -1 ? target : target.slice(0, mark);
  const query = new URLSearchParams(mark === -1 ? "" : target.slice(mark + 1));
  return { method: message.method ?? "GET", path: decodePath(raw), query, parts: {}, message };
}

/**
 * The JSON body of a request.
 *
 * @throws {MlflowError} another content type, over 32 MiB, no JSON
 */
export async function readJson(call: Call): Promise<unknown> {
  const type = call.message.headers["content-type"] ?? "";
  if (type.split(";")[0]?.trim().toLowerCase() !== "application/json") {
    throw new MlflowError("BAD_REQUEST", `Content-Type must be one of ['application/json'], got '${type}'.`);
  }
  const body = await readBody(call.message);
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new MlflowError("BAD_REQUEST", `The body is no JSON: ${message}`, { cause });
  }
}

/** The fields of a call: of its query for a GET, of its JSON body else; a DELETE may have either. */
export async function readFields(call: Call, lists: readonly string[] = []): Promise<RequestFields> {
  const hasBody =
    Number(call.message.headers["content-length"] ?? 0) > 0 || "transfer-encoding" in call.message.headers;
  const isAsked = call.method === "GET" || (call.method === "DELETE" && !hasBody);
  return requestFields(isAsked ? queryBody(call.query, lists) : await readJson(call));
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) {
      throw new MlflowError("REQUEST_LIMIT_EXCEEDED", `The body is over ${maxBodyBytes} bytes. Split the request.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decodePath(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch (cause) {
    throw new MlflowError("BAD_REQUEST", `The path ${JSON.stringify(raw)} is not valid percent-encoding.`, { cause });
  }
}
