import { spawnSync } from "node:child_process";

/** What git says of the files below a folder. */
export interface TrackedStates {
  /** Before the first commit. */
  readonly empty: boolean;
  /** Something is staged, changed, or (when asked for) untracked. */
  readonly dirty: boolean;
  /** Paths from the folder, with `/`; files, never folders. */
  readonly untracked: readonly string[];
}

/** The state of the repository around a folder; null outside of one. */
export function trackedStates(folder: string, untracked: boolean): TrackedStates | null {
  const mode = untracked ? "all" : "no";
  const { status, stdout } = spawnSync(
    "git",
    ["status", "--porcelain=v2", "--branch", "-z", `--untracked-files=${mode}`],
    {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 1024 * 1024 * 1024,
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" },
    },
  );
  if (status !== 0) return null;
  const lines = stdout.split("\0").filter((line) => line !== "");
  const prefix = prefixOf(folder);
  const names = lines.filter((line) => line.startsWith("? ")).map((line) => line.slice(2));
  return {
    empty: lines.includes("# branch.oid (initial)"),
    dirty: lines.some((line) => !line.startsWith("# ")),
    untracked: names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)),
  };
}

/** The folder from the top of its repository, with `/` behind it; empty at the top. */
function prefixOf(folder: string): string {
  const { stdout } = spawnSync("git", ["rev-parse", "--show-prefix"], { cwd: folder, encoding: "utf8" });
  return stdout.replace(/\n$/, "");
}
