import { GitError } from "./plumbing.ts";
import { run } from "./run.ts";

/** The files of a folder as a commit has them. */
export interface Revision {
  /** 40 hex digits. */
  readonly commit: string;
  /** Paths from the folder, with `/`, in the order of git. */
  readonly paths: readonly string[];
  /** The bytes of a file; null when the commit has none of that name. @throws {GitError} git has lost them */
  read(path: string): Buffer | null;
}

/** The files below a folder at a revision (a branch, tag, commit, `HEAD~1`); null when git knows no such revision. */
export function openRevision(folder: string, revision: string): Revision | null {
  const commit = run(folder, [
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${revision}^{commit}`,
  ])?.toString();
  if (commit === undefined) return null;
  const listing = run(folder, ["ls-tree", "-r", "-z", commit.trim(), "--", "."])?.toString() ?? "";
  const objects = new Map<string, string>();
  for (const line of listing.split("\0")) {
    const match = /^(\d+) blob ([0-9a-f]+)\t([\s\S]+)$/.exec(line);
    // A symbolic link's blob is where it leads to, not content.
    if (match?.[1] !== "120000" && match?.[2] !== undefined && match[3] !== undefined) objects.set(match[3], match[2]);
  }
  return {
    commit: commit.trim(),
    paths: [...objects.keys()],
    read: (path) => {
      const object = objects.get(path);
      return object === undefined ? null : blobOf(folder, object);
    },
  };
}

function blobOf(folder: string, object: string): Buffer {
  const args = ["cat-file", "blob", object];
  const bytes = run(folder, args);
  if (bytes === null)
    throw new GitError(args, `it has lost ${object}. Fetch it (git fetch --refetch), or see git fsck in ${folder}.`);
  return bytes;
}

/** The names of all branches, or of all tags; none outside of a repository. */
export function refNames(folder: string, kind: "heads" | "tags"): readonly string[] {
  const text = run(folder, ["for-each-ref", "--format=%(refname)", `refs/${kind}/`])?.toString() ?? "";
  return lines(text).map((name) => name.slice(`refs/${kind}/`.length));
}

/** The tags of the commit that is checked out; none outside of a repository. */
export function tagsAtHead(folder: string): readonly string[] {
  return lines(run(folder, ["tag", "--points-at", "HEAD"])?.toString() ?? "");
}

/** All commits that a branch or tag leads to, newest first: 40 hex digits each. */
export function allCommits(folder: string): readonly string[] {
  return lines(run(folder, ["rev-list", "--branches", "--tags", "HEAD"])?.toString() ?? "");
}

/** Those of the paths (from the folder, with `/`) that are in the index of git. */
export function trackedPaths(folder: string, paths: readonly string[]): ReadonlySet<string> {
  if (paths.length === 0) return new Set();
  const listed = run(folder, ["ls-files", "-z", "--", "."])?.toString().split("\0") ?? [];
  const folders = new Set<string>();
  for (const path of listed) {
    folders.add(path);
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) folders.add(path.slice(0, at));
  }
  return new Set(paths.filter((path) => folders.has(path)));
}

/** Those of the paths (from the folder, with `/`; a folder's with `/` behind it) that git ignores. */
export function ignoredPaths(folder: string, paths: readonly string[]): ReadonlySet<string> {
  if (paths.length === 0) return new Set();
  const output = run(folder, ["check-ignore", "-z", "--stdin"], paths.map((path) => `./${path}\0`).join(""));
  return new Set((output?.toString().split("\0") ?? []).map((path) => path.replace(/^\.\//, "")));
}

function lines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}
