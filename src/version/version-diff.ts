import { type DataFormat, type DataTable, formatOf, readTableFile, TableFileError } from "../frame/index.ts";
import { drawable } from "../host/index.ts";
import { md5, type Project } from "../store/index.ts";
import { diffTables, sameValue, type TableChanges } from "./diff-tables.ts";
import { type DataFile, type DataWanted, type OpenedData, type OpenOptions, openData } from "./open-data.ts";
import { readDataFile } from "./read-data.ts";

/** How two versions of a folder differ: its files, by their paths in it. */
export interface FolderChanges {
  readonly kind: "folder";
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: number;
}

/** How two versions of a JSON file differ: its fields, as `params.beta` and `runs[2].rmse`. */
export interface JsonChanges {
  readonly kind: "json";
  readonly added: readonly { readonly field: string; readonly after: unknown }[];
  readonly removed: readonly { readonly field: string; readonly before: unknown }[];
  readonly changed: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
}

/** How two versions of any other file differ. */
export interface ByteChanges {
  readonly kind: "bytes";
  readonly before: { readonly bytes: number; readonly md5: string };
  readonly after: { readonly bytes: number; readonly md5: string };
}

export type ContentChanges = TableChanges | FolderChanges | JsonChanges | ByteChanges;

/** How the data at a path differs between two versions; draws itself. */
export class VersionDiff {
  readonly kind: "data-diff" = "data-diff";
  /** From the project's root, with `/`. */
  readonly path: string;
  /** The versions' names: a revision, or "here" for the folder as it is now. */
  readonly from: string;
  readonly to: string;
  /** Whether the content is the same. */
  readonly same: boolean;
  readonly changes: ContentChanges;

  constructor(facts: Pick<VersionDiff, "path" | "from" | "to" | "changes">) {
    this.path = facts.path;
    this.from = facts.from;
    this.to = facts.to;
    this.changes = facts.changes;
    this.same = isSame(facts.changes);
  }
}

drawable(VersionDiff.prototype, "data-diff");

function isSame(changes: ContentChanges): boolean {
  switch (changes.kind) {
    case "bytes":
      return changes.before.md5 === changes.after.md5;
    case "table": {
      const { added, removed, changed, columnsAdded, columnsRemoved, columnsRetyped } = changes;
      return added + removed + changed + columnsAdded.length + columnsRemoved.length + columnsRetyped.length === 0;
    }
    default:
      return changes.added.length + changes.removed.length + changes.changed.length === 0;
  }
}

/** One side of a comparison. */
export interface DiffSide {
  readonly wanted: DataWanted;
  readonly options: OpenOptions;
  /** What it is called. */
  readonly name: string;
}

export interface DiffOptions {
  /** Columns that tell a table's rows apart; without them rows are compared by their places. */
  readonly key?: string | readonly string[];
  /** What the file is, where its ending does not say. */
  readonly format?: DataFormat;
}

/**
 * How two versions of some data differ: rows and columns of tables, files of folders, fields of JSON, bytes of anything else.
 *
 * @throws {MissingDataError} @throws {RevisionError} @throws {MissingObjectError} @throws {RangeError} a key that names two rows
 */
export async function diffVersions(
  project: Project,
  sides: { readonly from: DiffSide; readonly to: DiffSide },
  options: DiffOptions = {},
): Promise<VersionDiff> {
  const before = await openData(project, sides.from.wanted, sides.from.options);
  try {
    const after = await openData(project, sides.to.wanted, sides.to.options);
    try {
      const changes = await compared(before, after, options);
      return new VersionDiff({ path: after.path, from: sides.from.name, to: sides.to.name, changes });
    } finally {
      await after.close();
    }
  } finally {
    await before.close();
  }
}

async function compared(before: OpenedData, after: OpenedData, options: DiffOptions): Promise<ContentChanges> {
  const [old] = before.files;
  const [next] = after.files;
  if (before.folder || after.folder || old === undefined || next === undefined) return folders(before, after);
  const format = options.format ?? formatOf(after.path);
  const { path } = after;
  if (format === "json") {
    const values = [
      await readDataFile(old, path, { as: "json" }),
      await readDataFile(next, path, { as: "json" }),
    ] as const;
    const tables = [await tableOf(old, path, format), await tableOf(next, path, format)] as const;
    if (tables[0] === null || tables[1] === null) return jsonChanges(...values);
    return diffTables(tables[0], tables[1], keyOf(options));
  }
  if (format === "bytes" || format === "text" || format === "npy")
    return { kind: "bytes", before: await sizeOf(old), after: await sizeOf(next) };
  const [was, is] = [await tableOf(old, path, format), await tableOf(next, path, format)];
  if (was === null || is === null) return { kind: "bytes", before: await sizeOf(old), after: await sizeOf(next) };
  return diffTables(was, is, keyOf(options));
}

function keyOf({ key }: DiffOptions): readonly string[] | null {
  if (key === undefined) return null;
  return typeof key === "string" ? [key] : key;
}

/** null for JSON that is no table. */
async function tableOf(
  file: DataFile,
  path: string,
  format: Exclude<DataFormat, "npy" | "text" | "bytes">,
): Promise<DataTable | null> {
  const source = await file.open();
  try {
    return await readTableFile({ source, path, format });
  } catch (error) {
    if (error instanceof TableFileError && format === "json") return null;
    throw error;
  } finally {
    await source.close();
  }
}

async function sizeOf(file: DataFile): Promise<{ readonly bytes: number; readonly md5: string }> {
  const source = await file.open();
  try {
    return { bytes: source.bytes, md5: file.md5 ?? md5(Buffer.from(await source.read(0, source.bytes))) };
  } finally {
    await source.close();
  }
}

async function folders(before: OpenedData, after: OpenedData): Promise<FolderChanges> {
  const old = new Map(before.files.map((file) => [file.relpath, file]));
  const next = new Map(after.files.map((file) => [file.relpath, file]));
  const changed: string[] = [];
  let unchanged = 0;
  for (const [relpath, file] of next) {
    const was = old.get(relpath);
    if (was === undefined) continue;
    if ((await digestOf(was)) === (await digestOf(file))) unchanged += 1;
    else changed.push(relpath);
  }
  return {
    kind: "folder",
    added: [...next.keys()].filter((relpath) => !old.has(relpath)),
    removed: [...old.keys()].filter((relpath) => !next.has(relpath)),
    changed,
    unchanged,
  };
}

async function digestOf(file: DataFile): Promise<string> {
  return file.md5 ?? (await sizeOf(file)).md5;
}

function jsonChanges(before: unknown, after: unknown): JsonChanges {
  const [old, next] = [fieldsOf(before), fieldsOf(after)];
  return {
    kind: "json",
    added: [...next].flatMap(([field, value]) => (old.has(field) ? [] : [{ field, after: value }])),
    removed: [...old].flatMap(([field, value]) => (next.has(field) ? [] : [{ field, before: value }])),
    changed: [...next].flatMap(([field, value]) =>
      old.has(field) && !sameValue(old.get(field), value) ? [{ field, before: old.get(field), after: value }] : [],
    ),
  };
}

/** The leaves of a JSON value by their paths; an empty list or object is a leaf. */
function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  const fields = new Map<string, unknown>();
  const visit = (part: unknown, path: string): void => {
    const entries: readonly (readonly [string, unknown])[] = Array.isArray(part)
      ? part.map((item: unknown, i) => [`${path}[${i}]`, item] as const)
      : typeof part === "object" && part !== null
        ? Object.entries(part).map(([key, one]) => [path === "" ? key : `${path}.${key}`, one as unknown] as const)
        : [];
    if (entries.length === 0) fields.set(path === "" ? "(value)" : path, part);
    for (const [name, one] of entries) visit(one, name);
  };
  visit(value, "");
  return fields;
}
