/**
 * The file of a snapshot: what searches ask of all runs, as columns. Blobs, each at a multiple of 8; then a directory as
 * JSON; then where the directory begins and how long it is, as two doubles. Numbers in this machine's order: the file is
 * made again where it is missing, and never leaves the machine.
 */
export interface Directory {
  readonly version: 1;
  readonly runs: number;
  /** By {@link columnName}. */
  readonly columns: Readonly<Record<string, ColumnPlace>>;
}

/** Where a blob begins in the file, and its bytes. */
export type Extent = readonly [start: number, bytes: number];

export interface ColumnPlace {
  /** Which runs have a value, as u32 places in the order of `id`; null where all have. */
  readonly places: Extent | null;
  /** Numbers: doubles. Texts: u32, each 1 + the place of a text among `texts`. */
  readonly values: Extent;
  /** Whether a number is NaN. */
  readonly hasNaN: boolean;
  /** The column's different texts in the order of their UTF-8 bytes; null for numbers. */
  readonly texts: TextsPlace | null;
}

export interface TextsPlace {
  readonly count: number;
  /** u32: where each text begins in `bytes`, and where the last one ends. */
  readonly starts: Extent;
  readonly bytes: Extent;
}

export const trailerBytes = 16;

/** What a search can ask of a snapshot. */
export type ColumnKind = "run" | "metric" | "param" | "tag";

/** The name of a column in the directory; those of kind "run" are `id`, `experiment`, `lifecycle` and attributes. */
export function columnName(kind: ColumnKind, key: string): string {
  return `${kind}:${key}`;
}
