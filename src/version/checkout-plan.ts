import type { DirEntry, HashName } from "../format/index.ts";
import { MissingObjectError } from "../store/index.ts";
import { entriesOf, isCached } from "./cached-content.ts";
import type { DvcIgnore } from "./dvc-ignore.ts";
import type { Repository } from "./repository.ts";
import type { TrackedOut } from "./tracked-outs.ts";
import { DataPathError, UnsavedChangesError } from "./version-error.ts";
import { isLink, readWorkspace, type Workspace } from "./workspace.ts";

/** A place and the content it shall have. */
export interface WantedOut {
  readonly absolute: string;
  readonly path: string;
  readonly md5: string;
  readonly hash: HashName;
  readonly isexec: boolean;
  /** Recorded afterwards; null when the `.dvc` file says so already. */
  readonly record: { readonly tracked: TrackedOut | null } | null;
}

/** What a checkout of one output will do; nothing is written yet. */
export interface Plan {
  readonly out: WantedOut;
  readonly write: readonly DirEntry[];
  readonly remove: readonly string[];
  readonly entries: readonly DirEntry[];
}

export interface Work {
  readonly repository: Repository;
  readonly rules: DvcIgnore;
  readonly out: WantedOut;
}

export interface PlanOptions {
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

/** @throws {UnsavedChangesError} @throws {MissingObjectError} @throws {DataPathError} */
export async function planCheckout(work: Work, options: PlanOptions): Promise<Plan> {
  const { repository, rules, out } = work;
  const entries = entriesOf(repository, out.md5, out.hash);
  const missing = firstMissing(repository, entries, out.hash);
  if (missing !== undefined)
    throw new MissingObjectError(missing.md5, `${repository.cache.folder} (${nameOf(out, missing.relpath)})`);
  const place = { repository, rules, absolute: out.absolute, path: out.path };
  const workspace = await readWorkspace(place, out.hash, options.signal ?? null);
  const wanted = new Map(entries.map((entry) => [entry.relpath, entry.md5]));
  const present = new Map(workspace.kind === "missing" ? [] : workspace.files.map((file) => [file.relpath, file.md5]));
  const kept = (entry: DirEntry): boolean => present.get(entry.relpath) === entry.md5;
  const stray = [...present.keys()].filter((relpath) => !wanted.has(relpath));
  const lost = [...present].filter(([relpath, md5]) => wanted.get(relpath) !== md5 && !isKept(repository, md5));
  if (lost.length > 0 && options.force !== true) {
    throw new UnsavedChangesError(
      lost.map(([relpath]) => nameOf(out, relpath)),
      out.path,
    );
  }
  if (isLink(out.absolute) && workspace.kind === "folder") {
    throw new DataPathError(out.path, `${out.path} is a symbolic link to a folder; delete the link first.`);
  }
  const write = entries.filter((entry) => !kept(entry));
  if (workspace.kind === "folder") checkFolders(out, write);
  return { out, write, remove: clearFirst(workspace, out, stray), entries };
}

// A link to a folder, where the listing has a folder, would lead the files out of the project.
function checkFolders(out: WantedOut, entries: readonly DirEntry[]): void {
  const checked = new Set<string>();
  for (const { relpath } of entries) {
    const parts = relpath.split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join("/");
      if (checked.has(folder)) continue;
      checked.add(folder);
      if (isLink(`${out.absolute}/${folder}`)) {
        throw new DataPathError(
          out.path,
          `${nameOf(out, folder)} is a symbolic link where a folder belongs; delete the link first.`,
        );
      }
    }
  }
}

function firstMissing(repository: Repository, entries: readonly DirEntry[], hash: HashName): DirEntry | undefined {
  if (hash !== "md5") return entries.find(({ md5 }) => !isCached(repository, md5, hash));
  const there = repository.cache.hasOf(entries.map(({ md5 }) => md5));
  return entries.find(({ md5 }) => !there.has(md5));
}

function isKept(repository: Repository, md5: string): boolean {
  return isCached(repository, md5, "md5") || isCached(repository, md5, "md5-dos2unix");
}

/** Files that this version does not have; everything when a file stands where a folder is wanted, or the other way round. */
function clearFirst(workspace: Workspace, out: WantedOut, stray: readonly string[]): readonly string[] {
  const folder = out.md5.endsWith(".dir");
  const wrongKind = workspace.kind !== "missing" && (workspace.kind === "folder") !== folder;
  return wrongKind && workspace.kind === "file" ? [""] : stray;
}

function nameOf(out: WantedOut, relpath: string): string {
  return relpath === "" ? out.path : `${out.path}/${relpath}`;
}
