import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { isAlive, LockedError, type Project } from "../store/index.ts";
import { PipelineError } from "./pipeline-error.ts";
import { replaceFile } from "./replace-file.ts";
import { type GraphStage, stageId } from "./stage.ts";

/** Who uses a path. */
interface User {
  readonly pid: number;
  readonly cmd: string;
}

interface Users {
  readonly read: ReadonlyMap<string, readonly User[]>;
  readonly write: ReadonlyMap<string, User>;
}

interface Paths {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/**
 * What stages that run now read and write, in `.dvc/tmp/rwlock` as DVC keeps it (dvc/rwlock.py): while a command runs the
 * repository is free for others, and this file tells them, real DVC included, what to keep off.
 *
 * All of it is called with the repository's lock, which DVC has as well when it edits the file.
 */
export class StageUsers {
  private readonly file: string;
  private readonly self: User = { pid: process.pid, cmd: process.argv.slice(1).join(" ") };
  private readonly claims = new Map<string, Paths>();
  private changed = false;

  constructor(project: Project) {
    this.file = join(project.dvcFolder, "tmp", "rwlock");
  }

  /** @throws {LockedError} another process is writing what the stage reads, or what it made */
  check(stage: GraphStage): void {
    const { read, write } = pathsOf(stage);
    refuse([...read, ...write], othersIn(this.file).write);
  }

  /**
   * Makes the stage's paths its own; others hear of it with the next `write()`.
   *
   * @throws {LockedError} another process uses one of them
   */
  claim(stage: GraphStage): void {
    const paths = pathsOf(stage);
    const others = othersIn(this.file);
    refuse([...paths.read, ...paths.write], others.write);
    const readers = [...others.read].flatMap(([path, users]) => users.map((user): [string, User] => [path, user]));
    refuse(paths.write, readers);
    this.claims.set(stageId(stage), paths);
    this.changed = true;
  }

  release(stage: GraphStage): void {
    this.changed = this.claims.delete(stageId(stage)) || this.changed;
  }

  releaseAll(): void {
    this.changed = this.claims.size > 0 || this.changed;
    this.claims.clear();
  }

  /** Whether others see a claim that holds no more, or don't see one that does. */
  get isOpen(): boolean {
    return this.changed || this.claims.size > 0;
  }

  /** Tells the others. */
  write(): void {
    if (!this.changed) return;
    const others = othersIn(this.file);
    const read = new Map([...others.read].map(([path, users]) => [path, [...users]]));
    const write = new Map(others.write);
    for (const paths of this.claims.values()) {
      for (const path of paths.read) {
        const users = read.get(path) ?? [];
        if (!users.includes(this.self)) read.set(path, [...users, this.self]);
      }
      for (const path of paths.write) write.set(path, this.self);
    }
    replace(this.file, {
      ...(write.size === 0 ? {} : { write: Object.fromEntries(write) }),
      ...(read.size === 0 ? {} : { read: Object.fromEntries(read) }),
    });
    this.changed = false;
  }
}

function pathsOf(stage: GraphStage): Paths {
  const read = stage.kind === "data" ? [] : [...stage.deps, ...stage.params].map(({ absolute }) => absolute);
  return { read, write: stage.outs.map(({ absolute }) => absolute) };
}

function refuse(own: readonly string[], others: Iterable<readonly [string, User]>): void {
  for (const [path, user] of others) {
    if (own.some((mine) => mine === path || mine.startsWith(path + sep) || path.startsWith(mine + sep))) {
      throw new LockedError(path, `"${user.cmd}" (process ${user.pid})`);
    }
  }
}

/** What other processes that live use. What a killed one left behind is nobody's. */
function othersIn(file: string): Users {
  const known = existsSync(file) ? parseUsers(readFileSync(file, "utf8"), file) : {};
  const isOther = ({ pid }: User): boolean => pid !== process.pid && isAlive(pid);
  const read = Object.entries(known.read ?? {})
    .map(([path, users]) => [path, users.filter(isOther)] as const)
    .filter(([, users]) => users.length > 0);
  return { read: new Map(read), write: new Map(Object.entries(known.write ?? {}).filter(([, user]) => isOther(user))) };
}

interface UsersFile {
  readonly read?: Readonly<Record<string, readonly User[]>>;
  readonly write?: Readonly<Record<string, User>>;
}

function parseUsers(text: string, file: string): UsersFile {
  try {
    const value: unknown = JSON.parse(text || "{}");
    if (isUsersFile(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new PipelineError(
    `Unable to read RWLock-file '${file}'. JSON structure is corrupted. When no stage is running, delete it.`,
  );
}

function isUsersFile(value: unknown): value is UsersFile {
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

// It says what runs now: after a power cut nothing does, so it need not be on the disk.
function replace(file: string, users: UsersFile): void {
  mkdirSync(dirname(file), { recursive: true });
  replaceFile(file, JSON.stringify(users), { data: false });
}
