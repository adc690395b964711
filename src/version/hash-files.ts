import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { HashName } from "../format/index.ts";
import { md5Files } from "../store/index.ts";

const blockBytes = 1024 * 1024;

export interface HashJob {
  readonly absolute: string;
  readonly size: number;
}

/** The digests of files, in their order; a stop is seen within some 20 ms. */
export async function hashFiles(
  jobs: readonly HashJob[],
  name: HashName,
  signal: AbortSignal | null = null,
): Promise<readonly string[]> {
  if (name !== "md5-dos2unix") {
    const files = jobs.map(({ absolute, size }) => ({ path: absolute, bytes: size }));
    return md5Files(files, signal === null ? {} : { signal });
  }
  const digests: string[] = [];
  for (const { absolute } of jobs) {
    signal?.throwIfAborted();
    digests.push(await md5Dos2unix(absolute));
  }
  return digests;
}

/**
 * The digest of DVC 2: in each block of 1 MiB that looks like text, `\r\n` counts as `\n` (dvc-data hashfile/hash.py, istextfile.py).
 */
export async function md5Dos2unix(path: string): Promise<string> {
  const hash = createHash("md5");
  const file = await open(path, "r");
  try {
    const block = Buffer.allocUnsafe(blockBytes);
    for (;;) {
      const { bytesRead } = await file.read(block, 0, blockBytes);
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
