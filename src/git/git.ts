import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";

/** Where a repository stands. */
export interface Head {
  /** 40 hex digits; null before the first commit. */
  readonly commit: string | null;
  /** null when detached. */
  readonly branch: string | null;
  /** Whether a tracked file differs from the commit, or something is staged. */
  readonly dirty: boolean;
}

const limitMs = 2_000;

/** Where the repository of a folder stands; null without git, outside a repository, or when git does not answer in 2 s. */
export function headOf(folder: string): Head | null {
  const text = git(folder, ["status", "--porcelain=v2", "--branch", "--untracked-files=no"]).output;
  return text === null ? null : parseStatus(text);
}

/** The head that `git status --porcelain=v2 --branch` describes (git-status(1), "Porcelain Format Version 2"). */
export function parseStatus(text: string): Head {
  const lines = text.split("\n").filter((line) => line !== "");
  const header = (name: string): string | null =>
    lines.find((line) => line.startsWith(`# ${name} `))?.slice(name.length + 3) ?? null;
  const commit = header("branch.oid");
  const branch = header("branch.head");
  return {
    commit: commit === "(initial)" ? null : commit,
    branch: branch === "(detached)" ? null : branch,
    dirty: lines.some((line) => !line.startsWith("# ")),
  };
}

/** The address that a repository came from, origin before others, without a password or token in it; null where it has none. */
export function remoteOf(folder: string): string | null {
  const { output } = git(folder, ["config", "--get-regexp", "^remote\\..*\\.url$"]);
  const lines = (output ?? "").split("\n").filter((line) => line !== "");
  const line = lines.find((one) => one.startsWith("remote.origin.url ")) ?? lines[0];
  return line === undefined ? null : withoutSecrets(line.slice(line.indexOf(" ") + 1));
}

/** An address as it may be shown: `https://user:token@host/x` as `https://host/x`. The user of an ssh address is no secret. */
export function withoutSecrets(address: string): string {
  const parts = /^([a-z][a-z0-9+.-]*:\/\/)([^/@]*(?:@[^/@]*)*)@(.*)$/i.exec(address);
  if (parts === null) return address;
  const [, scheme = "", user = "", rest = ""] = parts;
  const shown = /^(git\+)?ssh:/i.test(scheme) ? `${user.split(":")[0] ?? ""}@` : "";
  return `${scheme}${shown}${rest}`;
}

/** Whether a file, or any file below a folder, is in the index of the repository around it; false without one. */
export function isTracked(path: string): boolean {
  const { output } = git(dirname(path), ["--literal-pathspecs", "ls-files", "--", basename(path)]);
  return output !== null && output !== "";
}

/** Whether git ignores a path (a folder's path with `/` behind it); false outside a repository. */
export function isIgnored(path: string): boolean {
  const folder = dirname(path);
  // `./` keeps a name that begins with ":" from being read as pathspec magic; check-ignore knows no --literal-pathspecs.
  const name = `./${basename(path)}${path.endsWith("/") ? "/" : ""}`;
  return git(folder, ["check-ignore", "--quiet", "--", name]).status === 0;
}

/** Stages paths, as `git add` does; false when git refuses or there is no repository. */
export function stage(folder: string, paths: readonly string[]): boolean {
  return git(folder, ["--literal-pathspecs", "add", "--", ...paths]).status === 0;
}

interface Answer {
  readonly status: number | null;
  /** null when git failed. */
  readonly output: string | null;
}

function git(folder: string, args: readonly string[]): Answer {
  if (!existsSync(folder)) return { status: null, output: null };
  const { status, stdout } = spawnSync("git", args, {
    cwd: folder,
    encoding: "utf8",
    timeout: limitMs,
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "ignore"],
    // A reader must not take the index lock from under a commit that the user is making.
    env: { ...process.env, GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" },
  });
  return { status, output: status === 0 ? stdout : null };
}
