import { extname } from "node:path";

/** A kind of file that is read as a table. */
export type TableFormat = "parquet" | "csv" | "json" | "jsonl" | "arrow";

/** A kind of file, as a catalog names it. */
export type DataFormat = TableFormat | "npy" | "text" | "bytes";

const formats: Readonly<Record<string, DataFormat>> = {
  ".parquet": "parquet",
  ".pq": "parquet",
  ".csv": "csv",
  ".tsv": "csv",
  ".json": "json",
  ".geojson": "json",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".arrow": "arrow",
  ".feather": "arrow",
  ".ipc": "arrow",
  ".npy": "npy",
  ".txt": "text",
  ".md": "text",
  ".log": "text",
  ".yaml": "text",
  ".yml": "text",
};

/** What a file is, by the ending of its name; bytes where that says nothing. */
export function formatOf(path: string): DataFormat {
  return formats[extname(path).toLowerCase()] ?? "bytes";
}
