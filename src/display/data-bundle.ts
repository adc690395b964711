import type { MimeBundle } from "../host/index.ts";
import { htmlHeader, htmlNote } from "./html.ts";
import { formatBytes, formatNumber } from "./numbers.ts";

/** What is shown of versioned data. */
export interface DataFacts {
  readonly path: string;
  readonly md5: string;
  readonly bytes: number;
  /** Files in a folder; absent for a file. */
  readonly files?: number | null | undefined;
  /** Of a table. */
  readonly rows?: number | undefined;
  readonly columns?: number | undefined;
  readonly schema?: readonly DataColumn[] | undefined;
}

/** A column of a table by name and type. */
export interface DataColumn {
  readonly name: string;
  readonly type: string;
}

/** Columns that are named; a wide table's others are counted. */
const shownColumns = 20;

/** Versioned data in one line, a table's columns below it; HTML and text say all there is, so it needs no view of its own. */
export function dataBundle(data: DataFacts): MimeBundle {
  const files =
    typeof data.files === "number" && data.md5.endsWith(".dir")
      ? [`${data.files} ${data.files === 1 ? "file" : "files"}`]
      : [];
  const facts = [...tableFacts(data), ...files, formatBytes(data.bytes), `md5 ${data.md5}`];
  const columns = columnsText(data.schema ?? []);
  return {
    "text/html": htmlHeader(data.path, facts) + htmlNote(columns),
    "text/plain": [data.path, ...facts].join(" · ") + (columns === "" ? "" : `\n${columns}`),
  };
}

function tableFacts({ rows, columns }: DataFacts): readonly string[] {
  if (rows === undefined || columns === undefined) return [];
  return [counted(rows, "row"), counted(columns, "column")];
}

function counted(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function columnsText(schema: readonly DataColumn[]): string {
  const named = schema.slice(0, shownColumns).map(({ name, type }) => `${name} ${type}`);
  const more = schema.length > shownColumns ? [`and ${schema.length - shownColumns} more`] : [];
  return [...named, ...more].join(", ");
}
