import { closeSync, mkdirSync, openSync, statSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Project } from "../store/index.ts";
import { type PathUser, type PathUsersFile, pathUsers, refuseUsers } from "../version/index.ts";
import { replaceFile } from "./replace-file.ts";
import { type GraphStage, stageId } from "./stage.ts";

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
  private readonly self: PathUser = { pid: process.pid, cmd: process.argv.slice(1).join(" ") };
  private readonly claims = new Map<string, Paths>();
  private changed = false;

  constructor(project: Project) {
    this.file = join(project.dvcFolder, "tmp", "rwlock");
  }

  /** @throws {LockedError} another process is writing what the stage reads, or what it made */
  check(stage: GraphStage): void {
    const { read, write } = pathsOf(stage);
    refuseUsers([...read, ...write], pathUsers(this.file).write);
  }

  /**
   * Makes the stage's paths its own; others hear of it with the next `write()`.
   *
   * @throws {LockedError} another process uses one of them
   */
  claim(stage: GraphStage): void {
    const paths = pathsOf(stage);
    const others = pathUsers(this.file);
    refuseUsers([...paths.read, ...paths.write], others.write);
    const readers = [...others.read].flatMap(([path, users]) => users.map((user): [string, PathUser] => [path, user]));
    refuseUsers(paths.write, readers);
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
    const others = pathUsers(this.file);
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

// It says what runs now: after a power cut nothing does, so it need not be on the disk.
function replace(file: string, users: PathUsersFile): void {
  const text = JSON.stringify(users);
  const before = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (before >= text.length && before < longest) {
    overwrite(file, Buffer.from(text.padEnd(before)));
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  replaceFile(file, text, { data: false });
}

const longest = 64 * 1024;

// A file that is replaced by another goes to the disk at once on ext4; one that is written over does not. Blanks are no part of JSON.
function overwrite(path: string, bytes: Uint8Array): void {
  const file = openSync(path, "r+");
  try {
    writeSync(file, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(file);
  }
}
