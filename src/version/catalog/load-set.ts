import { readTableFile, type SchemaType } from "../../frame/index.ts";
import type { Project } from "../../store/index.ts";
import type { DataFile } from "../open-data.ts";
import { onlyFile, type ReadAs, type ReadFormat, readDataFile, shaped } from "../read-data.ts";
import { CatalogError } from "./catalog-error.ts";
import { schemaFaults } from "./check-schema.ts";
import type { DataSet } from "./data-set.ts";
import { openSet, type SetState } from "./set-data.ts";

export interface LoadOptions extends SetState {
  readonly as?: ReadAs;
}

/** The partitions of a set by their names, each loaded when it is asked for. */
export type Partitions<T = unknown> = Readonly<Record<string, () => Promise<T>>>;

/**
 * What a data set holds: as its file's kind gives it, or as asked for; of a partitioned set one function a partition.
 *
 * @throws {CatalogError} it is not what the set's schema wants @throws {TableFileError}
 */
export async function loadSet(
  project: Project,
  set: DataSet,
  options: LoadOptions & { readonly signal?: AbortSignal },
): Promise<unknown> {
  if (set.partitions !== null) return partitions(project, set, options);
  const data = await openSet(project, set, options);
  try {
    return await contentOf(set, { file: onlyFile(data, "load"), path: set.path }, options);
  } finally {
    await data.close();
  }
}

interface NamedFile {
  readonly file: DataFile;
  readonly path: string;
}

async function contentOf(
  set: DataSet,
  { file, path }: NamedFile,
  { as, signal }: LoadOptions & { readonly signal?: AbortSignal },
): Promise<unknown> {
  const shape = as ?? set.as ?? undefined;
  const reading: ReadFormat = { ...readingOf(set), ...(shape === undefined ? {} : { as: shape }) };
  const stop = signal === undefined ? {} : { signal };
  const { schema, format } = set;
  const checked = schema !== null && format !== "npy" && format !== "text" && format !== "bytes";
  if (!checked || shape === "bytes" || shape === "text") return readDataFile(file, path, { ...reading, ...stop });
  const source = await file.open();
  try {
    const table = await readTableFile({ source, path, format }, { ...reading, ...stop });
    const faults = schemaFaults(schema, table.columns);
    if (faults.length > 0)
      throw new CatalogError(`${set.name} (${path}) is not what ${set.file} wants: ${faults.join("; ")}.`);
    return await shaped(table, shape === undefined || shape === "json" ? "rows" : shape);
  } finally {
    await source.close();
  }
}

/** How the set's file is read: its options, and the schema's types where a file has none of its own. */
export function readingOf({ options, schema, format }: DataSet): ReadFormat {
  const types: Record<string, SchemaType> = {};
  // The others are what all values fit anyway, and a wrong one is told by the schema's own check.
  for (const { name, type } of schema ?? []) if (type === "string" || type === "int64") types[name] = type;
  return { ...options, format, types: { ...types, ...options.types } };
}

async function partitions(
  project: Project,
  set: DataSet,
  options: LoadOptions & { readonly signal?: AbortSignal },
): Promise<Partitions> {
  const suffix = set.partitions?.suffix ?? "";
  const data = await openSet(project, set, options);
  try {
    if (!data.folder && data.files.length > 0)
      throw new CatalogError(`${set.file}: ${set.name} is partitioned, and ${set.path} is a file.`);
    const names = data.files.map(({ relpath }) => relpath).filter((relpath) => relpath.endsWith(suffix));
    const load = (relpath: string) => async (): Promise<unknown> => {
      const again = await openSet(project, set, options);
      try {
        const file = again.files.find((one) => one.relpath === relpath);
        if (file === undefined) throw new CatalogError(`${set.path}/${relpath} is gone.`);
        return await contentOf(set, { file: { ...file, relpath: "" }, path: `${set.path}/${relpath}` }, options);
      } finally {
        await again.close();
      }
    };
    return Object.fromEntries(names.map((name) => [name.slice(0, name.length - suffix.length), load(name)]));
  } finally {
    await data.close();
  }
}
