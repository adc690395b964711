import { type FileHandle, open } from "node:fs/promises";

/** Bytes that are read by parts: of a file, or in memory. */
export interface ByteSource {
  readonly bytes: number;
  /** The bytes from `start` up to, not including, `end`. */
  read(start: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A file, opened until it is closed: what replaces it meanwhile is not seen. */
export async function fileSource(path: string): Promise<ByteSource> {
  const file = await open(path, "r");
  const { size } = await file.stat();
  return { bytes: size, read: (start, end) => readPart(file, start, Math.min(end, size)), close: () => file.close() };
}

async function readPart(file: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(Math.max(0, end - start));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** Bytes that are in memory already. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    bytes: bytes.byteLength,
    read: async (start, end) => bytes.subarray(start, Math.min(end, bytes.byteLength)),
    close: async () => {},
  };
}

/** All bytes of a source. */
export function allBytes(source: ByteSource): Promise<Uint8Array> {
  return source.read(0, source.bytes);
}
