import { createReadStream } from "node:fs";
import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { errorFacts } from "../error.ts";
import { MlflowError, type MlflowErrorCode } from "../format/index.ts";

/** What a route answers: JSON, a line of text, or a file that goes out as a download. */
export type Answer =
  | { readonly kind: "json"; readonly status: number; readonly value: unknown }
  | { readonly kind: "text"; readonly status: number; readonly text: string }
  | { readonly kind: "file"; readonly path: string; readonly name: string; readonly bytes: number };

export function json(value: unknown, status = 200): Answer {
  return { kind: "json", status, value };
}

export function text(line: string, status = 200): Answer {
  return { kind: "text", status, text: line };
}

/** Sends an answer; nothing that we send may be run, framed or guessed at by a browser. */
export async function send(response: ServerResponse, answer: Answer): Promise<void> {
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Content-Security-Policy", "default-src 'none'; sandbox");
  response.setHeader("Cache-Control", "no-store");
  if (answer.kind === "file") return sendFile(response, answer);
  const body = answer.kind === "json" ? JSON.stringify(answer.value) : answer.text;
  response.statusCode = answer.status;
  response.setHeader("Content-Type", answer.kind === "json" ? "application/json" : "text/plain; charset=utf-8");
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.end(body);
}

async function sendFile(response: ServerResponse, file: Extract<Answer, { kind: "file" }>): Promise<void> {
  response.statusCode = 200;
  response.setHeader("Content-Type", "application/octet-stream");
  response.setHeader("Content-Length", file.bytes);
  // RFC 6266: an attachment in any browser, with a name in any script.
  response.setHeader("Content-Disposition", `attachment; filename*=UTF-8''${encodeRfc5987(file.name)}`);
  // A file that grows while it is read still ends where Content-Length says; an empty one has no last byte to name.
  if (file.bytes === 0) response.end();
  else await pipeline(createReadStream(file.path, { end: file.bytes - 1 }), response);
}

/** Our own error codes in MLflow's words; every other is a fault of ours. */
const mlflowCodes: Readonly<Record<string, MlflowErrorCode>> = {
  RUN_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  EXPERIMENT_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  ARTIFACT_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  EXPERIMENT_EXISTS: "RESOURCE_ALREADY_EXISTS",
  EXPERIMENT_DELETED: "INVALID_PARAMETER_VALUE",
  MODEL_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  MODEL_EXISTS: "RESOURCE_ALREADY_EXISTS",
  MODEL_VERSION_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  LOGGED_MODEL_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  // MLflow's words for an alias that is not there.
  ALIAS_NOT_FOUND: "INVALID_PARAMETER_VALUE",
  RUN_DELETED: "INVALID_PARAMETER_VALUE",
  FILTER: "INVALID_PARAMETER_VALUE",
  PARAM_CHANGED: "INVALID_PARAMETER_VALUE",
  ARTIFACT_PATH: "INVALID_PARAMETER_VALUE",
  BAD_NAME: "INVALID_PARAMETER_VALUE",
  BAD_VALUE: "INVALID_PARAMETER_VALUE",
  PAGE_TOKEN: "INVALID_PARAMETER_VALUE",
  // MLflow's clients try again after this one.
  DATABASE_BUSY: "TEMPORARILY_UNAVAILABLE",
};

/** Anything thrown as an error of the API. */
export function apiError(thrown: unknown): MlflowError {
  if (thrown instanceof MlflowError) return thrown;
  const { code, message } = errorFacts(thrown);
  return new MlflowError(mlflowCodes[code] ?? "INTERNAL_ERROR", message, { cause: thrown });
}

function encodeRfc5987(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
