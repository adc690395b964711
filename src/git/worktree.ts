import { rmSync } from "node:fs";
import { askGit, callGit, deleteRef, setRef, withIndex, writeCommit } from "./plumbing.ts";

/** Makes a folder with the files of a tree, at a commit. @throws {GitError} */
export function addWorktree(
  top: string,
  folder: string,
  { commit, tree }: { readonly commit: string; readonly tree: string },
): void {
  callGit(top, ["worktree", "add", "--quiet", "--detach", "--no-checkout", folder, commit]);
  callGit(folder, ["read-tree", "-u", "--reset", tree]);
}

/** Takes such a folder away, whatever is in it. */
export function removeWorktree(top: string, folder: string): void {
  askGit(top, ["worktree", "remove", "--force", "--force", folder]);
  rmSync(folder, { recursive: true, force: true });
  askGit(top, ["worktree", "prune"]);
}

/** Keeps what differs from the commit, untracked files too, as `git stash` does, under a ref of its own; nothing is taken from the folder. @returns whether anything differs */
export function keepStash(
  top: string,
  head: string,
  { ref, message }: { readonly ref: string; readonly message: string },
): boolean {
  const list = callGit(top, ["ls-files", "--others", "--exclude-standard", "-z"]);
  const clean = callGit(top, ["status", "--porcelain", "--untracked-files=no"]) === "";
  if (clean && list === "") {
    deleteRef(top, ref);
    return false;
  }
  const staged = callGit(top, ["write-tree"]).trim();
  const index = writeCommit(top, { tree: staged, parents: [head], message: `index on ${message}` });
  const work = withIndex(top, "current", (env) => {
    callGit(top, ["add", "--update", "--", ":/"], { env });
    return callGit(top, ["write-tree"], { env }).trim();
  });
  const parents = [head, index];
  if (list !== "") {
    const tree = withIndex(top, "empty", (env) => {
      callGit(top, ["update-index", "--add", "-z", "--stdin"], { env, input: list });
      return callGit(top, ["write-tree"], { env }).trim();
    });
    parents.push(writeCommit(top, { tree, parents: [], message: `untracked files on ${message}` }));
  }
  const commit = writeCommit(top, { tree: work, parents, message });
  setRef(top, { ref, commit }, `commit: ${message}`);
  return true;
}

/** Writes the files of a commit into the folders, over what is there; the index and HEAD stay. @returns paths from the top that were written */
export function writeFilesOf(top: string, commit: string): readonly string[] {
  return withIndex(top, "current", (env) => {
    askGit(top, ["update-index", "-q", "--refresh"], { env });
    const names = (text: string): readonly string[] => text.split("\0").filter((name) => name !== "");
    const known = new Set(names(callGit(top, ["ls-files", "-z", "--", ":/"], { env })));
    const own = names(callGit(top, ["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit]));
    const differing = new Set(names(callGit(top, ["diff-index", "-z", "--name-only", commit], { env })));
    const wanted = own.filter((path) => differing.has(path) || !known.has(path));
    callGit(top, ["read-tree", "--reset", commit], { env });
    const input = wanted.map((path) => `${path}\0`).join("");
    if (wanted.length > 0) callGit(top, ["checkout-index", "--force", "-z", "--stdin"], { env, input });
    return wanted;
  });
}
