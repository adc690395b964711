import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  FormatError,
  type LockStage,
  lockStageValue,
  parseLockStage,
  printLockEntry,
  pythonJson,
  type YamlMap,
} from "../format/index.ts";
import { temporaryName } from "../store/index.ts";
import { makeCacheFolder, type Repository, sharedFileMode } from "../version/index.ts";
import { isCallback, isUrl, type PipelineStage } from "./stage.ts";

/**
 * Whether DVC keeps the runs of a stage (dvc/stage/cache.py, _can_hash): it has a dependency and an output, none outside of the project,
 * none that the run itself would read.
 */
export function isCacheable(stage: PipelineStage): boolean {
  if (isCallback(stage) || stage.alwaysChanged) return false;
  if (stage.deps.length + stage.params.length === 0 || stage.outs.length === 0) return false;
  if (stage.deps.some((dep) => isUrl(dep.given))) return false;
  return stage.outs.every((out) => out.path !== null && !out.persist && !out.given.startsWith("/"));
}

/** Keeps what a run of a stage made of what, byte for byte as DVC does: `runs/<2>/<key>/<value>` in the cache. */
export function keepRun(repository: Repository, run: LockStage): void {
  const folder = runFolder(repository, run);
  const path = join(folder, digestOf(lockStageValue(run)));
  if (existsSync(path)) return;
  makeCacheFolder(repository, folder);
  const aside = join(folder, temporaryName());
  try {
    writeFileSync(aside, printLockEntry(run));
    if (repository.shared) chmodSync(aside, sharedFileMode);
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

/** The run kept before; the same one is found again. */
export function sameRun(repository: Repository, run: LockStage): LockStage | null {
  return readRun(join(runFolder(repository, run), digestOf(lockStageValue(run))));
}

/**
 * The newest run of the same command on the same dependencies and params; null without one.
 *
 * @param run its outs have paths only
 */
export function findRun(repository: Repository, run: LockStage): LockStage | null {
  const folder = runFolder(repository, run);
  if (!existsSync(folder)) return null;
  const newest = readdirSync(folder)
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .map((name) => ({ path: join(folder, name), madeMs: statSync(join(folder, name)).mtimeMs }))
    .toSorted((a, b) => b.madeMs - a.madeMs)[0];
  return newest === undefined ? null : readRun(newest.path);
}

// A run that a crash or a power cut left half-written is worth nothing; DVC takes it away too.
function readRun(path: string): LockStage | null {
  if (!existsSync(path)) return null;
  try {
    const run = parseLockStage(readFileSync(path, "utf8"), path);
    if (run.cmd.length > 0) return run;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  rmSync(path, { force: true });
  return null;
}

function runFolder(repository: Repository, run: LockStage): string {
  const key = runKey(run);
  return join(repository.cache.folder, "runs", key.slice(0, 2), key);
}

/** What a run is found by: the command, the dependencies, the params, and the outputs' paths. */
export function runKey(run: LockStage): string {
  const outs = run.outs.map((out) => out.path).toSorted();
  return digestOf({ ...(lockStageValue({ ...run, outs: [] }) as Readonly<Record<string, YamlMap>>), outs });
}

const sizes = new Set(["size", "nfiles"]);

function digestOf(value: YamlMap): string {
  return createHash("sha256")
    .update(pythonJson(value, { sorted: true, without: sizes }))
    .digest("hex");
}
