import {
  isFloat,
  isYamlMap,
  parseParamsFile,
  pythonEqual,
  pythonRepr,
  YamlFloat,
  type YamlMap,
  type YamlValue,
  yamlEntries,
} from "../format/index.ts";
import { PipelineError } from "./pipeline-error.ts";
import type { View } from "./view.ts";

/** What a file of params or metrics says, or why it could not be read. */
export type FileValues =
  | { readonly data: YamlValue }
  | { readonly error: { readonly type: string; readonly msg: string } };

/** By file, from the project's root. */
export type ViewValues = ReadonlyMap<string, FileValues>;

/** Reads a file of values; what goes wrong is told, not thrown: one bad file must not hide the others. */
export function readValues(view: View, path: string, select: (value: YamlValue) => YamlValue): FileValues {
  try {
    if (view.kind(path) === "folder") throw new PipelineError(`'${path}' is a directory`);
    const bytes = view.read(path);
    if (bytes === null) {
      const fault = view.isRecorded(path)
        ? `No storage files available: '${path}'`
        : `No such file or directory: '${path}'`;
      return { error: { type: "FileNotFoundError", msg: `[Errno 2] ${fault}` } };
    }
    return { data: select(parseParamsFile(bytes.toString("utf8"), path)) };
  } catch (error) {
    const msg = error instanceof Error ? error.message : String(error);
    return { error: { type: error instanceof Error ? error.name : "Error", msg } };
  }
}

/** A value that differs between two revisions. */
export interface ValueDiff {
  readonly old: YamlValue;
  readonly new: YamlValue;
  /** Of numbers: new - old. */
  readonly diff?: YamlValue;
}

/** By file, from the project's root, then by dotted key. */
export type ValuesDiff = ReadonlyMap<string, ReadonlyMap<string, ValueDiff>>;

/** How values differ between two revisions (dvc/utils/diff.py). @param all what is the same, too */
export function diffValues(before: ViewValues, after: ViewValues, all: boolean): ValuesDiff {
  const files = new Map<string, ReadonlyMap<string, ValueDiff>>();
  for (const file of new Set([...before.keys(), ...after.keys()])) {
    const old = flatValues(before.get(file));
    const now = flatValues(after.get(file));
    const diffs = new Map<string, ValueDiff>();
    for (const key of new Set([...old.keys(), ...now.keys()])) {
      const diff = diffOf(old.get(key) ?? null, now.get(key) ?? null, all);
      if (diff !== null) diffs.set(key, diff);
    }
    if (diffs.size > 0) files.set(file, diffs);
  }
  return files;
}

/** Leaves by dotted key; a list is one leaf, as Python writes it. */
export function flatValues(values: FileValues | undefined): ReadonlyMap<string, YamlValue> {
  const data = values !== undefined && "data" in values ? values.data : {};
  // A file that is one value has no keys.
  return new Map(isYamlMap(data) ? leaves(data, "") : [["", data]]);
}

function leaves(map: YamlMap, prefix: string): readonly (readonly [string, YamlValue])[] {
  return yamlEntries(map).flatMap(([key, value]) => {
    const path = `${prefix}${String(key)}`;
    if (isYamlMap(value)) return leaves(value, `${path}.`);
    return [[path, Array.isArray(value) ? pythonRepr(value) : value] as const];
  });
}

function diffOf(old: YamlValue, now: YamlValue, all: boolean): ValueDiff | null {
  if (!all && pythonEqual(old, now)) return null;
  const difference = subtract(now, old);
  return { old, new: now, ...(difference === null ? {} : { diff: difference }) };
}

/** As Python subtracts: integers stay integers, of any size. */
function subtract(a: YamlValue, b: YamlValue): YamlValue | null {
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left === null || right === null) return null;
  if (isFloat(left) || isFloat(right)) {
    const value = Number(left) - Number(right);
    return Number.isInteger(value) ? new YamlFloat(value) : value;
  }
  const exact = BigInt(left as number | bigint) - BigInt(right as number | bigint);
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

function numberOf(value: YamlValue): number | bigint | YamlFloat | null {
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "number" || typeof value === "bigint" || value instanceof YamlFloat ? value : null;
}
