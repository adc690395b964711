import { open } from "node:fs/promises";
import { basename, dirname } from "node:path/posix";
import { requestFields } from "../../format/index.ts";
import { artifactsPath, encoded, type Proxied } from "./artifact-path.ts";
import { ServerAnswerError, ServerDownError, ServerRefusedError } from "./rest-errors.ts";
import type { Server } from "./rest-server.ts";

interface LargeFile {
  readonly file: string;
  readonly bytes: number;
}

interface Part {
  readonly part_number: number;
  readonly etag: string;
  readonly url: string;
}

/** What a server answers to a multipart upload: where each part goes. */
interface MultipartUpload {
  readonly uploadId: string;
  readonly parts: readonly {
    readonly url: string;
    readonly partNumber: number;
    readonly headers: Readonly<Record<string, string>>;
  }[];
}

const attempts = 3;

/** MLflow's own settings: from which size a file goes in parts, and how large these are. */
function sizes(): { readonly least: number; readonly part: number } {
  const size = (name: string, otherwise: number): number => Number(process.env[name] ?? "") || otherwise;
  return {
    least: size("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", 500 * 1024 * 1024),
    part: size("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", 10 * 1024 * 1024),
  };
}

/**
 * Sends a large file in parts, straight to the store behind the server.
 *
 * @returns false where the file is small, the server does not offer it, or its store cannot be reached from here: then the
 *   server passes it on itself
 */
export async function uploadInParts(server: Server, target: Proxied, { file, bytes }: LargeFile): Promise<boolean> {
  const { least, part } = sizes();
  if (bytes < least) return false;
  const count = Math.ceil(bytes / part);
  const started = await begin(server, target, count);
  if (started === null) return false;
  const step = (name: "complete" | "abort", more: object): Promise<void> => {
    const body = { path: basename(target.path), upload_id: started.uploadId, ...more };
    return post(server, { path: route(target, name), body, parse: () => {} });
  };
  try {
    const parts: Part[] = [];
    for (const { url, partNumber, headers } of started.parts) {
      const start = (partNumber - 1) * part;
      const body = await bytesOf(file, start, Math.min(part, bytes - start));
      parts.push({ part_number: partNumber, etag: await put(url, headers, body), url });
    }
    await step("complete", { parts });
    return true;
  } catch (error) {
    await step("abort", {});
    if (error instanceof ServerDownError) return false;
    throw error;
  }
}

function parseUpload(answer: unknown): MultipartUpload {
  const fields = requestFields(answer);
  const raw = (answer as { readonly credentials?: readonly { readonly headers?: unknown }[] }).credentials;
  const parts = fields.objects("credentials").map((credential, i) => ({
    url: credential.text("url"),
    partNumber: credential.whole("part_number"),
    headers: readHeaders(raw?.[i]?.headers),
  }));
  return { uploadId: fields.text("upload_id"), parts };
}

function readHeaders(headers: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(Object(headers)).map(([name, value]) => [name, String(value)]));
}

async function begin(server: Server, target: Proxied, count: number): Promise<MultipartUpload | null> {
  try {
    const body = { path: basename(target.path), num_parts: count };
    return await post(server, { path: route(target, "create"), body, parse: parseUpload });
  } catch (thrown) {
    // Not offered: by the store behind the server, or by a server that has no such route.
    if (thrown instanceof ServerRefusedError || thrown instanceof ServerAnswerError) return null;
    if (thrown instanceof ServerDownError) return null;
    throw thrown;
  }
}

function route({ base, path }: Proxied, step: "create" | "complete" | "abort"): string {
  const root = base.slice(artifactsPath.length).replace(/\/$/, "");
  const folder = dirname(path) === "." ? "" : `/${encoded(dirname(path))}`;
  return `/api/2.0/mlflow-artifacts/mpu/${step}${root}${folder}`;
}

interface Question<T> {
  readonly path: string;
  readonly body: object;
  readonly parse: (answer: unknown) => T;
}

function post<T>(server: Server, { path, body, parse }: Question<T>): Promise<T> {
  return server.send({
    method: "POST",
    path,
    headers: { "content-type": "application/json" },
    body: () => JSON.stringify(body),
    repeatable: false,
    read: async (response) => {
      const text = await response.text();
      return parse(text === "" ? {} : JSON.parse(text));
    },
  });
}

async function bytesOf(file: string, start: number, length: number): Promise<Uint8Array> {
  const handle = await open(file, "r");
  try {
    const bytes = new Uint8Array(length);
    for (let read = 0; read < length; ) {
      const { bytesRead } = await handle.read(bytes, read, length - read, start + read);
      // Cut off while it is being sent: what is missing stays 0, and the size no longer fits.
      if (bytesRead === 0) throw new RangeError(`${file} became shorter while it was sent.`);
      read += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

/** Puts a part where it belongs. @returns its ETag @throws {ServerDownError} after three attempts */
async function put(url: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<string> {
  let failure: unknown = null;
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      const response = await fetch(url, { method: "PUT", headers, body: new Uint8Array(body) });
      await response.arrayBuffer();
      if (response.ok) return response.headers.get("etag") ?? "";
      failure = new Error(`${response.status} ${response.statusText}`);
    } catch (error) {
      failure = error;
    }
  }
  throw new ServerDownError(new URL(url).origin, `tried ${attempts} times`, { cause: failure });
}
