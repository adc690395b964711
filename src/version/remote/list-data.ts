import { lstatSync, readdirSync, statSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { committedFiles } from "../../git/index.ts";
import { RemoteError } from "../../store/index.ts";
import { readDvcIgnore } from "../dvc-ignore.ts";
import { openRepository, type Repository } from "../repository.ts";
import { DataPathError } from "../version-error.ts";
import type { RepoSettings } from "./repo-settings.ts";
import { openRepoSource, outsAt, type RepoSource } from "./repo-source.ts";
import { openUrl } from "./url-source.ts";
import { loadListing } from "./wanted-objects.ts";

/** A file or folder of a repository or URL, as `dvc list --json` tells it. */
export interface ListedFile {
  /** From what was listed. */
  readonly path: string;
  readonly isout: boolean;
  readonly isdir: boolean;
  readonly isexec: boolean;
  readonly size: number | null;
  readonly md5: string | null;
}

export interface ListOptions {
  readonly folder: string;
  readonly rev?: string;
  readonly remote?: string;
  /** What is said of the repository's remotes besides what it says itself. */
  readonly settings?: RepoSettings;
  readonly recursive?: boolean;
  /** How deep, 1 for the folder's own; only with `recursive`. */
  readonly depth?: number;
  /** Only what DVC keeps. */
  readonly dvcOnly?: boolean;
}

export type Node = Omit<ListedFile, "path">;

/** The files and folders of a git repository, what DVC keeps for it among them. */
export async function listRepo(
  from: { readonly url: string; readonly path: string },
  options: ListOptions,
): Promise<readonly ListedFile[]> {
  const path = posix.normalize(from.path === "" ? "." : from.path).replace(/\/$/, "");
  const root = path === "." ? "" : path;
  const nodes = await repoNodes({ url: from.url, path: root }, options);
  const found = chosenNodes(nodes, root, options);
  if (found.length > 0 || root === "" || nodes.get(root)?.isdir === true) return found;
  throw new DataPathError(from.path, `'${from.path}' does not exist in ${from.url}`);
}

/** All files and folders of a repository by path, with those that DVC keeps at a path, here or not. */
export async function repoNodes(
  { url, path }: { readonly url: string; readonly path: string },
  { folder, rev, remote, settings }: Pick<ListOptions, "folder" | "rev" | "remote" | "settings">,
): Promise<ReadonlyMap<string, Node>> {
  const place = { rev: rev ?? null, folder, remote: remote ?? null };
  const source = await openRepoSource(url, { ...place, ...(settings === undefined ? {} : { settings }) });
  try {
    const onDisk =
      rev === undefined && statSync(resolve(folder, url), { throwIfNoEntry: false })?.isDirectory() === true;
    const plain = onDisk ? diskNodes(source.repository.project.root) : commitNodes(source);
    return await withOuts(source, { nodes: plain, path });
  } finally {
    await source.close();
  }
}

function diskNodes(root: string): Map<string, Node> {
  const rules = readDvcIgnore(root);
  const nodes = new Map<string, Node>();
  const visit = (folder: string): void => {
    for (const name of readdirSync(join(root, folder))) {
      const path = posix.join(folder, name);
      const stat = statSync(join(root, path), { throwIfNoEntry: false }) ?? lstatSync(join(root, path));
      if (rules.ignores(path, stat.isDirectory())) continue;
      const isexec = !stat.isDirectory() && (stat.mode & 0o100) !== 0;
      nodes.set(path, { isout: false, isdir: stat.isDirectory(), isexec, size: stat.size, md5: null });
      if (stat.isDirectory() && !lstatSync(join(root, path)).isSymbolicLink()) visit(path);
    }
  };
  visit("");
  return nodes;
}

function commitNodes(source: RepoSource): Map<string, Node> {
  const nodes = new Map<string, Node>();
  for (const [path, { bytes, isexec }] of committedFiles(source.repository.project.root, source.commit)) {
    if (path.split("/").some((part) => part === ".dvc")) continue;
    nodes.set(path, { isout: false, isdir: false, isexec, size: bytes, md5: null });
    addFolders(nodes, path, false);
  }
  return nodes;
}

function addFolders(nodes: Map<string, Node>, path: string, isout: boolean): void {
  for (let folder = posix.dirname(path); folder !== "."; folder = posix.dirname(folder)) {
    if (!nodes.has(folder)) nodes.set(folder, { isout, isdir: true, isexec: false, size: null, md5: null });
  }
}

async function withOuts(
  source: RepoSource,
  { nodes, path }: { readonly nodes: Map<string, Node>; readonly path: string },
): Promise<ReadonlyMap<string, Node>> {
  for (const out of outsAt(source.outs, path)) {
    const known = nodes.get(out.path);
    const isdir = out.md5?.endsWith(".dir") ?? known?.isdir ?? false;
    const { md5, isexec } = out;
    nodes.set(out.path, { isout: true, isdir, isexec: known?.isexec ?? isexec, size: known?.size ?? out.bytes, md5 });
    addFolders(nodes, out.path, false);
    if (!isdir) continue;
    const at = await source.remotes.getOrNone(out.remote ?? source.remote);
    const { entries } = await loadListing(source.repository, out, at);
    for (const entry of entries ?? []) {
      const file = `${out.path}/${entry.relpath}`;
      const size = nodes.get(file)?.size ?? null;
      nodes.set(file, { isout: true, isdir: false, isexec: false, size, md5: entry.md5 });
      addFolders(nodes, file, true);
    }
  }
  return nodes;
}

function chosenNodes(nodes: ReadonlyMap<string, Node>, root: string, options: ListOptions): readonly ListedFile[] {
  const own = nodes.get(root);
  if (own !== undefined && !own.isdir) return [{ path: posix.basename(root), ...own }];
  const depth = options.recursive === true ? (options.depth ?? Number.POSITIVE_INFINITY) : 1;
  const prefix = root === "" ? "" : `${root}/`;
  const kept = options.dvcOnly === true ? keptByDvc(nodes) : null;
  return [...nodes]
    .filter(([path]) => path.startsWith(prefix) && (kept === null || kept.has(path)))
    .map(([path, node]) => ({ path: path.slice(prefix.length), ...node }))
    .filter(({ path, isdir }) => {
      const level = path.split("/").length;
      return level <= depth && (!isdir || level === depth);
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** What DVC keeps, and the folders above it. */
function keptByDvc(nodes: ReadonlyMap<string, Node>): ReadonlySet<string> {
  const kept = new Set<string>();
  for (const [path, node] of nodes) {
    if (!node.isout) continue;
    for (let at = path; at !== "."; at = posix.dirname(at)) kept.add(at);
  }
  return kept;
}

/** The files and folders at a URL or path. */
export async function listUrl(
  repository: Repository | null,
  url: string,
  options: Pick<ListOptions, "folder" | "recursive" | "depth"> & { readonly config?: ReadonlyMap<string, string> },
): Promise<readonly ListedFile[]> {
  const source = await openUrl(repository, url, {
    ...options,
    ...(options.recursive === true ? {} : { shallow: true }),
  }).catch((error) => {
    if (error instanceof RemoteError && error.trouble === "MISSING")
      throw new DataPathError(url, `The path '${url}' does not exist`);
    throw error;
  });
  try {
    const nodes = new Map<string, Node>();
    for (const { path, bytes, folder } of source.files) {
      if (path === "") return [{ path: url, isout: false, isdir: false, isexec: false, size: bytes, md5: null }];
      nodes.set(path, { isout: false, isdir: folder, isexec: false, size: bytes, md5: null });
      addFolders(nodes, path, false);
    }
    // As a walk tells them: a folder's own files, then what is in its folders.
    return chosenNodes(nodes, "", options).toSorted((a, b) => (walkKey(a.path) < walkKey(b.path) ? -1 : 1));
  } finally {
    await source.remote.close();
  }
}

function walkKey(path: string): string {
  const parts = path.split("/");
  return parts.map((part, i) => `${i === parts.length - 1 ? 0 : 1}${part}`).join("/");
}

/** The repository of a folder, where there is one: for `remote://` and the options of remotes. */
export function repositoryAround(dvcFolder: string | null): Repository | null {
  if (dvcFolder === null) return null;
  const root = join(dvcFolder, "..");
  return openRepository({ root, dvcFolder, stemmaFolder: join(root, "stemma") });
}
