import type { SchemaColumn } from "../../frame/index.ts";
import type { DataSet } from "./data-set.ts";

/** A set with its columns; null for what is no table. */
export interface TypedSet {
  readonly set: DataSet;
  readonly columns: readonly (SchemaColumn & { readonly optional: boolean })[] | null;
}

/** The text of `catalog.d.ts`, with which `version.load()` and `version.save()` know each set by its name. */
export function printTypes(sets: readonly TypedSet[]): string {
  const rows = sets.map(({ set, columns }) => `${doc(set)}    ${keyOf(set.name)}: ${typeOf(set, columns)};\n`);
  return `// Made by \`stemma catalog types\`: run it again when the catalog or its data has changed.
export {};

declare module "stemma" {
  interface CatalogSets {
${rows.join("")}  }
}
`;
}

function doc({ description, path }: DataSet): string {
  return `    /** ${(description ?? path).replaceAll("*/", "* /").replace(/\s+/g, " ")} */\n`;
}

/** A pattern's key is all names that fit it. */
function keyOf(name: string): string {
  if (!/\{\w+\}/.test(name)) return JSON.stringify(name);
  const template = name.replace(/[`\\]/g, "\\$&").replace(/\{\w+\}/g, () => `$${"{string}"}`);
  return `[name: \`${template}\`]`;
}

function typeOf(set: DataSet, columns: TypedSet["columns"]): string {
  const content = contentOf(set, columns);
  return set.partitions === null ? content : `{ readonly [partition: string]: () => Promise<${content}> }`;
}

function contentOf({ as, format, schema }: DataSet, columns: TypedSet["columns"]): string {
  if (as === "text" || (as === null && format === "text")) return "string";
  if (as === "bytes" || (as === null && format === "bytes")) return "Uint8Array";
  if (as === "arquero" || as === "json" || columns === null || (as === null && format === "json" && schema === null))
    return "unknown";
  const json = format === "json" || format === "jsonl";
  const fields = columns.map((column) => {
    const value = `${valueType(column.type, json)}${column.optional ? " | null" : ""}`;
    return `readonly ${JSON.stringify(column.name)}: ${as === "columns" ? `ArrayLike<${value}>` : value}`;
  });
  const record = `{ ${fields.join("; ")} }`;
  return as === "columns"
    ? record
    : `readonly ${record}[]`.replace(/^readonly \{/, "readonly ({").replace(/\}\[\]$/, "})[]");
}

function valueType(type: SchemaColumn["type"], json: boolean): string {
  switch (type) {
    case "boolean":
      return "boolean";
    case "string":
      return "string";
    case "timestamp":
    case "date":
      return json ? "string" : "Date";
    case "int64":
    case "uint64":
      return json ? "number" : "number | bigint";
    case "binary":
      return "Uint8Array";
    case "list":
      return "readonly unknown[]";
    case "struct":
      return "{ readonly [key: string]: unknown }";
    case "mixed":
    case "time":
      return "unknown";
    case "null":
      return "null";
    default:
      return "number";
  }
}
