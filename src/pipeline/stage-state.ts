import { statSync } from "node:fs";
import { type LockEntry, yamlEntries } from "../format/index.ts";
import { contentAt, isComplete, type OutContent, urlContent } from "../version/index.ts";
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
  return contentAt(placeOf(session, at), options.hash, options.signal);
}

export async function depState(
  session: Session,
  { stage, dep }: { readonly stage: PipelineStage; readonly dep: StagePath },
  signal?: AbortSignal,
): Promise<PathState | null> {
  const entry = lockedDep(stage, dep);
  if (isUrl(dep.given)) return urlState(await urlEntry(session, dep), entry);
  if (entry === null) return exists(dep) ? "modified" : "deleted";
  return compare(session, dep, { entry, signal });
}

/** What a dependency at a URL is now, asked for at its server; null when nothing is there. @throws {RemoteError} no answer */
export async function urlEntry(session: Pick<Session, "project">, dep: StagePath): Promise<LockEntry | null> {
  const content = await urlContent(session.project, dep.given);
  if (content === null) return null;
  const fields = new Map(yamlEntries(content));
  const text = (key: string): string | undefined => (fields.has(key) ? String(fields.get(key)) : undefined);
  const count = (key: string): number | null => (fields.has(key) ? Number(fields.get(key)) : null);
  const [etag, checksum] = [text("etag"), text("checksum")];
  return {
    path: dep.given,
    hash: "md5",
    md5: text("md5") ?? null,
    size: count("size"),
    nfiles: count("nfiles"),
    isexec: false,
    ...(etag === undefined ? {} : { etag }),
    ...(checksum === undefined ? {} : { checksum }),
  };
}

function urlState(now: LockEntry | null, before: LockEntry | null): PathState | null {
  if (now === null) return "deleted";
  const same = now.md5 === before?.md5 && now.etag === before.etag && now.checksum === before.checksum;
  return same ? null : "modified";
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
  return statSync(at.absolute, { throwIfNoEntry: false }) !== undefined;
}
