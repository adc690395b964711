import { join } from "node:path";
import { openRevision, trackedStates } from "../git/index.ts";
import type { Project } from "../store/index.ts";
import { isCached } from "./cached-content.ts";
import {
  type DataIndex,
  emptyIndex,
  type IndexEntry,
  type OutFolder,
  recordedIndex,
  workspaceIndex,
} from "./data-index.ts";
import { readDvcIgnore } from "./dvc-ignore.ts";
import { diffIndexes, type IndexChange } from "./index-diff.ts";
import { isIn, pathOf } from "./out-filter.ts";
import { committedFiles, workingFiles } from "./project-files.ts";
import { notInRemote } from "./remote/index.ts";
import { openRepository, type Repository } from "./repository.ts";
import { repositoryOuts } from "./repository-outs.ts";

/** Paths by what happened to them; folders end with `/`. A kind that nothing happened of is left out. */
export interface StateChanges {
  readonly modified?: readonly string[];
  readonly added?: readonly string[];
  readonly deleted?: readonly string[];
  readonly renamed?: readonly { readonly old: string; readonly new: string }[];
  readonly unknown?: readonly string[];
}

/** What `dvc data status` says; paths from the project's root. */
export interface DataStateReport {
  readonly not_in_cache: readonly string[];
  /** Only where it was asked for: what its remote does not have. */
  readonly not_in_remote: readonly string[];
  /** The last git commit against the `.dvc` files and locks. */
  readonly committed: StateChanges;
  /** Those against what lies in the folder. */
  readonly uncommitted: StateChanges;
  readonly untracked: readonly string[];
  readonly unchanged: readonly string[];
  readonly git: { readonly is_empty: boolean; readonly is_dirty: boolean } | null;
}

export interface DataStateOptions {
  /** Data, or files of versioned folders, from `folder`. */
  readonly targets?: readonly string[];
  readonly folder?: string;
  /** File by file, not folder by folder. */
  readonly granular?: boolean;
  /** Files that git does not track either. */
  readonly untracked?: boolean;
  /** Looks at the remotes, too. */
  readonly notInRemote?: boolean;
  /** The remote to look at; the default one without it. */
  readonly remote?: string;
  /** Outputs that nothing records yet, from the project's root: what lies there was added. */
  readonly unrecorded?: readonly string[];
  readonly signal?: AbortSignal;
}

/** How the data of a project differs between the last commit, what is recorded, and what lies in the folder. */
export async function dataState(project: Project, options: DataStateOptions = {}): Promise<DataStateReport> {
  const repository = openRepository(project);
  const rules = readDvcIgnore(project.root);
  const outs = repositoryOuts(project, workingFiles(project, rules));
  const recorded = recordedIndex(repository, outs);
  const known = new Set(outs.map(({ path }) => path));
  const places: readonly OutFolder[] = [
    ...outs,
    ...(options.unrecorded ?? [])
      .filter((path) => !known.has(path))
      .map((path) => ({ path, absolute: join(project.root, path), hash: "md5" as const, cache: true })),
  ];
  const workspace = await workspaceIndex({ repository, rules }, places, options.signal);
  const head = headIndex(repository);
  const compare = { targets: targetsOf(project, options), granular: options.granular === true };
  const uncommitted = sorted(recorded, workspace, compare);
  const committed = head === null ? null : sorted(head, recorded, compare);
  const states = repository.gitRoot === null ? null : trackedStates(project.root, options.untracked === true);
  return {
    not_in_cache: uncommitted.old.filter((entry) => !isHeld(repository, entry)).map(shown),
    not_in_remote:
      options.notInRemote === true ? await notInRemote(project, { ...compare, remote: options.remote ?? null }) : [],
    committed: committed?.changes ?? {},
    uncommitted: uncommitted.changes,
    untracked: (states?.untracked ?? []).filter((path) => isChosen(path, compare.targets)),
    unchanged: uncommitted.unchanged.filter((path) => committed === null || committed.unchanged.includes(path)),
    git: states === null ? null : { is_empty: states.empty, is_dirty: states.dirty },
  };
}

/** null outside of git; an empty one before the first commit. */
function headIndex(repository: Repository): DataIndex | null {
  const { project, gitRoot } = repository;
  if (gitRoot === null) return null;
  const head = openRevision(project.root, "HEAD");
  return head === null ? emptyIndex : recordedIndex(repository, repositoryOuts(project, committedFiles(head)));
}

function targetsOf(project: Project, { targets, folder }: DataStateOptions): readonly string[] {
  return (targets ?? []).map((target) => pathOf(project, folder ?? project.root, target).replace(/\/$/, ""));
}

function isChosen(path: string, targets: readonly string[]): boolean {
  return targets.length === 0 || targets.some((target) => isIn(path, target));
}

function isHeld(repository: Repository, entry: IndexEntry): boolean {
  return entry.md5 === null || isCached(repository, entry.md5, entry.hash);
}

interface Sorted {
  readonly changes: StateChanges;
  readonly unchanged: readonly string[];
  /** What the older side records. */
  readonly old: readonly IndexEntry[];
}

interface Compare {
  readonly targets: readonly string[];
  readonly granular: boolean;
}

function sorted(from: DataIndex, to: DataIndex, { targets, granular }: Compare): Sorted {
  const lists: Record<"modified" | "added" | "deleted" | "unknown" | "unchanged", string[]> = {
    modified: [],
    added: [],
    deleted: [],
    unknown: [],
    unchanged: [],
  };
  const renamed: { readonly old: string; readonly new: string }[] = [];
  const old: IndexEntry[] = [];
  for (const change of diffIndexes(from, to, { shallow: !granular, contentOnly: true })) {
    const entry = change.new ?? change.old;
    if (entry === null || !isChosen(entry.path, targets) || isSilent(change)) continue;
    if (change.old?.md5 != null) old.push(change.old);
    if (change.kind === "renamed") renamed.push({ old: shown(change.old), new: shown(change.new) });
    else lists[change.kind].push(shown(entry));
  }
  const { unchanged, ...rest } = lists;
  const named = Object.entries({ ...rest, renamed }).filter(([, paths]) => paths.length > 0);
  return { changes: Object.fromEntries(named), unchanged, old };
}

/** Folders inside of versioned ones have no content of their own; what nobody knows and is not there is no news. */
function isSilent(change: IndexChange): boolean {
  if (change.kind === "unchanged") return (change.old?.md5 ?? null) === null && (change.new?.md5 ?? null) === null;
  return change.kind === "unknown" && change.new === null;
}

function shown(entry: IndexEntry): string {
  return entry.folder ? `${entry.path}/` : entry.path;
}
