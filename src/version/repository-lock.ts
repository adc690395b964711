import { existsSync } from "node:fs";
import { join } from "node:path";
import { type LockOptions, type Project, withLock } from "../store/index.ts";
import { mergedConfig } from "./config.ts";
import { pathUsers, refuseUsers } from "./path-users.ts";

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

function checkUsers(file: string, writes: readonly string[]): void {
  if (writes.length === 0) return;
  const { read, write } = pathUsers(file);
  refuseUsers(writes, write);
  for (const [path, users] of read)
    refuseUsers(
      writes,
      users.map((user) => [path, user] as const),
    );
}
