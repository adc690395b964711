import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import type { HashName } from "../format/index.ts";
import { md5, md5File } from "../store/index.ts";

const smallBytes = 1024 * 1024;
/** How long the event loop waits at most: a stop button pressed meanwhile is seen. */
const sliceMs = 20;

export interface HashJob {
  readonly absolute: string;
  readonly size: number;
}

/** The digests of files, in their order, in slices of {@link sliceMs}. */
export async function hashFiles(
  jobs: readonly HashJob[],
  name: HashName,
  signal: AbortSignal | null = null,
): Promise<readonly string[]> {
  const digests: string[] = [];
  let sliceStart = performance.now();
  for (const job of jobs) {
    if (performance.now() - sliceStart > sliceMs) {
      await setImmediate();
      signal?.throwIfAborted();
      sliceStart = performance.now();
    }
    digests.push(await hashFile(job, name));
  }
  return digests;
}

async function hashFile(job: HashJob, name: HashName): Promise<string> {
  if (name === "md5-dos2unix") return md5Dos2unix(job.absolute);
  return job.size <= smallBytes ? md5(readFileSync(job.absolute)) : md5File(job.absolute);
}

/**
 * The digest of DVC 2: in each block of 1 MiB that looks like text, `\r\n` counts as `\n` (dvc-data hashfile/hash.py, istextfile.py).
 */
export async function md5Dos2unix(path: string): Promise<string> {
  const hash = createHash("md5");
  const file = await open(path, "r");
  try {
    const block = Buffer.allocUnsafe(smallBytes);
    for (;;) {
      const { bytesRead } = await file.read(block, 0, smallBytes);
      if (bytesRead === 0) return hash.digest("hex");
      const bytes = block.subarray(0, bytesRead);
      hash.update(isText(bytes.subarray(0, 512)) ? withoutReturns(bytes) : bytes);
    }
  } finally {
    await file.close();
  }
}

function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false;
  let other = 0;
  for (const byte of bytes) if (!isTextByte(byte)) other += 1;
  return other / bytes.length <= 0.3;
}

function isTextByte(byte: number): boolean {
  return (byte >= 0x20 && byte <= 0x7e) || byte === 8 || byte === 9 || byte === 10 || byte === 12 || byte === 13;
}

function withoutReturns(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString("latin1").replaceAll("\r\n", "\n"), "latin1");
}
