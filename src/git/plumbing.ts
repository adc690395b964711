import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { resolve } from "node:path";
import { StemmaError } from "../error.ts";

/** git did not do what it was asked. */
export class GitError extends StemmaError {
  constructor(args: readonly string[], message: string) {
    super("GIT", `git ${args[0] ?? ""} failed: ${message.trim() || "no reason was given"}`);
  }
}

export interface GitCall {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** What git prints. @throws {GitError} with git's own words */
export function callGit(folder: string, args: readonly string[], { input, env }: GitCall = {}): string {
  const { status, stdout, stderr, error } = spawnSync("git", args, {
    cwd: folder,
    maxBuffer: 1024 * 1024 * 1024,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, GIT_TERMINAL_PROMPT: "0", LC_ALL: "C", ...env },
    ...(input === undefined ? {} : { input }),
  });
  if (error !== undefined) throw new GitError(args, error.message);
  if (status !== 0) throw new GitError(args, stderr.toString());
  return stdout.toString();
}

/** The same, and null where git says no. */
export function askGit(folder: string, args: readonly string[], call: GitCall = {}): string | null {
  try {
    return callGit(folder, args, call);
  } catch (error) {
    if (error instanceof GitError) return null;
    throw error;
  }
}

/** The top of the repository around a folder; null outside of one. */
export function topOf(folder: string): string | null {
  return askGit(folder, ["rev-parse", "--show-toplevel"])?.replace(/\n$/, "") ?? null;
}

/** A name below `refs/`, and the commit that it stands for. */
export interface Ref {
  readonly ref: string;
  readonly commit: string;
}

/** All refs below a prefix such as `refs/exps/`, by name. */
export function listRefs(folder: string, prefix: string): readonly Ref[] {
  const text = askGit(folder, ["for-each-ref", "--format=%(objectname) %(refname)", prefix]) ?? "";
  return parseRefs(text, " ");
}

/** The same of another repository. @param remote its name, address or folder @throws {GitError} */
export function listRemoteRefs(folder: string, remote: string, prefix: string): readonly Ref[] {
  return parseRefs(callGit(folder, ["ls-remote", "--refs", "--", remote, `${prefix}*`]), "\t");
}

function parseRefs(text: string, between: string): readonly Ref[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => ({ commit: line.slice(0, line.indexOf(between)), ref: line.slice(line.indexOf(between) + 1) }));
}

/** The commit of a ref or revision; null without one. */
export function commitAt(folder: string, revision: string): string | null {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`];
  return askGit(folder, args)?.trim() ?? null;
}

/** Points a ref at a commit. @param message for its log, which is made where it is given @throws {GitError} */
export function setRef(folder: string, { ref, commit }: Ref, message?: string): void {
  const log = message === undefined ? [] : ["--create-reflog", "-m", message];
  callGit(folder, ["update-ref", ...log, ref, commit]);
}

/** Takes a ref away; nothing where there is none. @throws {GitError} */
export function deleteRef(folder: string, ref: string): void {
  callGit(folder, ["update-ref", "-d", ref]);
}

/** When a commit was made, in ms. */
export function commitTime(folder: string, commit: string): number {
  return Number(callGit(folder, ["show", "--no-patch", "--format=%ct", commit]).trim()) * 1000;
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  /** Kept to the byte: git's own commands put a line's end behind it, DVC does not. */
  readonly message: string;
}

/** Writes a commit that no branch has. @returns its 40 hex digits @throws {GitError} */
export function writeCommit(folder: string, { tree, parents, message }: NewCommit): string {
  const lines = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${identity(folder, "AUTHOR")}`,
    `committer ${identity(folder, "COMMITTER")}`,
  ];
  const input = `${lines.join("\n")}\n\n${message}`;
  return callGit(folder, ["hash-object", "-t", "commit", "-w", "--stdin"], { input }).trim();
}

// A machine where nobody told git a name makes experiments all the same, as DVC's do.
function identity(folder: string, role: "AUTHOR" | "COMMITTER"): string {
  const { username } = userInfo();
  const env = { [`GIT_${role}_NAME`]: username, [`GIT_${role}_EMAIL`]: `${username}@${hostname()}` };
  const asked = ["var", `GIT_${role}_IDENT`];
  return (askGit(folder, asked) ?? callGit(folder, asked, { env })).trim();
}

/** Work with an index of its own, so that the user's stays as it is. @param start a copy of the user's, or empty */
export function withIndex<T>(
  folder: string,
  start: "current" | "empty",
  work: (env: Readonly<Record<string, string>>) => T,
): T {
  const current = resolve(folder, callGit(folder, ["rev-parse", "--git-path", "index"]).trim());
  const aside = `${current}-${process.pid}-${randomBytes(6).toString("hex")}`;
  if (start === "current" && existsSync(current)) copyFileSync(current, aside);
  try {
    return work({ GIT_INDEX_FILE: aside });
  } finally {
    rmSync(aside, { force: true });
    rmSync(`${aside}.lock`, { force: true });
  }
}

export interface WorkingTreeOptions {
  /** Files besides those that git knows, absolute; they may be ones that git ignores. */
  readonly add?: readonly string[];
}

/** The tree of what lies in the folders now, of the files that git knows. @throws {GitError} a merge is not done */
export function writeWorkingTree(top: string, { add = [] }: WorkingTreeOptions = {}): string {
  return withIndex(top, "current", (env) => {
    callGit(top, ["add", "--update", "--", ":/"], { env });
    if (add.length > 0) {
      const input = add.map((path) => `${path}\0`).join("");
      const args = ["--literal-pathspecs", "add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul"];
      callGit(top, args, { env, input });
    }
    return callGit(top, ["write-tree"], { env }).trim();
  });
}

/** A tree with some files' content another. @param files by path from the top; files that are not there yet are made */
export function writeChangedTree(top: string, tree: string, files: ReadonlyMap<string, string>): string {
  if (files.size === 0) return tree;
  return withIndex(top, "empty", (env) => {
    callGit(top, ["read-tree", tree], { env });
    const lines = [...files].map(([path, text]) => {
      const mode = /^(\d+) blob/.exec(askGit(top, ["ls-tree", "--full-tree", tree, "--", path]) ?? "")?.[1] ?? "100644";
      const object = callGit(top, ["hash-object", "-w", "--stdin"], { input: text }).trim();
      return `${mode} ${object}\t${path}\0`;
    });
    callGit(top, ["update-index", "--add", "-z", "--index-info"], { env, input: lines.join("") });
    return callGit(top, ["write-tree"], { env }).trim();
  });
}
