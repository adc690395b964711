import { existsSync, readFileSync } from "node:fs";
import { sep } from "node:path";
import { StemmaError } from "../error.ts";
import { isAlive, LockedError } from "../store/index.ts";

/** Who uses a path. */
export interface PathUser {
  readonly pid: number;
  readonly cmd: string;
}

export interface PathUsers {
  readonly read: ReadonlyMap<string, readonly PathUser[]>;
  readonly write: ReadonlyMap<string, PathUser>;
}

/** @throws {LockedError} somebody uses one of the paths, what is around it, or what is in it */
export function refuseUsers(own: readonly string[], others: Iterable<readonly [string, PathUser]>): void {
  for (const [path, user] of others) {
    if (own.some((mine) => mine === path || mine.startsWith(path + sep) || path.startsWith(mine + sep))) {
      throw new LockedError(path, `"${user.cmd}" (process ${user.pid})`);
    }
  }
}

/**
 * What other processes that live use, as DVC's `rwlock` has it: while a stage's command runs the repository is free, and this file
 * tells what it uses (dvc/rwlock.py). What a killed process left behind is nobody's.
 */
export function pathUsers(file: string): PathUsers {
  const known = existsSync(file) ? parseUsers(readFileSync(file, "utf8"), file) : {};
  const isOther = ({ pid }: PathUser): boolean => pid !== process.pid && isAlive(pid);
  const read = Object.entries(known.read ?? {})
    .map(([path, users]) => [path, users.filter(isOther)] as const)
    .filter(([, users]) => users.length > 0);
  return { read: new Map(read), write: new Map(Object.entries(known.write ?? {}).filter(([, user]) => isOther(user))) };
}

/** As it is in the file. */
export interface PathUsersFile {
  readonly read?: Readonly<Record<string, readonly PathUser[]>>;
  readonly write?: Readonly<Record<string, PathUser>>;
}

function parseUsers(text: string, file: string): PathUsersFile {
  try {
    const value: unknown = JSON.parse(text || "{}");
    if (isUsersFile(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new StemmaError(
    "RWLOCK",
    `Unable to read RWLock-file '${file}'. JSON structure is corrupted. When no stage is running, delete it.`,
  );
}

function isUsersFile(value: unknown): value is PathUsersFile {
  const isRecord = (one: unknown): one is Readonly<Record<string, unknown>> => typeof one === "object" && one !== null;
  const isUser = (one: unknown): boolean =>
    isRecord(one) && Number.isInteger(one["pid"]) && typeof one["cmd"] === "string";
  if (!isRecord(value)) return false;
  const { read = {}, write = {} } = value;
  return (
    isRecord(read) &&
    isRecord(write) &&
    Object.values(write).every(isUser) &&
    Object.values(read).every((users) => Array.isArray(users) && users.every(isUser))
  );
}
