import { closeSync, fdatasync, fdatasyncSync, openSync, statSync } from "node:fs";
import { DatabaseFullError, freeReserve, openDatabase, type Project, type Sql } from "../../store/index.ts";

interface Waiting {
  readonly work: (sql: Sql) => void;
  /** Null: nobody waits until it is on the disk. */
  readonly done: (() => void) | null;
  readonly failed: (error: unknown) => void;
}

/** Writes of one project that go to the disk together: everything that comes while one group is on its way is the next. */
export class GroupWriter {
  readonly #project: Project;
  readonly #log: SyncedLog = new SyncedLog();
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | null = null;

  constructor(project: Project) {
    this.#project = project;
  }

  /** Writes with the next group; resolves when that is on the disk, with what `work` gave. */
  durable<T>(work: (sql: Sql) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let given: { readonly value: T } | null = null;
      const keep = (sql: Sql): void => {
        given = { value: work(sql) };
      };
      this.#add({ work: keep, done: () => given !== null && resolve(given.value), failed: reject });
    });
  }

  /** Writes with the next group, which nobody waits for; `failed` is told where it could not be written. */
  soon(work: (sql: Sql) => void, failed: (error: unknown) => void): void {
    this.#add({ work, done: null, failed });
  }

  /** Resolves when all that was given so far is written. */
  async settled(): Promise<void> {
    while (this.#flushing !== null) await this.#flushing;
  }

  #add(one: Waiting): void {
    this.#waiting.push(one);
    this.#flushing ??= new Promise((ended) => {
      setImmediate(() => {
        void this.#flush().finally(() => {
          this.#flushing = null;
          ended();
        });
      });
    });
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        const database = openDatabase(this.#project);
        database.write((sql) => {
          for (const { work } of group) work(sql);
        });
        const waiting = group.filter(({ done }) => done !== null).length;
        if (waiting > 0) await this.#log.sync(database.path, waiting);
        for (const { done } of group) done?.();
      } catch (error) {
        const lost = error instanceof DatabaseFullError ? this.#withoutRecords(group) : group;
        for (const { failed } of lost) failed(error);
      }
    }
  }

  // A result that has no room is not kept; that its step failed, and what it printed, is.
  #withoutRecords(group: readonly Waiting[]): readonly Waiting[] {
    freeReserve(this.#project, "records");
    try {
      openDatabase(this.#project).write((sql) => {
        for (const { work, done } of group) if (done === null) work(sql);
      });
      return group.filter(({ done }) => done !== null);
    } catch {
      // The first error is the one to tell.
      return group;
    }
  }
}

const writers = new Map<string, GroupWriter>();

/** The one writer of a project in this thread. */
export function groupWriter(project: Project): GroupWriter {
  const key = project.stemmaFolder;
  const writer = writers.get(key) ?? new GroupWriter(project);
  writers.set(key, writer);
  return writer;
}

/** The log stays open between two groups of a busy flow, and not much longer. */
const idleMs = 1000;

/** A disk that is faster is waited for by this thread itself. */
const fastMs = 1;

/** The write-ahead log of a database, brought to the disk. SQLite itself does so at checkpoints only: too late for a promised result. */
class SyncedLog {
  #open: { readonly handle: number; readonly inode: number; readonly path: string } | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** How long the disk took for the last one. */
  #tookMs = 0;
  #waited = 0;

  /** @param waiting how many wait for it */
  async sync(database: string, waiting: number): Promise<void> {
    const path = `${database}-wal`;
    const inode = statSync(path, { throwIfNoEntry: false })?.ino;
    // Without such a log (a network file system) each commit is synced by SQLite.
    if (inode === undefined) return;
    if (this.#open?.inode !== inode || this.#open.path !== path) {
      this.#close();
      this.#open = { handle: openSync(path, "r+"), inode, path };
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    const { handle } = this.#open;
    const start = performance.now();
    const alone = waiting === 1 && this.#waited === 1;
    this.#waited = waiting;
    // One step after another: to hand it to another thread and to be told of its end takes as long as a fast disk does for it.
    if (alone && this.#tookMs < fastMs) fdatasyncSync(handle);
    else
      await new Promise<void>((resolve, reject) =>
        fdatasync(handle, (error) => (error === null ? resolve() : reject(error))),
      );
    this.#tookMs = performance.now() - start;
    this.#timer = setTimeout(() => this.#close(), idleMs).unref();
  }

  #close(): void {
    if (this.#open !== null) closeSync(this.#open.handle);
    this.#open = null;
  }
}
