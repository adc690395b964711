/**
 * What keeping a table or an array takes of the reading and writing of their files.
 *
 * This file is copied into exported projects: it imports its neighbours, nothing else.
 */
import { arrowBytes, loadFlechette } from "../../../../frame/arrow.ts";
import { npyBytes } from "../../../../frame/npy.ts";
import { readTable } from "../../../../frame/read-frame.ts";
import { readNpy } from "../../../../frame/read-npy.ts";
import { DataValueError } from "../../../../frame/value-error.ts";

export { DataValueError, loadFlechette, npyBytes, readNpy };

/** A table as an Arrow file with what is in it; null for what is no table. */
export function encodeArrow(value: unknown): {
  readonly bytes: Uint8Array;
  readonly table: { readonly rows: number; readonly columns: readonly { readonly name: string }[] };
} | null {
  const frame = readTable(value);
  if (frame === null) return null;
  return { bytes: arrowBytes(frame), table: { rows: frame.rows, columns: frame.columns } };
}
