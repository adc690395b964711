import { spawnSync } from "node:child_process";

/** Which commits of a repository are meant. */
export interface CommitChoice {
  readonly branches?: boolean;
  readonly tags?: boolean;
  /** Every commit that a branch or tag leads to. */
  readonly all?: boolean;
  /** Names of commits. */
  readonly revs?: readonly string[];
  /** So many commits of each branch and of each of {@link revs}, newest first; 1 without it, all for a negative number. */
  readonly count?: number;
  /** `YYYY-MM-DD`: every commit since that day. */
  readonly since?: string;
  /** What DVC keeps below `refs/exps`, all commits of it and of its queue; and what waits or failed in Stemma's queue. */
  readonly experiments?: boolean;
  /** false: not what lies in the folder. */
  readonly workspace?: false;
}

/** The commits, 40 hex digits each, once each; null for a name that git does not know. */
export function commitsOf(folder: string, choice: CommitChoice): readonly string[] | { readonly unknown: string } {
  const { branches, tags, all, revs = [], count = 1, since, experiments } = choice;
  const found = new Set<string>();
  const take = (args: readonly string[]): boolean => {
    const output = gitLines(folder, args);
    for (const line of output ?? []) found.add(line);
    return output !== null;
  };
  const newest = (name: string): boolean =>
    take(["rev-list", "--first-parent", ...(count < 0 ? [] : [`--max-count=${count}`]), "--end-of-options", name]);
  for (const rev of revs) if (!newest(rev)) return { unknown: rev };
  if (all === true) take(["rev-list", "--branches", "--tags", "HEAD"]);
  if (since !== undefined) take(["rev-list", "--branches", "--tags", "HEAD", `--since=${since}T00:00:00`]);
  if (branches === true) {
    for (const name of gitLines(folder, ["for-each-ref", "--format=%(refname)", "refs/heads/"]) ?? []) newest(name);
  }
  if (tags === true) take(["rev-list", "--no-walk", "--tags"]);
  if (experiments === true) for (const commit of experimentCommits(folder)) found.add(commit);
  return [...found];
}

// A stash is a reflog: the ref is its newest entry only.
const stashes = /^refs\/exps\/(?:stash|celery\/)/;

function experimentCommits(folder: string): readonly string[] {
  const roots = ["refs/exps/", "refs/stemma/queue/", "refs/stemma/failed/"];
  const refs = gitLines(folder, ["for-each-ref", "--format=%(refname)", ...roots]) ?? [];
  if (refs.length === 0) return [];
  const own = refs.flatMap((ref) => {
    const [, first, rest] = /^refs\/exps\/([0-9a-f]{2})\/([0-9a-f]{38})\//.exec(ref) ?? [];
    return first === undefined ? [] : [{ ref, baseline: `${first}${rest}` }];
  });
  const baselines = [...new Set(own.map(({ baseline }) => baseline))];
  const there = new Set(baselines.filter((one) => gitLines(folder, ["cat-file", "-e", one]) !== null));
  const walked = own.filter(({ baseline }) => there.has(baseline)).map(({ ref }) => ref);
  return [
    ...(gitLines(folder, ["rev-list", "--no-walk", ...refs]) ?? []),
    // Experiments of several commits, up to what they began from.
    ...(walked.length === 0 ? [] : (gitLines(folder, ["rev-list", ...walked, "--not", ...there]) ?? [])),
    ...refs
      .filter((ref) => stashes.test(ref))
      .flatMap((ref) => gitLines(folder, ["log", "-g", "--format=%H", ref]) ?? []),
  ];
}

function gitLines(folder: string, args: readonly string[]): readonly string[] | null {
  const { status, stdout } = spawnSync("git", args, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" },
  });
  return status === 0 ? stdout.split("\n").filter((line) => line !== "") : null;
}

/** A file of a commit: its length, and whether it may be executed. */
export interface CommittedFile {
  readonly bytes: number;
  readonly isexec: boolean;
}

/** The files below a folder as a commit has them, by path from the folder. */
export function committedFiles(folder: string, commit: string): ReadonlyMap<string, CommittedFile> {
  const files = new Map<string, CommittedFile>();
  for (const line of (gitLines(folder, ["ls-tree", "-r", "-l", "-z", commit, "--", "."]) ?? [])
    .join("\n")
    .split("\0")) {
    const [, mode, bytes, path] = /^(\d+) blob [0-9a-f]+ +(\d+)\t([\s\S]+)$/.exec(line) ?? [];
    if (path !== undefined) files.set(path, { bytes: Number(bytes), isexec: mode === "100755" });
  }
  return files;
}
