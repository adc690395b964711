import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import type { HashName, LockEntry, LockStage } from "../format/index.ts";
import {
  isComplete,
  keepContent,
  type OutContent,
  type OutVersion,
  removeContent,
  restoreContent,
} from "../version/index.ts";
import type { PipelineEvent } from "./events.ts";
import type { GitIgnores } from "./git-ignores.ts";
import { PipelineError } from "./pipeline-error.ts";
import type { PullHooks } from "./reproduce-options.ts";
import { findRun, isCacheable, keepRun, sameRun } from "./run-cache.ts";
import { placeOf, type Session } from "./session.ts";
import { isCallback, isUrl, type PipelineStage, type StageOutput, type StagePath } from "./stage.ts";
import { paramsState, savedParams } from "./stage-params.ts";
import {
  commandChanged,
  currentContent,
  depState,
  lockedDep,
  lockedOut,
  outState,
  type PathState,
  urlEntry,
} from "./stage-state.ts";

/** What a run of stages has at hand. */
export interface RunContext {
  readonly session: Session;
  readonly ignores: GitIgnores;
  readonly signal: AbortSignal | undefined;
  readonly emit: (event: PipelineEvent) => void;
  /** Takes the folders of the cache with names that are not on the disk yet. */
  readonly names: Set<string>;
}

export interface ChangedOptions {
  /** What is missing, and otherwise as recorded, counts as unchanged. */
  readonly allowMissing: boolean;
  /** The stages that it needs, as they are now. */
  readonly needs: readonly PipelineStage[];
}

/** Why a stage has to run, in words for `--dry`; null when it has not (dvc/stage/__init__.py, changed). */
export async function whyChanged(
  context: RunContext,
  stage: PipelineStage,
  options: ChangedOptions,
): Promise<string | null> {
  if (commandChanged(stage)) return "changed command";
  return (await whyDepsChanged(context, stage, options)) ?? (await whyOutsChanged(context, stage, options));
}

async function whyDepsChanged(
  context: RunContext,
  stage: PipelineStage,
  options: ChangedOptions,
): Promise<string | null> {
  if (stage.frozen) return null;
  if (isCallback(stage) || stage.alwaysChanged) return "always changed";
  for (const dep of stage.deps) {
    const state = await depState(context.session, { stage, dep }, context.signal);
    if (state === null) continue;
    if (options.allowMissing && state === "deleted" && !madeAnew(stage, dep, options.needs)) continue;
    return `${dep.given} is ${state}`;
  }
  for (const params of stage.params) {
    const state = paramsState(stage, params);
    if (state === null || (options.allowMissing && state === "deleted")) continue;
    const keys =
      typeof state === "string" ? [`${params.given} is ${state}`] : [...state].map(([key, is]) => `${key} is ${is}`);
    return keys.join(", ");
  }
  return null;
}

async function whyOutsChanged(
  context: RunContext,
  stage: PipelineStage,
  options: ChangedOptions,
): Promise<string | null> {
  for (const out of stage.outs) {
    const state = await outState(context.session, { stage, out }, context.signal);
    if (state === null) continue;
    if (options.allowMissing && (state === "deleted" || state === "not in cache")) continue;
    return `${out.given} is ${state}`;
  }
  return null;
}

/** Whether a missing dependency is now recorded otherwise than this stage last saw it. */
function madeAnew(stage: PipelineStage, dep: StagePath, needs: readonly PipelineStage[]): boolean {
  const before = lockedDep(stage, dep)?.md5 ?? null;
  return needs.some((other) =>
    other.outs.some((out) => out.absolute === dep.absolute && (lockedOut(other, out)?.md5 ?? null) !== before),
  );
}

/** Takes the outputs away that the stage will make; those with `persist` stay. */
export function removeOutputs(stage: PipelineStage): void {
  for (const out of stage.outs) if (!out.persist) removeContent(out.absolute);
}

export interface CachedOptions {
  /** Takes a run that `dvc.lock` does not record, too. */
  readonly runCache: boolean;
  /** Gets what such a run made and the cache lacks. */
  readonly pull?: PullHooks;
}

/**
 * The run of this stage that the cache holds: the one that `dvc.lock` records, or one with the same command, dependencies and params.
 *
 * @throws {PipelineError} a dependency is missing
 */
export async function cachedRun(
  context: RunContext,
  stage: PipelineStage,
  { runCache, pull }: CachedOptions,
): Promise<LockStage | null> {
  if (!isCacheable(stage)) {
    await checkDependencies(context, stage);
    return null;
  }
  const inputs = await savedInputs(context, stage);
  const run = (await recordedRun(context, stage)) ?? (runCache ? findRun(context.session.repository, inputs) : null);
  if (run === null || run.outs.some((out) => out.md5 === null)) return null;
  const missing = (): readonly OutVersion[] => missingOutputs(context, stage, run);
  if (pull !== undefined && missing().length > 0) await pull.outs(missing());
  return missing().length === 0 ? run : null;
}

function missingOutputs({ session }: RunContext, stage: PipelineStage, run: LockStage): readonly OutVersion[] {
  return run.outs.flatMap(({ path: given, md5, hash }) => {
    if (md5 === null || isComplete(session.repository, md5, hash)) return [];
    const out = stage.outs.find((one) => one.given === given);
    return [{ path: out?.path ?? given, md5, hash, remote: out?.remote ?? null }];
  });
}

async function checkDependencies({ session }: RunContext, stage: PipelineStage): Promise<void> {
  for (const dep of stage.deps) {
    const there = isUrl(dep.given) ? (await urlEntry(session, dep)) !== null : existsSync(dep.absolute);
    if (!there) throw new PipelineError(`dependency '${dep.given}' does not exist`);
  }
}

async function recordedRun(context: RunContext, stage: PipelineStage): Promise<LockStage | null> {
  if (stage.lock === null || commandChanged(stage)) return null;
  if (stage.outs.some((out) => (lockedOut(stage, out)?.md5 ?? null) === null)) return null;
  for (const dep of stage.deps)
    if ((await depState(context.session, { stage, dep }, context.signal)) !== null) return null;
  return stage.params.every((params) => paramsState(stage, params) === null) ? stage.lock : null;
}

/** Brings the outputs of a kept run to their places. */
export async function restoreRun(context: RunContext, stage: PipelineStage, run: LockStage): Promise<void> {
  const entries = new Map(run.outs.map((entry) => [entry.path, entry]));
  for (const out of stage.outs) {
    const entry = entries.get(out.given);
    if (entry === undefined || entry.md5 === null) continue;
    const version = { md5: entry.md5, hash: entry.hash, isexec: entry.isexec };
    await restoreContent(placeOf(context.session, out), version, { copy: !out.cache, ...signalOf(context) });
  }
}

function signalOf(context: RunContext): { readonly signal?: AbortSignal } {
  return context.signal === undefined ? {} : { signal: context.signal };
}

export interface SaveOptions {
  /** Puts outputs into the cache. */
  readonly commit: boolean;
  /** Keeps the run for others. */
  readonly runCache: boolean;
  readonly allowMissing: boolean;
}

/**
 * Records a stage as it is now: what goes to `dvc.lock`, with the outputs in the cache and out of git.
 *
 * @throws {PipelineError} a dependency or an output is missing, a metric is no text
 */
export async function saveStage(context: RunContext, stage: PipelineStage, options: SaveOptions): Promise<LockStage> {
  const inputs = await savedInputs(context, stage, options.allowMissing);
  const outs: LockEntry[] = [];
  const uncached = stage.outs.some((out) => out.kind === "out" && !out.cache);
  const runCache = options.runCache && !uncached && isCacheable(stage);
  for (const out of stage.outs) outs.push(await savedOutput(context, { stage, out }, { ...options, runCache }));
  const run = { ...inputs, outs };
  if (runCache && options.commit && sameRun(context.session.repository, run) === null) {
    keepRun(context.session.repository, run);
  }
  return run;
}

/** What a stage reads, as it is now; the outs with their paths only. */
async function savedInputs(context: RunContext, stage: PipelineStage, allowMissing = false): Promise<LockStage> {
  const deps: LockEntry[] = [];
  for (const dep of stage.deps) {
    const locked = lockedDep(stage, dep);
    const content = isUrl(dep.given) ? await urlEntry(context.session, dep) : await contentOf(context, dep, locked);
    if (content === null && !allowMissing) throw new PipelineError(`dependency '${dep.given}' does not exist`);
    deps.push(content === null ? (locked ?? emptyEntry(dep)) : { path: dep.given, ...content });
  }
  const params = new Map(stage.params.map((one) => [one.given, savedParams(one)] as const));
  return { cmd: stage.cmd, deps, params, outs: stage.outs.map(emptyEntry) };
}

function emptyEntry(at: StagePath): LockEntry {
  return { path: at.given, hash: "md5", md5: null, size: null, nfiles: null, isexec: false };
}

// An entry of DVC 2 stays as it is while its content does; what changes is recorded as DVC 3 does.
async function contentOf(
  context: RunContext,
  at: StagePath,
  locked: LockEntry | null,
): Promise<(OutContent & { readonly hash: HashName }) | null> {
  const { session, signal } = context;
  if (locked?.hash === "md5-dos2unix" && locked.md5 !== null) {
    const old = await currentContent(session, at, { hash: "md5-dos2unix", signal });
    if (old?.md5 === locked.md5) return { ...old, hash: "md5-dos2unix" };
  }
  const content = await currentContent(session, at, { hash: "md5", signal });
  return content === null ? null : { ...content, hash: "md5" };
}

async function savedOutput(
  context: RunContext,
  { stage, out }: { readonly stage: PipelineStage; readonly out: StageOutput },
  options: SaveOptions,
): Promise<LockEntry> {
  const locked = lockedOut(stage, out);
  const stat = statSync(out.absolute, { throwIfNoEntry: false });
  if (stat === undefined) {
    if (options.allowMissing) return locked ?? emptyEntry(out);
    throw new PipelineError(`output '${out.given}' does not exist`);
  }
  if (!stat.isFile() && !stat.isDirectory())
    throw new PipelineError(`output '${out.given}' is not a file or directory`);
  context.ignores.add(out);
  if (out.kind === "metric") checkMetric(out);
  const old = locked?.hash === "md5-dos2unix" ? await contentOf(context, out, locked) : null;
  if (old?.hash === "md5-dos2unix") return { path: out.given, ...old };
  const kept = options.commit && (out.cache || options.runCache);
  const content = kept
    ? await keepContent(placeOf(context.session, out), { ...signalOf(context), link: out.cache, names: context.names })
    : await currentContent(context.session, out, { hash: "md5", signal: context.signal });
  if (content === null) throw new PipelineError(`output '${out.given}' does not exist`);
  if (content.size === 0 && (content.nfiles ?? 0) === 0) context.emit({ kind: "empty", stage, path: out.given });
  return { path: out.given, hash: "md5", ...content };
}

/** @throws {PipelineError} not a text: no more than 30 % of the first 512 bytes may be no characters of a text (dvc_data's istextfile) */
function checkMetric(out: StageOutput): void {
  if (statSync(out.absolute).isDirectory()) return;
  const block = Buffer.alloc(512);
  const file = openSync(out.absolute, "r");
  try {
    const bytes = block.subarray(0, readSync(file, block));
    const other = bytes.filter((byte) => !(byte >= 32 && byte < 127) && !(byte >= 8 && byte <= 13 && byte !== 11));
    if (!bytes.includes(0) && other.length <= bytes.length * 0.3) return;
  } finally {
    closeSync(file);
  }
  throw new PipelineError(`binary file '${out.absolute}' cannot be used as metrics.`);
}

/** The outputs of a stage that only has to be looked at. @throws {PipelineError} one is missing */
export function checkOutputs(stage: Pick<PipelineStage, "outs">): void {
  const missing = stage.outs.filter((out) => statSync(out.absolute, { throwIfNoEntry: false }) === undefined);
  if (missing.length === 0) return;
  const paths = missing.map((out) => out.given).join(", ");
  throw new PipelineError(`missing data 'source${missing.length > 1 ? "s" : ""}': ${paths}`);
}

export type { PathState };
