export { loadFlechette } from "./arrow.ts";
export { type ByteSource, bytesSource, fileSource } from "./byte-source.ts";
export { csvBytes } from "./csv.ts";
export {
  type DataRow,
  type DataTable,
  type ReadColumn,
  type SchemaColumn,
  type SchemaType,
  tableColumns,
  tableRows,
} from "./data-table.ts";
export { type EncodedData, encodeArrow, encodeData, type TableFacts } from "./encode.ts";
export type { Cell, Column, ColumnType, Frame, FrameColumn } from "./frame.ts";
export { frameDigest } from "./frame-digest.ts";
export { npyBytes } from "./npy.ts";
export { parquetBytes } from "./parquet.ts";
export { readJsonValue } from "./read-json.ts";
export { type NpyArray, npyHeader, readNpy } from "./read-npy.ts";
export type { TableReadOptions } from "./read-options.ts";
export {
  type ReadTableOptions,
  readTableFile,
  readText,
  type TableHead,
  type TableSource,
  tableHead,
} from "./read-table.ts";
export { splitJson } from "./split-json.ts";
export { isTable, readFrame } from "./table.ts";
export { TableFileError } from "./table-file-error.ts";
export { type DataFormat, formatOf, type TableFormat } from "./table-format.ts";
export { DataValueError } from "./value-error.ts";
