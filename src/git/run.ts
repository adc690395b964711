import { spawnSync } from "node:child_process";

/** What git prints, null where it fails. Takes no locks that another git may want. @param input what it reads */
export function run(folder: string, args: readonly string[], input?: string): Buffer | null {
  const { status, stdout } = spawnSync("git", args, {
    cwd: folder,
    maxBuffer: 1024 * 1024 * 1024,
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...process.env, GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" },
    ...(input === undefined ? {} : { input }),
  });
  return status === 0 ? stdout : null;
}
