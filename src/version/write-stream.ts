import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DataValueError } from "../frame/index.ts";
import { temporaryName } from "../store/index.ts";

/** What gives bytes bit by bit: a stream of Node's or of the web's, a Blob, any async iterable of bytes or text. */
export function byteStream(value: unknown): AsyncIterable<unknown> | null {
  if (typeof value !== "object" || value === null) return null;
  if (Symbol.asyncIterator in value) return value as AsyncIterable<unknown>;
  const { stream, getReader } = value as { readonly stream?: unknown; readonly getReader?: unknown };
  if (typeof stream === "function") return byteStream(stream.call(value));
  return typeof getReader === "function" ? readerOf(value as ReaderSource) : null;
}

interface ReaderSource {
  getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: unknown }>; releaseLock(): void };
}

async function* readerOf(source: ReaderSource): AsyncGenerator<unknown> {
  const reader = source.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.releaseLock();
  }
}

/** A file that stands aside until it gets its name. */
export interface AsideFile {
  readonly path: string;
  readonly md5: string;
  readonly bytes: number;
}

/**
 * Writes what a stream gives beside a file, to the disk; the caller gives it its name or takes it away.
 *
 * @throws {DataValueError} a part that is neither bytes nor text
 */
export async function writeAside(
  target: string,
  parts: AsyncIterable<unknown>,
  signal: AbortSignal | null,
): Promise<AsideFile> {
  mkdirSync(dirname(target), { recursive: true });
  const path = join(dirname(target), temporaryName());
  const file = await open(path, "wx");
  try {
    const written = await writeParts(file, parts, signal);
    await file.datasync();
    await file.close();
    return { path, ...written };
  } catch (error) {
    await file.close();
    rmSync(path, { force: true });
    throw error;
  }
}

async function writeParts(
  file: FileHandle,
  parts: AsyncIterable<unknown>,
  signal: AbortSignal | null,
): Promise<{ readonly md5: string; readonly bytes: number }> {
  const hash = createHash("md5");
  let bytes = 0;
  for await (const part of parts) {
    signal?.throwIfAborted();
    const block = bytesOf(part);
    hash.update(block);
    bytes += block.byteLength;
    for (let at = 0; at < block.byteLength; ) at += (await file.write(block, at)).bytesWritten;
  }
  return { md5: hash.digest("hex"), bytes };
}

function bytesOf(part: unknown): Uint8Array {
  if (typeof part === "string") return Buffer.from(part);
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  throw new DataValueError(
    `The stream gives ${part === null ? "null" : `values of the kind ${typeof part}`}, and a file takes bytes or text; encode them first.`,
  );
}
