/** What the values of a column are; `null`: all are missing. Numbers are doubles unless they come as a narrower typed array. */
export type ColumnType =
  | "double"
  | "float"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "boolean"
  | "string"
  | "timestamp"
  | "null";

/** A column by name and type. */
export interface FrameColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** One value; a timestamp is Unix time in ms, a missing value is null. */
export type Cell = number | bigint | boolean | string | null;

export interface Column extends FrameColumn {
  /** As many as the frame has rows; typed arrays as they came. */
  readonly values: ArrayLike<Cell>;
}

/** A table, column by column, of one type each. */
export interface Frame {
  readonly rows: number;
  /** At least one; no name twice. */
  readonly columns: readonly Column[];
}
