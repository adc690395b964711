export { csvBytes } from "./csv.ts";
export { type EncodedData, encodeData, type TableFacts } from "./encode.ts";
export type { Cell, Column, ColumnType, Frame, FrameColumn } from "./frame.ts";
export { parquetBytes } from "./parquet.ts";
export { splitJson } from "./split-json.ts";
export { isTable, readFrame } from "./table.ts";
export { DataValueError } from "./value-error.ts";
