import { constants } from "node:buffer";
import { allBytes, type ByteSource } from "./byte-source.ts";
import type { ReadWork } from "./read-options.ts";
import { TableFileError } from "./table-file-error.ts";

/**
 * The text of a source, without a byte order mark.
 *
 * @throws {TableFileError} bytes that are no such text, or more than a string holds
 */
export async function decoded(source: ByteSource, { path, options }: ReadWork): Promise<string> {
  if (source.bytes >= constants.MAX_STRING_LENGTH) {
    throw new TableFileError(
      `${path} has ${source.bytes} bytes, more than one text can hold; keep tables of this size as Parquet.`,
    );
  }
  return textOf(await allBytes(source), path, options.encoding ?? "utf-8");
}

/** Bytes as text. @throws {TableFileError} */
export function textOf(bytes: Uint8Array, path: string, encoding = "utf-8"): string {
  const decoder = decoderOf(path, encoding);
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new TableFileError(`${path} is no ${encoding.toUpperCase()} text; say which it is: { encoding: "latin1" }.`, {
      cause,
    });
  }
}

function decoderOf(path: string, encoding: string): { decode(bytes: Uint8Array): string } {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch (cause) {
    throw new TableFileError(
      `The encoding ${JSON.stringify(encoding)} of ${path} is not known; "utf-8", "latin1" and "utf-16le" are among those that are.`,
      { cause },
    );
  }
}
