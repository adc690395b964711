import { CodecError } from "../encoding/index.ts";

/** Node hashes no more at once, and reads no more. */
const mostBytes = 2 ** 31 - 1;

/** The bytes of a part, where they can be kept as one. @throws {CodecError} they cannot */
export function keepable(bytes: Uint8Array, path: string): Uint8Array {
  if (bytes.length <= mostBytes) return bytes;
  throw new CodecError(
    path,
    "is longer than 2 GB. Write it to a file, and give that: file(path) from a step, f.file(path) to one.",
  );
}
