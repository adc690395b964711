import type { MimeBundle } from "../host/index.ts";
import { htmlHeader, htmlNote, htmlTable, type PlainCell, type PlainColumn } from "./html.ts";
import { formatAge, formatBytes, formatNumber } from "./numbers.ts";
import { shortened, textTable } from "./plain-text.ts";

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

/** A version among others, as git's commits record it. */
export interface DataVersionRow {
  /** null for what is not committed. */
  readonly rev: string | null;
  readonly md5: string | null;
  readonly bytes: number | null;
  readonly rows: number | null;
  readonly author: string;
  readonly timeMs: number | null;
  readonly message: string;
  readonly tags: readonly string[];
}

/** What is shown besides: the first rows of a table, by column, and the versions that came before, newest first. */
export interface DataParts {
  readonly top?: readonly Readonly<Record<string, unknown>>[];
  readonly history?: readonly DataVersionRow[];
  readonly nowMs?: number;
}

/** Columns that are drawn with their rows; a wide table's others are named below. */
const drawnColumns = 12;
/** Columns that are named; a wide table's others are counted. */
const namedColumns = 40;
const drawnRows = 8;
const drawnVersions = 5;

/** Versioned data in one line, its first rows and its versions below; HTML and text say all there is, so it needs no view of its own. */
export function dataBundle(data: DataFacts, parts: DataParts = {}): MimeBundle {
  const files =
    typeof data.files === "number" && data.md5.endsWith(".dir")
      ? [`${formatNumber(data.files)} ${data.files === 1 ? "file" : "files"}`]
      : [];
  const facts = [...tableFacts(data), ...files, formatBytes(data.bytes), `md5 ${data.md5}`];
  const top = topTable(data.schema ?? [], parts.top ?? []);
  const others = othersText(data.schema ?? [], top !== null);
  const versions =
    (parts.history ?? []).length > 1
      ? versionTable(parts.history ?? [], { nowMs: parts.nowMs ?? Date.now(), limit: drawnVersions })
      : null;
  return {
    "text/html":
      htmlHeader(data.path, facts) +
      [top === null ? "" : wide(top), htmlNote(others), versions === null ? "" : wide(versions)].join(""),
    "text/plain": [
      [data.path, ...facts].join(" · "),
      ...(top === null ? [] : [textTable(top.columns, top.rows)]),
      ...(others === "" ? [] : [others]),
      ...(versions === null ? [] : [textTable(versions.columns, versions.rows)]),
    ].join("\n"),
  };
}

/** A table that is to be drawn. */
export interface Drawn {
  readonly columns: readonly PlainColumn[];
  readonly rows: readonly (readonly PlainCell[])[];
}

/** A wide table scrolls by itself, and does not widen the notebook; its cells are cut already, so none of them wraps. */
export function wide({ columns, rows }: Drawn): string {
  // Texts are escaped, so that only cells begin like this.
  const table = htmlTable(columns, rows).replace(/<t([dh]) style="/g, '<t$1 style="white-space:nowrap;');
  return `<div style="overflow-x:auto">${table}</div>`;
}

function tableFacts({ rows, columns }: DataFacts): readonly string[] {
  return [
    ...(rows === undefined ? [] : [counted(rows, "row")]),
    ...(columns === undefined ? [] : [counted(columns, "column")]),
  ];
}

/** "1 row", "2 rows" */
export function counted(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Names over types over first rows; null where no rows are known. */
function topTable(schema: readonly DataColumn[], top: NonNullable<DataParts["top"]>): Drawn | null {
  if (schema.length === 0 || top.length === 0) return null;
  const shown = schema.slice(0, drawnColumns);
  const columns = shown.map(({ name, type }) => ({ title: shortened(name, 24), right: isNumber(type) }));
  const types = shown.map(({ type }): PlainCell => ({ text: type, quiet: true }));
  const rows = top
    .slice(0, drawnRows)
    .map((row) => shown.map(({ name }) => valueCell(Object.hasOwn(row, name) ? row[name] : null)));
  return { columns, rows: [types, ...rows] };
}

function isNumber(type: string): boolean {
  return /^(double|float|decimal|u?int\d+)$/.test(type);
}

/** Letters of a value that are drawn. */
const valueLetters = 40;

/** A value of a table as it is drawn. */
export function valueCell(value: unknown): PlainCell {
  if (value === null || value === undefined) return { text: "–", quiet: true };
  const text = valueText(value);
  const short = shortened(text, valueLetters);
  return short === text ? { text } : { text: short, title: shortened(text, 400) };
}

function valueText(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString().replace("T00:00:00.000Z", "").replace(".000Z", "Z");
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value !== "object") return String(value);
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? Number(part) : part));
}

/** The columns that no table above names. */
function othersText(schema: readonly DataColumn[], drawn: boolean): string {
  const rest = drawn ? schema.slice(drawnColumns) : schema;
  if (rest.length === 0) return "";
  const named = rest.slice(0, namedColumns).map(({ name, type }) => `${shortened(name, 24)} ${type}`);
  const more = rest.length > namedColumns ? [`and ${rest.length - namedColumns} more`] : [];
  return `${drawn ? "and " : ""}${[...named, ...more].join(", ")}`;
}

interface VersionsDrawn {
  readonly nowMs: number;
  readonly limit: number;
}

function versionTable(history: readonly DataVersionRow[], { nowMs, limit }: VersionsDrawn): Drawn {
  const counts = history.some(({ rows }) => rows !== null);
  const titles = ["version", "md5", ...(counts ? ["rows"] : []), "size", "when", "who", "what"];
  const rows = history.slice(0, limit).map((version): readonly PlainCell[] => versionCells(version, counts, nowMs));
  const rest = history.length - limit;
  const more: readonly (readonly PlainCell[])[] =
    rest > 0 ? [titles.map((_, i) => ({ text: i === 0 ? `and ${rest} more` : "", quiet: true }))] : [];
  return {
    columns: titles.map((title) => ({ title, right: title === "rows" || title === "size" })),
    rows: [...rows, ...more],
  };
}

function versionCells(version: DataVersionRow, counts: boolean, nowMs: number): readonly PlainCell[] {
  const { rev, md5, bytes, rows, author, timeMs, message, tags } = version;
  const name = tags.length > 0 ? tags.join(", ") : (rev?.slice(0, 7) ?? "here");
  return [
    { text: name, strong: tags.length > 0, ...(rev === null ? {} : { title: rev }) },
    md5 === null ? { text: "taken away", quiet: true } : { text: md5.slice(0, 7), title: md5 },
    ...(counts ? [{ text: rows === null ? "–" : formatNumber(rows) }] : []),
    { text: bytes === null ? "–" : formatBytes(bytes) },
    { text: timeMs === null ? "" : formatAge(timeMs, nowMs), quiet: true },
    { text: shortened(author, 24) },
    { text: shortened(message, 48) },
  ];
}

/** Versions that a list of them draws. */
const listedVersions = 50;

/** All versions of some data. */
export function dataHistoryBundle(
  { path, versions }: { readonly path: string; readonly versions: readonly DataVersionRow[] },
  nowMs: number = Date.now(),
): MimeBundle {
  const facts = [counted(versions.length, "version")];
  const table = versionTable(versions, { nowMs, limit: listedVersions });
  return {
    "text/html": htmlHeader(path, facts) + wide(table),
    "text/plain": `${[path, ...facts].join(" · ")}\n${textTable(table.columns, table.rows)}`,
  };
}
