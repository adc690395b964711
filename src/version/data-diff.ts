import { StemmaError } from "../error.ts";
import { compareCodePoints } from "../format/index.ts";
import { openRevision, type Revision } from "../git/index.ts";
import type { Project } from "../store/index.ts";
import { isCached } from "./cached-content.ts";
import { type DataIndex, type IndexEntry, recordedIndex, workspaceIndex } from "./data-index.ts";
import { readDvcIgnore } from "./dvc-ignore.ts";
import { diffIndexes } from "./index-diff.ts";
import { chosenEntries, outFilter } from "./out-filter.ts";
import { committedFiles, workingFiles } from "./project-files.ts";
import { openRepository, type Repository } from "./repository.ts";
import { type RepositoryOut, repositoryOuts } from "./repository-outs.ts";

/** One line of a diff. A folder's path ends with `/`. */
export interface DiffEntry {
  readonly path: string | { readonly old: string; readonly new: string };
  readonly hash: string | { readonly old: string; readonly new: string } | null;
}

/** What `dvc diff` says: the data that two versions of the project have and have not. */
export interface DataDiff {
  readonly added: readonly DiffEntry[];
  readonly deleted: readonly DiffEntry[];
  readonly modified: readonly DiffEntry[];
  readonly renamed: readonly DiffEntry[];
  /** Recorded at the older version, but not in the cache; only against the folder. */
  readonly "not in cache": readonly DiffEntry[];
}

export interface DataDiffOptions {
  /** Outputs, or files of them, that the diff is about; relative to `folder`. */
  readonly targets?: readonly string[];
  readonly folder?: string;
  readonly signal?: AbortSignal;
}

/** git knows no such commit, branch or tag. */
export class RevisionError extends StemmaError {
  constructor(revision: string) {
    super("REVISION", `unknown Git revision '${revision}'`);
  }
}

/**
 * The difference of the data at two revisions; the folder as it is now for the later one when it is null.
 *
 * @returns null when nothing differs
 * @throws {RevisionError} @throws {MissingDataError} a target is in neither
 */
export async function diffData(
  project: Project,
  { from, to }: { readonly from: string; readonly to: string | null },
  options: DataDiffOptions = {},
): Promise<DataDiff | null> {
  if (openRevision(project.root, "HEAD") === null) return null;
  const repository = openRepository(project);
  const old = revisionAt(project, from);
  const next = to === null ? null : revisionAt(project, to);
  if (old.commit === next?.commit) return null;
  const rules = readDvcIgnore(project.root);
  const before = repositoryOuts(project, committedFiles(old));
  const after = repositoryOuts(project, next === null ? workingFiles(project, rules) : committedFiles(next));
  const filter = outFilter(project, options, [before, after]);
  const indexOf = (outs: readonly RepositoryOut[]): DataIndex =>
    chosenEntries(recordedIndex(repository, outs.filter(filter.takesOut)), filter);
  const nextIndex =
    next === null
      ? chosenEntries(
          await workspaceIndex({ repository, rules }, after.filter(filter.takesOut), options.signal),
          filter,
        )
      : indexOf(after);
  return compared(repository, { old: indexOf(before), next: nextIndex }, next === null);
}

function revisionAt(project: Project, name: string): Revision {
  const revision = openRevision(project.root, name);
  if (revision === null) throw new RevisionError(name);
  return revision;
}

interface Sides {
  readonly old: DataIndex;
  readonly next: DataIndex;
}

function compared(repository: Repository, { old, next }: Sides, withMissing: boolean): DataDiff | null {
  const diff: Record<keyof DataDiff, DiffEntry[]> = {
    added: [],
    deleted: [],
    modified: [],
    renamed: [],
    "not in cache": [],
  };
  for (const change of diffIndexes(old, next, { shallow: false, contentOnly: false })) {
    if (isPlainFolder(change.old) || isPlainFolder(change.new)) continue;
    if (change.kind === "added") diff.added.push({ path: shown(change.new), hash: change.new.md5 });
    else if (change.kind === "deleted") diff.deleted.push({ path: shown(change.old), hash: change.old.md5 });
    else if (change.kind === "modified") {
      diff.modified.push({ path: shown(change.old), hash: { old: change.old.md5 ?? "", new: change.new.md5 ?? "" } });
    } else if (change.kind === "renamed") {
      const path = { old: shown(change.old), new: shown(change.new) };
      diff.renamed.push({ path, hash: change.old.md5 });
    }
    const { old: entry } = change;
    if (withMissing && entry?.md5 != null && !isCached(repository, entry.md5, entry.hash)) {
      diff["not in cache"].push({ path: shown(entry), hash: entry.md5 });
    }
  }
  const all = Object.values(diff);
  for (const entries of all) entries.sort((a, b) => compareCodePoints(oldPath(a), oldPath(b)));
  return all.some((entries) => entries.length > 0) ? diff : null;
}

function isPlainFolder(entry: IndexEntry | null): boolean {
  return entry?.folder === true && entry.md5 === null;
}

function shown(entry: IndexEntry): string {
  return entry.folder ? `${entry.path}/` : entry.path;
}

function oldPath({ path }: DiffEntry): string {
  return typeof path === "string" ? path : path.old;
}
