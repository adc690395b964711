import type { MimeBundle } from "../host/index.ts";
import { counted, type DataColumn, type Drawn, valueCell, wide } from "./data-bundle.ts";
import { htmlHeader, htmlNote, type PlainCell } from "./html.ts";
import { formatBytes } from "./numbers.ts";
import { shortened, textTable } from "./plain-text.ts";

type Row = Readonly<Record<string, unknown>>;

/** What is shown of a difference. */
export interface DataDiffFacts {
  readonly path: string;
  readonly from: string;
  readonly to: string;
  readonly same: boolean;
  readonly changes: TableChangesShown | FolderChangesShown | JsonChangesShown | ByteChangesShown;
}

export interface TableChangesShown {
  readonly kind: "table";
  readonly rows: { readonly before: number; readonly after: number };
  readonly columnsAdded: readonly DataColumn[];
  readonly columnsRemoved: readonly DataColumn[];
  readonly columnsRetyped: readonly { readonly name: string; readonly before: string; readonly after: string }[];
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly addedRows: readonly Row[];
  readonly removedRows: readonly Row[];
  readonly changedCells: readonly {
    readonly row: string;
    readonly column: string;
    readonly before: unknown;
    readonly after: unknown;
  }[];
}

export interface FolderChangesShown {
  readonly kind: "folder";
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: number;
}

export interface JsonChangesShown {
  readonly kind: "json";
  readonly added: readonly { readonly field: string; readonly after: unknown }[];
  readonly removed: readonly { readonly field: string; readonly before: unknown }[];
  readonly changed: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
}

export interface ByteChangesShown {
  readonly kind: "bytes";
  readonly before: { readonly bytes: number; readonly md5: string };
  readonly after: { readonly bytes: number; readonly md5: string };
}

/** Lines of each kind that are drawn. */
const drawnLines = 20;

/** A difference of two versions: what, before, after; the words "added", "removed" and "changed" carry it, no colour has to. */
export function dataDiffBundle({ path, from, to, same, changes }: DataDiffFacts): MimeBundle {
  const facts = [`${from} → ${to}`, ...(same ? ["the same"] : summary(changes))];
  const lines = same ? [] : linesOf(changes);
  const table: Drawn = {
    columns: ["", "where", "before", "after"].map((title) => ({ title, right: false })),
    rows: lines.slice(0, drawnLines * 3),
  };
  const more = same ? "" : restText(changes, table.rows.length);
  return {
    "text/html": htmlHeader(path, facts) + (lines.length === 0 ? "" : wide(table)) + htmlNote(more),
    "text/plain": [
      [path, ...facts].join(" · "),
      ...(lines.length === 0 ? [] : [textTable(table.columns, table.rows)]),
      ...(more === "" ? [] : [more]),
    ].join("\n"),
  };
}

function summary(changes: DataDiffFacts["changes"]): readonly string[] {
  const said = (count: number, noun: string, what: string): readonly string[] =>
    count === 0 ? [] : [`${counted(count, noun)} ${what}`];
  if (changes.kind === "bytes") return [`${formatBytes(changes.before.bytes)} → ${formatBytes(changes.after.bytes)}`];
  const noun = { table: "row", folder: "file", json: "field" }[changes.kind];
  const of = (part: number | readonly unknown[]): number => (typeof part === "number" ? part : part.length);
  const counts = [
    ...said(of(changes.added), noun, "added"),
    ...said(of(changes.removed), noun, "removed"),
    ...said(of(changes.changed), noun, "changed"),
  ];
  return changes.kind === "folder" ? [...counts, `${changes.unchanged} as before`] : counts;
}

type Line = readonly [PlainCell, PlainCell, PlainCell, PlainCell];

const none: PlainCell = { text: "" };

function line(what: string, where: string, [before, after]: readonly [PlainCell, PlainCell]): Line {
  return [{ text: what, strong: true }, { text: shortened(where) }, before, after];
}

function linesOf(changes: DataDiffFacts["changes"]): readonly Line[] {
  switch (changes.kind) {
    case "table":
      return tableLines(changes);
    case "folder":
      return [
        ...first(changes.added).map((file) => line("added", file, [none, none])),
        ...first(changes.removed).map((file) => line("removed", file, [none, none])),
        ...first(changes.changed).map((file) => line("changed", file, [none, none])),
      ];
    case "json":
      return [
        ...first(changes.added).map(({ field, after }) => line("added", field, [none, valueCell(after)])),
        ...first(changes.removed).map(({ field, before }) => line("removed", field, [valueCell(before), none])),
        ...first(changes.changed).map(({ field, before, after }) =>
          line("changed", field, [valueCell(before), valueCell(after)]),
        ),
      ];
    case "bytes":
      return [line("changed", "md5", [{ text: changes.before.md5 }, { text: changes.after.md5 }])];
  }
}

function first<T>(items: readonly T[]): readonly T[] {
  return items.slice(0, drawnLines);
}

function tableLines(changes: TableChangesShown): readonly Line[] {
  return [
    ...first(changes.columnsAdded).map(({ name, type }) => line("column added", name, [none, { text: type }])),
    ...first(changes.columnsRemoved).map(({ name, type }) => line("column removed", name, [{ text: type }, none])),
    ...first(changes.columnsRetyped).map(({ name, before, after }) =>
      line("column changed", name, [{ text: before }, { text: after }]),
    ),
    ...first(changes.changedCells).map(({ row, column, before, after }) =>
      line("changed", `${row} · ${column}`, [valueCell(before), valueCell(after)]),
    ),
    ...first(changes.addedRows).map((row) => line("added", rowText(row), [none, none])),
    ...first(changes.removedRows).map((row) => line("removed", rowText(row), [none, none])),
  ];
}

function rowText(row: Row): string {
  return Object.entries(row)
    .slice(0, 6)
    .map(([name, value]) => `${name} ${valueCell(value).text}`)
    .join(", ");
}

function restText(changes: DataDiffFacts["changes"], drawn: number): string {
  if (changes.kind === "bytes") return "";
  if (changes.kind === "table") {
    const total = changes.added + changes.removed + changes.changed;
    const listed =
      first(changes.addedRows).length + first(changes.removedRows).length + Math.min(changes.changed, drawnLines);
    return total > listed ? `and ${total - listed} more rows` : "";
  }
  const total = changes.added.length + changes.removed.length + changes.changed.length;
  return total > drawn ? `and ${total - drawn} more` : "";
}
