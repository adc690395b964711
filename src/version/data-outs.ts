import { posix } from "node:path";
import {
  type DvcDep,
  type HashName,
  isYamlMap,
  type LockEntry,
  parseDvcFile,
  parseDvcLock,
  parseDvcYaml,
  type StageSource,
  type YamlMap,
  type YamlValue,
  yamlEntries,
} from "../format/index.ts";
import { lockBeside, type ProjectFiles } from "./project-files.ts";
import { insidePath } from "./tracked-outs.ts";

export type OutKind = "data" | "metrics" | "plots";

/** An output of a `.dvc` file or of a stage, with what decides where it is kept. */
export interface DataOut {
  /** From the project's root, with `/`. */
  readonly path: string;
  /** The `.dvc` or `dvc.yaml` that says so, from the project's root; and the stage's name in the latter. */
  readonly file: string;
  readonly stage: string | null;
  readonly md5: string | null;
  readonly hash: HashName;
  readonly bytes: number | null;
  readonly isexec: boolean;
  readonly cache: boolean;
  readonly remote: string | null;
  readonly push: boolean;
  readonly kind: OutKind;
  /** What it was made of: paths from the project's root. */
  readonly deps: readonly string[];
  /** Where it was imported from; null when it was made here. */
  readonly source: DvcDep | null;
}

/**
 * The outputs of a state of a project, by file.
 *
 * @throws {FormatError} a file that DVC would refuse too
 */
export function dataOuts(files: ProjectFiles): readonly DataOut[] {
  return files.paths.flatMap((file) => {
    const text = files.read(file) ?? "";
    return file.endsWith(".dvc")
      ? fileOuts(file, text)
      : stageOuts(file, { pipeline: text, lock: files.read(lockBeside(file)) });
  });
}

function fileOuts(file: string, text: string): readonly DataOut[] {
  const parsed = parseDvcFile(text, file);
  const base = posix.join(posix.dirname(file), parsed.wdir ?? "");
  return parsed.outs.map((out) => ({
    path: insidePath(posix.join(base, out.path), file),
    file,
    stage: null,
    md5: out.cloud ? null : out.md5,
    hash: out.hash,
    bytes: out.size,
    isexec: out.isexec,
    cache: out.cache,
    remote: out.remote,
    push: out.push,
    kind: "data",
    deps: [],
    source: parsed.deps[0] ?? null,
  }));
}

interface Flags {
  readonly matches: RegExp;
  readonly cache: boolean;
  readonly remote: string | null;
  readonly push: boolean;
  readonly kind: OutKind;
}

/** What the stages of a `dvc.yaml` made, as its lock says; `dvc.yaml` says which stages there are, and how their outputs are kept. */
export function stageOuts(
  file: string,
  texts: { readonly pipeline: string; readonly lock: string | null },
): readonly DataOut[] {
  if (texts.lock === null || texts.lock.trim() === "") return [];
  const { stages } = parseDvcYaml(texts.pipeline, file);
  const folder = posix.dirname(file);
  const lockFile = lockBeside(file);
  return [...parseDvcLock(texts.lock, lockFile).stages].flatMap(([name, locked]) => {
    const source = stages.get(name) ?? stages.get(name.replace(/@.*$/, ""));
    if (source === undefined) return [];
    const fields = new Map(yamlEntries(source.body));
    // A lock's paths are from the stage's own folder. A templated folder cannot be told from here; the common one is a constant.
    const wdir = fields.get("wdir");
    const base = posix.join(folder, typeof wdir === "string" ? wdir : "");
    const flags = flagsOf(source);
    const deps = locked.deps.map((entry) => posix.join(base, entry.path));
    return locked.outs.flatMap((entry): readonly DataOut[] => {
      const own = flags.find(({ matches }) => matches.test(entry.path));
      // Outside of the project DVC keeps nothing; what it only watches there is no data of ours.
      if (own?.cache === false && isElsewhere(base, entry.path)) return [];
      const path = isAbsolute(entry.path) ? entry.path : posix.join(base, entry.path);
      return [{ ...lockedOut(entry, own), path: insidePath(path, `${lockFile}: ${name}`), file, stage: name, deps }];
    });
  });
}

function isAbsolute(path: string): boolean {
  return posix.isAbsolute(path) || /^[a-z][a-z0-9+.-]*:\/\//i.test(path);
}

function isElsewhere(base: string, path: string): boolean {
  return isAbsolute(path) || posix.join(base, path).startsWith("../");
}

function lockedOut(entry: LockEntry, flags: Flags | undefined): Omit<DataOut, "path" | "file" | "stage" | "deps"> {
  return {
    md5: entry.md5,
    hash: entry.hash,
    bytes: entry.size,
    isexec: entry.isexec,
    cache: flags?.cache ?? true,
    remote: flags?.remote ?? null,
    push: flags?.push ?? true,
    kind: flags?.kind ?? "data",
    source: null,
  };
}

function flagsOf({ body }: StageSource): readonly Flags[] {
  const fields = new Map(yamlEntries(body));
  const kinds = [["outs", "data"] as const, ["metrics", "metrics"] as const, ["plots", "plots"] as const];
  return kinds.flatMap(([key, kind]) => {
    const listed: YamlValue = fields.get(key) ?? null;
    return (Array.isArray(listed) ? listed : []).flatMap((out: YamlValue) => {
      if (!isYamlMap(out)) return [flagsAt(String(out), null, kind)];
      return [...yamlEntries(out)].map(([path, given]) => flagsAt(String(path), given, kind));
    });
  });
}

function flagsAt(path: string, given: YamlValue, kind: OutKind): Flags {
  const flags = new Map(isYamlMap(given) ? yamlEntries(given as YamlMap) : []);
  const remote = flags.get("remote");
  return {
    matches: templatePattern(path),
    cache: flags.get("cache") !== false,
    remote: typeof remote === "string" ? remote : null,
    push: flags.get("push") !== false,
    kind,
  };
}

/** The paths that a template can become: `models/${item}.bin` any name there. */
function templatePattern(path: string): RegExp {
  const parts = posix
    .normalize(path)
    .replace(/\/$/, "")
    .split(/\$\{[^}]*\}/);
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".+")}$`, "s");
}
