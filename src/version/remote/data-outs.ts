import { posix } from "node:path";
import {
  type DvcDep,
  type HashName,
  type LockEntry,
  parseDvcFile,
  parseDvcLock,
  parseYaml,
  plainValue,
} from "../../format/index.ts";
import type { ProjectFiles } from "./project-files.ts";

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
    if (file.endsWith(".dvc")) return fileOuts(file, text);
    const lock = posix.join(posix.dirname(file), "dvc.lock");
    return stageOuts(file, { pipeline: text, lock: files.read(lock) });
  });
}

function fileOuts(file: string, text: string): readonly DataOut[] {
  const parsed = parseDvcFile(text, file);
  const base = posix.join(posix.dirname(file), parsed.wdir ?? "");
  return parsed.outs.map((out) => ({
    path: posix.join(base, out.path),
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

interface Stage {
  readonly wdir: string;
  readonly flags: readonly Flags[];
}

/** The lock says what a stage made; dvc.yaml, which stages there are, and how their outputs are kept. */
function stageOuts(
  file: string,
  texts: { readonly pipeline: string; readonly lock: string | null },
): readonly DataOut[] {
  if (texts.lock === null || texts.lock.trim() === "") return [];
  const stages = record(record(plainValue(parseYaml(texts.pipeline, file)))["stages"]);
  const folder = posix.dirname(file);
  const lockFile = posix.join(folder, "dvc.lock");
  return [...parseDvcLock(texts.lock, lockFile).stages].flatMap(([name, locked]) => {
    const stage = stageOf(stages, name);
    if (stage === null) return [];
    // A lock's paths are from the stage's own folder.
    const base = posix.join(folder, stage.wdir);
    const at = (entry: LockEntry): string => posix.join(base, entry.path);
    const deps = locked.deps.map(at);
    return locked.outs.map((entry) => ({ ...lockedOut(entry, stage), path: at(entry), file, stage: name, deps }));
  });
}

function lockedOut(entry: LockEntry, stage: Stage): Omit<DataOut, "path" | "file" | "stage" | "deps"> {
  const flags = stage.flags.find(({ matches }) => matches.test(entry.path));
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

/** A stage by the name it has in the lock; `name@item` where a foreach or a matrix makes it. Null when dvc.yaml has none. */
function stageOf(stages: Readonly<Record<string, unknown>>, name: string): Stage | null {
  const written = stages[name] ?? stages[name.replace(/@.*$/, "")];
  if (written === undefined) return null;
  const body = record(record(written)["do"] ?? written);
  const { wdir, outs, metrics, plots } = body;
  return {
    // A templated folder cannot be told from here; the common one is a constant.
    wdir: typeof wdir === "string" ? wdir : "",
    flags: [...flagsOf(outs, "data"), ...flagsOf(metrics, "metrics"), ...flagsOf(plots, "plots")],
  };
}

function flagsOf(listed: unknown, kind: OutKind): readonly Flags[] {
  const outs: readonly unknown[] = Array.isArray(listed) ? listed : [];
  return outs.flatMap((out) => {
    const entries: readonly (readonly [string, unknown])[] =
      typeof out === "string" ? [[out, null]] : Object.entries(record(out));
    return entries.map(([path, given]) => {
      const { cache, remote, push } = record(given);
      return {
        matches: templatePattern(path),
        cache: cache !== false,
        remote: typeof remote === "string" ? remote : null,
        push: push !== false,
        kind,
      };
    });
  });
}

/** The paths that a template can become: `models/${item}.bin` any name there. */
function templatePattern(path: string): RegExp {
  const parts = posix
    .normalize(path)
    .replace(/\/$/, "")
    .split(/\$\{[^}]*\}/);
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".+")}$`, "s");
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
