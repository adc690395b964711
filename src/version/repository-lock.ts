import { existsSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { isAlive, LockedError, type LockOptions, type Project, withLock } from "../store/index.ts";
import { mergedConfig } from "./config.ts";

export interface RepositoryLockOptions extends Pick<LockOptions, "waitMs" | "signal"> {
  /** Absolute paths that the work writes; a stage that runs elsewhere may be using them. */
  readonly writes?: readonly string[];
}

/**
 * Does some work in a repository while no other process, real DVC included, writes there. Calls inside the work don't wait.
 *
 * @throws {LockedError} another process is working in the repository, or a stage that runs uses one of the paths
 */
export async function lockRepository<T>(
  project: Project,
  work: () => Promise<T>,
  options: RepositoryLockOptions = {},
): Promise<T> {
  // Without `.dvc/` there is nothing to share yet; making it is one rename.
  if (!existsSync(project.dvcFolder)) return work();
  const folder = join(project.dvcFolder, "tmp");
  const config = mergedConfig(project.dvcFolder);
  const hardlink = String(config.get("core")?.get("hardlink_lock") ?? "").toLowerCase() === "true";
  return withLock(
    join(folder, "lock"),
    async () => {
      checkUsers(join(folder, "rwlock"), options.writes ?? []);
      return work();
    },
    { ...options, hardlink },
  );
}

interface User {
  readonly pid: number;
  readonly cmd: string;
}

// While DVC runs a stage's command it gives the lock back, and lists what the stage uses here (dvc/rwlock.py).
function checkUsers(file: string, writes: readonly string[]): void {
  if (writes.length === 0 || !existsSync(file)) return;
  for (const [path, user] of usersIn(file)) {
    if (!writes.some((own) => own === path || own.startsWith(path + sep) || path.startsWith(own + sep))) continue;
    if (user.pid !== process.pid && isAlive(user.pid)) {
      throw new LockedError(path, `"${user.cmd}" (process ${user.pid})`);
    }
  }
}

function usersIn(file: string): readonly (readonly [string, User])[] {
  const { read = {}, write = {} } = JSON.parse(readFileSync(file, "utf8") || "{}") as {
    readonly read?: Readonly<Record<string, readonly User[]>>;
    readonly write?: Readonly<Record<string, User>>;
  };
  return [
    ...Object.entries(write),
    ...Object.entries(read).flatMap(([path, users]) => users.map((user): readonly [string, User] => [path, user])),
  ];
}
