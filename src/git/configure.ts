import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

/** The folder that git looks for hooks in (`core.hooksPath`, worktrees). */
export function hooksFolder(root: string): string {
  return resolve(
    root,
    execFileSync("git", ["rev-parse", "--git-path", "hooks"], { cwd: root, encoding: "utf8" }).trim(),
  );
}

/** Sets a key of the repository's own configuration. */
export function setConfig(root: string, key: string, value: string): void {
  execFileSync("git", ["config", key, value], { cwd: root });
}
