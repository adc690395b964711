import { join, posix } from "node:path";
import {
  type HashName,
  isYamlMap,
  type LockEntry,
  parseDvcLock,
  parseDvcYaml,
  type StageSource,
  type YamlMap,
  type YamlValue,
  yamlEntries,
} from "../format/index.ts";
import type { Project } from "../store/index.ts";
import { lockBeside, type ProjectFiles } from "./project-files.ts";
import { outsOfText, type TrackedOut } from "./tracked-outs.ts";

/** An output that a `.dvc` file or a stage of a `dvc.yaml` records. */
export interface RepositoryOut {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly absolute: string;
  /** null before the first commit of it. */
  readonly md5: string | null;
  readonly hash: HashName;
  readonly isexec: boolean;
  /** false: DVC keeps no copy. */
  readonly cache: boolean;
  /** Kept by a cloud's own versions; read only. */
  readonly cloud: boolean;
  /** The `.dvc` file or `dvc.yaml`, from the project's root. */
  readonly file: string;
  /** The stage; null for a `.dvc` file. */
  readonly stage: string | null;
  /** What the stage reads, from the project's root; empty for a `.dvc` file. */
  readonly deps: readonly string[];
  /** The entry of the `.dvc` file; null for a stage. */
  readonly tracked: TrackedOut | null;
}

/** All outputs that a project records, those of stages as their `dvc.lock` has them; in the order of the paths. */
export function repositoryOuts(project: Project, files: ProjectFiles): readonly RepositoryOut[] {
  const outs = files.paths.flatMap((path) => {
    const text = files.read(path) ?? "";
    return path.endsWith(".dvc") ? dvcFileOuts(project, path, text) : stageOuts({ project, files, path }, text);
  });
  return outs.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function dvcFileOuts(project: Project, path: string, text: string): readonly RepositoryOut[] {
  return outsOfText(project, join(project.root, path), text).map((tracked) => ({
    path: tracked.path,
    absolute: tracked.absolute,
    md5: tracked.out.md5,
    hash: tracked.out.hash,
    isexec: tracked.out.isexec,
    cache: tracked.out.cache,
    cloud: tracked.out.cloud,
    file: path,
    stage: null,
    deps: [],
    tracked,
  }));
}

interface Pipeline {
  readonly project: Project;
  readonly files: ProjectFiles;
  readonly path: string;
}

function stageOuts({ project, files, path }: Pipeline, text: string): readonly RepositoryOut[] {
  const lockPath = lockBeside(path);
  const lockText = files.read(lockPath);
  if (lockText === null) return [];
  const { stages } = parseDvcYaml(text, path);
  const lock = parseDvcLock(lockText, lockPath);
  return [...lock.stages].flatMap(([name, { outs, deps }]) => {
    const source = stages.get(name) ?? stages.get(name.split("@")[0] ?? "");
    if (source === undefined) return [];
    const folder = posix.join(posix.dirname(path), wdirOf(source));
    return outs.map((entry) => lockedOut({ project, path, name, folder, deps }, entry, isCachedBy(source, entry.path)));
  });
}

interface LockedStage {
  readonly project: Project;
  readonly path: string;
  readonly name: string;
  readonly folder: string;
  readonly deps: readonly LockEntry[];
}

function lockedOut(
  { project, path, name, folder, deps }: LockedStage,
  entry: LockEntry,
  cache: boolean,
): RepositoryOut {
  const own = posix.join(folder, entry.path);
  const { md5, hash, isexec } = entry;
  const reads = deps.map((dep) => posix.join(folder, dep.path));
  const place = { path: own, absolute: join(project.root, own) };
  return { ...place, md5, hash, isexec, cache, cloud: false, file: path, stage: name, deps: reads, tracked: null };
}

function wdirOf({ body }: StageSource): string {
  const wdir = new Map(yamlEntries(body)).get("wdir");
  return typeof wdir === "string" ? wdir : ".";
}

/** Whether the stage keeps a copy of an output: unless it says `cache: false` of that path, or of a template that gives it. */
function isCachedBy({ body }: StageSource, path: string): boolean {
  const fields = new Map(yamlEntries(body));
  for (const key of ["outs", "metrics", "plots"]) {
    const listed: YamlValue = fields.get(key) ?? null;
    if (!Array.isArray(listed)) continue;
    const flags = listed.filter(isYamlMap).flatMap((item: YamlMap) => [...yamlEntries(item)]);
    const own = flags.find(([name]) => templateOf(String(name)).test(path))?.[1] ?? null;
    if (isYamlMap(own) && new Map(yamlEntries(own)).get("cache") === false) return false;
  }
  return true;
}

function templateOf(path: string): RegExp {
  const parts = posix.normalize(path).split(/\$\{[^}]*\}/);
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".+")}$`);
}
