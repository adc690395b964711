import { MissingDataError } from "../version-error.ts";
import { type Node, repoNodes } from "./list-data.ts";
import type { RepoSettings } from "./repo-settings.ts";

/** A file or folder and the bytes that it takes, with data that is recorded and not here. */
export interface DiskUsage {
  /** From the repository's root, with `/`; empty for the sum of the repository. */
  readonly path: string;
  readonly bytes: number;
}

export interface DiskUsageOptions {
  readonly folder: string;
  /** A commit, branch or tag; the folder as it lies there without it. */
  readonly rev?: string;
  /** Only the sum. */
  readonly summarize?: boolean;
  readonly remote?: string;
  /** What is said of the repository's remotes besides what it says itself. */
  readonly settings?: RepoSettings;
}

/**
 * What the files and the data of a repository's folder take, its entries first, itself last. DVC's own files do not count.
 *
 * @throws {MissingDataError} there is no such file or folder @throws {CloneError} there is no such repository, or no such commit
 */
export async function diskUsage(
  from: { readonly url: string; readonly path: string },
  options: DiskUsageOptions,
): Promise<readonly DiskUsage[]> {
  const { path } = from;
  const nodes = await repoNodes(from, options);
  const own = nodes.get(path);
  const names = namesIn(nodes, path);
  if (own === undefined && names.length === 0 && path !== "") {
    throw new MissingDataError(path, `There is no ${path} in ${from.url}.`);
  }
  const total = { path, bytes: bytesOf(nodes, path) };
  if (options.summarize === true || (own !== undefined && !own.isdir)) return [total];
  return [...names.map((name) => ({ path: name, bytes: bytesOf(nodes, name) })), total];
}

function isCounted(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return !(name.endsWith(".dvc") || name === "dvc.yaml" || name === ".dvcignore");
}

function namesIn(nodes: ReadonlyMap<string, Node>, folder: string): readonly string[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  return [...nodes.keys()]
    .filter((path) => path !== folder && path.startsWith(prefix) && !path.slice(prefix.length).includes("/"))
    .filter(isCounted)
    .toSorted((a, b) => (a < b ? -1 : 1));
}

function bytesOf(nodes: ReadonlyMap<string, Node>, path: string): number {
  const own = nodes.get(path);
  if (own !== undefined && !own.isdir) return own.size ?? 0;
  const prefix = path === "" ? "" : `${path}/`;
  const files = [...nodes].filter(([file, node]) => file.startsWith(prefix) && !node.isdir && isCounted(file));
  // Of a versioned folder that is not here only its sum is known.
  if (own?.isout === true && files.every(([, { size }]) => size === null)) return own.size ?? 0;
  // A versioned folder further down may be one of these, too.
  return namesIn(nodes, path).reduce((sum, name) => sum + bytesOf(nodes, name), 0);
}
