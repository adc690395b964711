import { statSync } from "node:fs";
import type { LockEntry } from "../format/index.ts";
import { contentAt, isComplete, type OutContent } from "../version/index.ts";
import { PipelineError } from "./pipeline-error.ts";
import { placeOf, type Session } from "./session.ts";
import { isCallback, isUrl, type PipelineStage, type StageOutput, type StagePath } from "./stage.ts";
import { type ParamState, paramsState } from "./stage-params.ts";

/** How a dependency or output differs from what `dvc.lock` says; DVC's own words. */
export type PathState = "deleted" | "modified" | "new" | "not in cache";

/** Why a stage is not up to date. Nothing in it: it is. */
export interface StageState {
  /** By path from the stage's working folder. */
  readonly deps: ReadonlyMap<StagePath, PathState | ParamState | ReadonlyMap<string, ParamState>>;
  readonly outs: ReadonlyMap<StageOutput, PathState>;
  readonly always: boolean;
  readonly command: boolean;
}

/** How a stage differs from what it was when it last ran (dvc/stage/__init__.py, status). Dependencies of a frozen stage are not looked at. */
export async function stageState(session: Session, stage: PipelineStage, signal?: AbortSignal): Promise<StageState> {
  const deps = new Map<StagePath, PathState | ParamState | ReadonlyMap<string, ParamState>>();
  const outs = new Map<StageOutput, PathState>();
  if (!stage.frozen) {
    for (const dep of stage.deps) {
      const state = await depState(session, { stage, dep }, signal);
      if (state !== null) deps.set(dep, state);
    }
    for (const params of stage.params) {
      const state = paramsState(stage, params);
      if (state !== null) deps.set(params, state);
    }
  }
  for (const out of stage.outs) {
    const state = await outState(session, { stage, out }, signal);
    if (state !== null) outs.set(out, state);
  }
  return { deps, outs, always: isCallback(stage) || stage.alwaysChanged, command: commandChanged(stage) };
}

export function commandChanged(stage: PipelineStage): boolean {
  return stage.lock !== null && JSON.stringify(stage.lock.cmd) !== JSON.stringify(stage.cmd);
}

/** What `dvc.lock` says about a dependency. */
export function lockedDep(stage: PipelineStage, dep: StagePath): LockEntry | null {
  return stage.lock?.deps.find((entry) => entry.path === dep.given) ?? null;
}

/** What `dvc.lock` says about an output. */
export function lockedOut(stage: PipelineStage, out: StagePath): LockEntry | null {
  return stage.lock?.outs.find((entry) => entry.path === out.given) ?? null;
}

/** What lies at a path of a stage; null when nothing does. */
export async function currentContent(
  session: Pick<Session, "repository" | "rules">,
  at: StagePath,
  options: { readonly hash: LockEntry["hash"]; readonly signal?: AbortSignal | undefined },
): Promise<OutContent | null> {
  if (isUrl(at.given)) {
    throw new PipelineError(
      `${at.given} is not on this machine, and only files of this machine are compared. Bring it in with: stemma import-url ${at.given}`,
    );
  }
  return contentAt(placeOf(session, at), options.hash, options.signal);
}

export async function depState(
  session: Session,
  { stage, dep }: { readonly stage: PipelineStage; readonly dep: StagePath },
  signal?: AbortSignal,
): Promise<PathState | null> {
  const entry = lockedDep(stage, dep);
  if (entry === null) return exists(dep) ? "modified" : "deleted";
  return compare(session, dep, { entry, signal });
}

export async function outState(
  session: Session,
  { stage, out }: { readonly stage: PipelineStage; readonly out: StageOutput },
  signal?: AbortSignal,
): Promise<PathState | null> {
  const entry = lockedOut(stage, out);
  // A path that .dvcignore hides counts as not there.
  const hidden = out.path !== null && session.rules.hides(out.path, false);
  if (entry !== null && entry.md5 !== null && out.cache && !isComplete(session.repository, entry.md5, entry.hash)) {
    return "not in cache";
  }
  if (hidden || !exists(out)) return "deleted";
  if (entry === null || entry.md5 === null) return "modified";
  return compare(session, out, { entry, signal });
}

async function compare(
  session: Session,
  at: StagePath,
  { entry, signal }: { readonly entry: LockEntry; readonly signal?: AbortSignal | undefined },
): Promise<PathState | null> {
  const content = await currentContent(session, at, { hash: entry.hash, signal });
  if (content === null) return "deleted";
  return content.md5 === entry.md5 ? null : "modified";
}

function exists(at: StagePath): boolean {
  return isUrl(at.given) || statSync(at.absolute, { throwIfNoEntry: false }) !== undefined;
}
