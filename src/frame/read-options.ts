import type { SchemaType } from "./data-table.ts";

/** How a table's file is read. */
export interface TableReadOptions {
  /** Only these columns; of a Parquet file the others are not read. */
  readonly columns?: readonly string[];
  /** Of CSV; "," without it, a tab for `.tsv`. */
  readonly delimiter?: string;
  /** Of CSV and JSON, as `TextDecoder` names it: "latin1"; UTF-8 without it. */
  readonly encoding?: string;
  /** Of CSV: false for a file whose first line is a row; the columns are then named "0", "1", … */
  readonly header?: boolean;
  /** Of CSV: texts that stand for a missing value besides the empty field: ["NA", "-999"]. */
  readonly missing?: readonly string[];
  /** Of CSV: types that are not to be guessed: { zip: "string" }. */
  readonly types?: Readonly<Record<string, SchemaType>>;
  /** 64-bit integers as BigInts; without it those of other tools' files are numbers where all of a column are exact as such. */
  readonly bigints?: boolean;
}

/** What a reader gets besides: a name for messages, and a stop. */
export interface ReadWork {
  readonly path: string;
  readonly options: TableReadOptions;
  readonly signal: AbortSignal | null;
}
