import { compareCodePoints } from "./code-points.ts";
import { entryDigest, entryHash, type HashName } from "./dvc-entry.ts";
import { Fields } from "./fields.ts";
import { readYaml } from "./yaml-parse.ts";
import { printYaml } from "./yaml-print.ts";
import { isYamlMap, type YamlMap, type YamlValue } from "./yaml-value.ts";

/** A dependency or output as a stage last saw it. */
export interface LockEntry {
  /** From the folder of `dvc.yaml` (and the stage's `wdir`), with `/`. */
  readonly path: string;
  readonly hash: HashName;
  /** 32 hex digits, with `.dir` for a folder; null for what has none (a callback, a database). */
  readonly md5: string | null;
  readonly size: number | null;
  readonly nfiles: number | null;
  readonly isexec: boolean;
  /** What S3 tells versions of a dependency apart by. */
  readonly etag?: string;
  /** The same, of a web server. */
  readonly checksum?: string;
}

export interface LockStage {
  readonly cmd: string | readonly string[];
  readonly deps: readonly LockEntry[];
  /** By file, then by (dotted) key: the values as the params file has them. */
  readonly params: ReadonlyMap<string, YamlMap>;
  readonly outs: readonly LockEntry[];
}

/** A `dvc.lock` of schema 2.0; the stages in the order of the file. */
export interface DvcLock {
  readonly stages: ReadonlyMap<string, LockStage>;
  /** Kept as it is. */
  readonly datasets: YamlValue;
}

const stageKeys = new Set(["cmd", "deps", "params", "outs"]);

/**
 * What a `dvc.lock` says.
 *
 * @throws {FormatError} "dvc.lock:12: stages.fit.outs[0].md5: want 32 hex digits, got 31"
 */
export function parseDvcLock(text: string, path: string): DvcLock {
  const source = readYaml(text, path);
  const fields = new Fields(source.value ?? {}, source, { file: path });
  if (fields.text("schema") !== "2.0") {
    throw fields.fault(["schema"], `want '2.0', got ${JSON.stringify(fields.get("schema") ?? null)}`);
  }
  fields.only(new Set(["schema", "datasets", "stages"]));
  const stages = fields.fields("stages");
  return {
    stages: new Map((stages?.keys() ?? []).map((name) => [name, parseStage(stages?.fields(name) ?? null)])),
    datasets: (fields.get("datasets") ?? null) as YamlValue,
  };
}

function parseStage(fields: Fields | null): LockStage {
  if (fields === null) return { cmd: "", deps: [], params: new Map(), outs: [] };
  fields.only(stageKeys);
  const cmd = fields.get("cmd");
  if (typeof cmd !== "string" && !isTexts(cmd)) throw fields.fault(["cmd"], "want a text or a list of texts");
  const params = fields.fields("params");
  return {
    cmd,
    deps: fields.list("deps").map(parseEntry),
    params: new Map((params?.keys() ?? []).map((file) => [file, paramsOf(params, file)])),
    outs: fields.list("outs").map(parseEntry),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function paramsOf(params: Fields | null, file: string): YamlMap {
  const value = params?.get(file);
  if (params === null || !isYamlMap(value)) throw params?.fault([file], "want a mapping of params") ?? new Error(file);
  return value;
}

function parseEntry(fields: Fields): LockEntry {
  return {
    path: fields.requiredText("path"),
    hash: entryHash(fields),
    md5: entryDigest(fields),
    size: fields.count("size"),
    nfiles: fields.count("nfiles"),
    isexec: fields.flag("isexec", false),
    ...textIf(fields, "etag"),
    ...textIf(fields, "checksum"),
  };
}

function textIf(fields: Fields, key: "etag" | "checksum"): Pick<LockEntry, "etag" | "checksum"> {
  const value = fields.get(key);
  return value === undefined || value === null ? {} : { [key]: String(value) };
}

/** The bytes that `dvc repro` writes for a lock (dvc/stage/serialize.py, to_lockfile). */
export function printDvcLock(lock: DvcLock): string {
  const stages = new Map([...lock.stages].map(([name, stage]) => [name, lockStageValue(stage)]));
  return printYaml({
    schema: "2.0",
    ...(lock.datasets === null ? {} : { datasets: lock.datasets }),
    stages,
  });
}

/** One stage of a lock, as it stands under `stages:`; the lines of a whole lock are its head and these. */
export function printLockStage(name: string, stage: LockStage): string {
  return printYaml({ stages: new Map([[name, lockStageValue(stage)]]) }).slice("stages:\n".length);
}

/**
 * The entry of one stage by itself: a file of the run cache.
 *
 * @throws {FormatError}
 */
export function parseLockStage(text: string, path: string): LockStage {
  const source = readYaml(text, path);
  return parseStage(new Fields(source.value ?? {}, source, { file: path }));
}

/** The bytes of one stage's entry by itself. */
export function printLockEntry(stage: LockStage): string {
  return printYaml(lockStageValue(stage));
}

/** One stage as a lock has it: what DVC hashes for its run cache. */
export function lockStageValue(stage: LockStage): YamlMap {
  return {
    cmd: stage.cmd,
    ...(stage.deps.length === 0 ? {} : { deps: byPath(stage.deps) }),
    ...(stage.params.size === 0 ? {} : { params: paramsValue(stage.params) }),
    ...(stage.outs.length === 0 ? {} : { outs: byPath(stage.outs) }),
  };
}

function byPath(entries: readonly LockEntry[]): readonly YamlMap[] {
  return entries.toSorted((a, b) => compareCodePoints(a.path, b.path)).map(entryValue);
}

function entryValue(entry: LockEntry): YamlMap {
  return {
    path: entry.path,
    ...(entry.hash === "md5" ? { hash: "md5" } : {}),
    ...(entry.md5 === null ? {} : { md5: entry.md5 }),
    ...(entry.etag === undefined ? {} : { etag: entry.etag }),
    ...(entry.checksum === undefined ? {} : { checksum: entry.checksum }),
    ...(entry.size === null ? {} : { size: entry.size }),
    ...(entry.nfiles === null ? {} : { nfiles: entry.nfiles }),
    ...(entry.isexec ? { isexec: true } : {}),
  };
}

/** `params.yaml` first, then the other files by name; the keys of each by code point, what is in them as it is. */
function paramsValue(params: ReadonlyMap<string, YamlMap>): YamlMap {
  const rank = (file: string): string => (file === "params.yaml" ? "" : file);
  const files = [...params].toSorted(([a], [b]) => compareCodePoints(rank(a), rank(b)));
  return new Map(files.map(([file, values]) => [file, sortedKeys(values)]));
}

function sortedKeys(values: YamlMap): YamlMap {
  const entries = values instanceof Map ? [...values] : Object.entries(values);
  return new Map(entries.toSorted(([a], [b]) => compareCodePoints(String(a), String(b))));
}
