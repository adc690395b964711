import { type DataFormat, formatOf, type SchemaType, type TableReadOptions } from "../../frame/index.ts";
import type { DataSet, WantedColumn } from "./data-set.ts";
import { type Entry, type EntryPlace, endings, fault, isAddress, isEntry, text } from "./entry.ts";
import { kedroSet } from "./kedro.ts";

const keys = new Set(
  "path format options as schema partitions versioned credentials config repo rev remote description".split(" "),
);
const formats: readonly DataFormat[] = ["parquet", "csv", "json", "jsonl", "arrow", "npy", "text", "bytes"];
const shapes = ["rows", "columns", "arquero", "json", "text", "bytes"] as const;
const optionKeys = new Set("columns delimiter encoding header missing types bigints".split(" "));

/** An entry of a catalog as a data set: Stemma's own, or Kedro's, which has a `type`. @throws {CatalogError} */
export function parseSet(entry: unknown, place: EntryPlace): DataSet {
  if (typeof entry === "string") return parseSet({ path: entry }, place);
  if (!isEntry(entry)) throw fault(place, `wants at least a path, got ${JSON.stringify(entry)}`);
  if (typeof entry["type"] === "string") return kedroSet(entry, place);
  checkKeys(entry, keys, place);
  const path = requiredText(entry, "path", place);
  const inner = parsePartitions(entry["partitions"], place);
  const format = parseFormat(entry["format"], inner === null ? path : `x${inner.suffix}`, place);
  return {
    name: place.name,
    path,
    format,
    options: parseOptions(entry["options"], place),
    as: parseShape(entry["as"], place),
    schema: parseSchema(entry["schema"], place),
    partitions: inner === null ? null : { suffix: inner.suffix === "" ? endings[format] : inner.suffix },
    versions: entry["versioned"] === false || isAddress(path) ? "none" : "dvc",
    credentials: text(entry, "credentials", place),
    config: parseConfig(entry["config"], place),
    rev: text(entry, "rev", place),
    repo: text(entry, "repo", place),
    remote: text(entry, "remote", place),
    description: text(entry, "description", place),
    file: place.file,
    problems: [],
  };
}

function checkKeys(entry: Entry, known: ReadonlySet<string>, place: EntryPlace): void {
  const other = Object.keys(entry).find((key) => !known.has(key));
  if (other === undefined) return;
  throw fault(place, `has ${JSON.stringify(other)}, which no catalog knows; there are ${[...known].join(", ")}`);
}

function requiredText(entry: Entry, key: string, place: EntryPlace): string {
  const value = text(entry, key, place);
  if (value === null || value.trim() === "") throw fault(place, `has no ${key}`);
  return value;
}

function parseFormat(value: unknown, path: string, place: EntryPlace): DataFormat {
  if (value === undefined || value === null) return formatOf(path);
  const format = formats.find((one) => one === value);
  if (format !== undefined) return format;
  throw fault(place, `has the format ${JSON.stringify(value)}; there are ${formats.join(", ")}`);
}

function parseShape(value: unknown, place: EntryPlace): DataSet["as"] {
  if (value === undefined || value === null) return null;
  const shape = shapes.find((one) => one === value);
  if (shape !== undefined) return shape;
  throw fault(place, `wants "as" to be one of ${shapes.join(", ")}, got ${JSON.stringify(value)}`);
}

function parseOptions(value: unknown, place: EntryPlace): TableReadOptions {
  if (value === undefined || value === null) return {};
  if (!isEntry(value)) throw fault(place, `wants its options by name, got ${JSON.stringify(value)}`);
  checkKeys(value, optionKeys, place);
  return value as TableReadOptions;
}

function parseConfig(value: unknown, place: EntryPlace): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (!isEntry(value)) throw fault(place, `wants its config by name, got ${JSON.stringify(value)}`);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, String(one)]));
}

function parsePartitions(value: unknown, place: EntryPlace): { readonly suffix: string } | null {
  if (value === undefined || value === null || value === false) return null;
  if (value === true) return { suffix: "" };
  if (typeof value === "string") return { suffix: value };
  throw fault(place, `wants partitions to be true, or the ending of their files: ".csv"; got ${JSON.stringify(value)}`);
}

const types = new Set<string>(
  (
    "number double float int8 int16 int32 int64 uint8 uint16 uint32 uint64 boolean string timestamp date time decimal " +
    "binary list struct mixed null"
  ).split(" "),
);

function parseSchema(value: unknown, place: EntryPlace): readonly WantedColumn[] | null {
  if (value === undefined || value === null) return null;
  if (!isEntry(value)) throw fault(place, `wants its schema as column: type, got ${JSON.stringify(value)}`);
  return Object.entries(value).map(([name, given]) => {
    const said = String(given);
    const type = said.replace(/\?$/, "");
    if (!types.has(type)) {
      throw fault(
        place,
        `has the type ${JSON.stringify(said)} in column ${JSON.stringify(name)}; there are ${[...types].join(", ")}, with "?" where values may be missing`,
      );
    }
    return { name, type: type as SchemaType | "number", optional: said.endsWith("?") };
  });
}
