import type { HashName } from "../format/index.ts";
import { MissingObjectError } from "../store/index.ts";
import { entriesOf, isCached } from "./cached-content.ts";
import type { DvcIgnore } from "./dvc-ignore.ts";
import type { Repository } from "./repository.ts";
import type { RepositoryOut } from "./repository-outs.ts";
import { contentDigest } from "./status.ts";
import { readWorkspace } from "./workspace.ts";

/** A file or folder of an index. */
export interface IndexEntry {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly folder: boolean;
  /** null for what has none: a folder inside of a versioned one, an output that was not committed yet. */
  readonly md5: string | null;
  readonly hash: HashName;
  readonly isexec: boolean;
}

/** Data by path at one moment: as commits, `.dvc` files and locks record it, or as it lies in the folder. */
export interface DataIndex {
  readonly entries: ReadonlyMap<string, IndexEntry>;
  /** The outputs; everything else lies in one of them. */
  readonly roots: ReadonlySet<string>;
  /** Folders whose listing is not in the cache: what is in them is unknown. */
  readonly unknown: ReadonlySet<string>;
}

export const emptyIndex: DataIndex = { entries: new Map(), roots: new Set(), unknown: new Set() };

/** What outputs are recorded to hold; folders by their listings in the cache. */
export function recordedIndex(repository: Repository, outs: readonly RepositoryOut[]): DataIndex {
  const entries = new Map<string, IndexEntry>();
  const unknown = new Set<string>();
  const kept = outs.filter((out) => out.cache);
  for (const out of kept) {
    const { path, hash, isexec } = out;
    const folder = out.md5?.endsWith(".dir") === true;
    entries.set(path, { path, folder, md5: out.md5, hash, isexec: isexec && !folder });
    if (!folder || out.md5 === null) continue;
    if (!addListing(entries, { repository, path, digest: out.md5, hash })) unknown.add(path);
  }
  return { entries, roots: new Set(kept.map((out) => out.path)), unknown };
}

interface Listing {
  readonly repository: Repository;
  readonly path: string;
  readonly digest: string;
  readonly hash: HashName;
}

function addListing(entries: Map<string, IndexEntry>, { repository, path, digest, hash }: Listing): boolean {
  if (!isCached(repository, digest, hash)) return false;
  try {
    for (const file of entriesOf(repository, digest, hash)) addFile(entries, path, { ...file, hash });
    return true;
  } catch (error) {
    if (error instanceof MissingObjectError) return false;
    throw error;
  }
}

interface InnerFile {
  readonly relpath: string;
  readonly md5: string;
  readonly hash: HashName;
  readonly isexec?: boolean;
}

/** A file of a folder, and the folders between. */
function addFile(entries: Map<string, IndexEntry>, root: string, file: InnerFile): void {
  const path = `${root}/${file.relpath}`;
  entries.set(path, { path, folder: false, md5: file.md5, hash: file.hash, isexec: file.isexec ?? false });
  for (let at = path.lastIndexOf("/"); at > root.length; at = path.lastIndexOf("/", at - 1)) {
    const folder = path.slice(0, at);
    if (entries.has(folder)) return;
    entries.set(folder, { path: folder, folder: true, md5: null, hash: file.hash, isexec: false });
  }
}

/** Where an output is, or would be. */
export type OutFolder = Pick<RepositoryOut, "path" | "absolute" | "hash" | "cache">;

/** What lies at the places of outputs now; files that did not change since they were last seen are not read. */
export async function workspaceIndex(
  work: { readonly repository: Repository; readonly rules: DvcIgnore },
  outs: readonly OutFolder[],
  signal: AbortSignal | null = null,
): Promise<DataIndex> {
  const entries = new Map<string, IndexEntry>();
  const kept = outs.filter((out) => out.cache);
  for (const { path, absolute, hash } of kept) {
    const workspace = await readWorkspace({ ...work, absolute, path }, hash, signal);
    if (workspace.kind === "missing") continue;
    const folder = workspace.kind === "folder";
    const isexec = !folder && ((workspace.files[0]?.stat.mode ?? 0) & 0o100) !== 0;
    entries.set(path, { path, folder, md5: contentDigest(workspace), hash, isexec });
    if (!folder) continue;
    for (const file of workspace.files) {
      addFile(entries, path, { ...file, hash, isexec: (file.stat.mode & 0o100) !== 0 });
    }
  }
  return { entries, roots: new Set(kept.map((out) => out.path)), unknown: new Set() };
}
