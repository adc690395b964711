import { errorFacts } from "../../error.ts";
import type { SchemaColumn } from "../../frame/index.ts";
import { tableHead } from "../../frame/index.ts";
import type { Project } from "../../store/index.ts";
import type { Catalog, DataSet } from "./data-set.ts";
import { loadSet, readingOf } from "./load-set.ts";
import { openSet } from "./set-data.ts";

/** What a look at a set's data gave. */
export interface CheckedSet {
  readonly name: string;
  readonly path: string;
  /** A sentence each; none when all is well. */
  readonly faults: readonly string[];
}

/** Looks at the data of each set: whether it is there, can be read, and is what the schema wants. Patterns are looked at by their problems only. */
export async function checkSets(
  project: Project,
  { sets, patterns }: Catalog,
  names: readonly string[],
): Promise<readonly CheckedSet[]> {
  const checked: CheckedSet[] = [];
  for (const set of [...sets.values(), ...patterns]) {
    if (names.length > 0 && !names.includes(set.name)) continue;
    const faults = patterns.includes(set) ? set.problems : await faultsOf(project, set);
    checked.push({ name: set.name, path: set.path, faults });
  }
  return checked;
}

async function faultsOf(project: Project, set: DataSet): Promise<readonly string[]> {
  if (set.problems.length > 0) return set.problems;
  try {
    const loaded = await loadSet(project, set, set.schema === null ? { as: "bytes" } : {});
    if (set.partitions === null) return [];
    for (const part of Object.values(loaded as Readonly<Record<string, () => Promise<unknown>>>)) await part();
    return [];
  } catch (error) {
    return [errorFacts(error).message];
  }
}

/** The columns of a set: as its schema says, else as its file has them; null for what is no table or is not there. */
export async function columnsOf(
  project: Project,
  set: DataSet,
): Promise<readonly (SchemaColumn & { readonly optional: boolean })[] | null> {
  const { schema, format } = set;
  if (schema !== null)
    return schema.map(({ name, type, optional }) => ({ name, type: type === "number" ? "double" : type, optional }));
  if (format === "npy" || format === "text" || format === "bytes" || set.problems.length > 0) return null;
  const data = await openSet(project, set, {}).catch(() => null);
  if (data === null) return null;
  try {
    const [file] = data.files;
    if (file === undefined) return null;
    const source = await file.open();
    try {
      const head = await tableHead({ source, path: set.path, format }, 0, readingOf(set));
      return head?.columns.map((column) => ({ ...column, optional: true })) ?? null;
    } finally {
      await source.close();
    }
  } finally {
    await data.close();
  }
}
