export { type EncodedData, encodeData, type TableFacts } from "./encode.ts";
export type { ColumnType, FrameColumn } from "./frame.ts";
export { DataValueError } from "./value-error.ts";
