import { lstatSync, mkdirSync, readlinkSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { StemmaError } from "../error.ts";
import type { Project } from "./project.ts";
import { migrate } from "./schema.ts";
import { databaseConstructor } from "./sqlite.ts";

/** What SQLite stores. It turns NaN into NULL and -0 into 0: keep those in a blob. Integers only up to 2^53. */
export type SqlValue = null | number | string | Uint8Array;

/** Reads and writes inside one transaction. */
export interface Sql {
  /** All rows, as plain objects by column name. Statements are prepared once a text: put values in `?`, never in it. */
  read<Row>(sql: string, ...values: SqlValue[]): Row[];
  /** The first row, or null. */
  first<Row>(sql: string, ...values: SqlValue[]): Row | null;
  /** Runs a statement that changes something; `lastId` is the rowid of an INSERT. */
  run(sql: string, ...values: SqlValue[]): { readonly changes: number; readonly lastId: number };
}

/** The project's database, `stemma/stemma.db`: one connection for this thread. */
export interface Database extends Pick<Sql, "read" | "first"> {
  readonly path: string;
  /** Whether the file lies on a network file system, where a long read holds up those who write. */
  readonly isNetwork: boolean;
  /**
   * Everything `work` does becomes visible at once, or nothing of it when it throws. Inside another `write` it is a part of that.
   * Waits for other writers up to 20 s, and the thread with it: keep `work` short.
   *
   * @throws {DatabaseBusyError}
   */
  write<T>(work: (sql: Sql) => T): T;
  /** Several reads that see one state. */
  snapshot<T>(work: (sql: Pick<Sql, "read" | "first">) => T): T;
  /** Ends the connection; the next {@link openDatabase} makes a new one. */
  close(): void;
}

/** Another process wrote for longer than we wait. */
export class DatabaseBusyError extends StemmaError {
  constructor(path: string, waitedMs: number, cause: unknown) {
    super(
      "DATABASE_BUSY",
      `${path} was locked by another process for ${Math.round(waitedMs / 1000)} s. Try again, or end that process.`,
      { cause },
    );
  }
}

/** There was no room on the disk for a write; nothing of it was kept. */
export class DatabaseFullError extends StemmaError {
  constructor(path: string, cause: unknown) {
    super(
      "DATABASE_FULL",
      `No room on the disk for ${path}; nothing of this write was kept. Make room, then do it again.`,
      {
        cause,
      },
    );
  }
}

/** The file cannot be opened as a database. */
export class DatabaseError extends StemmaError {
  constructor(message: string, cause: unknown) {
    super("DATABASE", message, { cause });
  }
}

const waitMs = 5000;
const attempts = 4;
const keptStatements = 500;
const open = new Map<string, Connection>();

/** Whether the project has a database already. */
export function hasDatabase(project: Project): boolean {
  return statSync(databasePath(project), { throwIfNoEntry: false }) !== undefined;
}

/**
 * The database of a project; made, with `stemma/` and a `.gitignore` for all of it, where there is none.
 * Cheap: the connection of this thread is kept and used again.
 *
 * @throws {NewerDatabaseError} @throws {DatabaseError} @throws {DatabaseBusyError}
 */
export function openDatabase(project: Project, machine: DatabaseMachine = thisMachine): Database {
  const path = databasePath(project);
  const kept = open.get(path);
  // Inside a transaction it is the one that is written to, whatever became of the file.
  if (kept !== undefined && (kept.isWriting || kept.isCurrent())) return kept;
  // Somebody deleted or replaced the file under us: what we would write to the old one is lost.
  kept?.close();
  const fresh = connect({ project, path, isNetwork: () => machine.isNetwork(project.stemmaFolder) });
  open.set(path, fresh);
  return fresh;
}

function databasePath(project: Project): string {
  return join(project.stemmaFolder, "stemma.db");
}

interface Opening {
  readonly project: Project;
  readonly path: string;
  readonly isNetwork: () => boolean;
}

function connect({ project, path, isNetwork }: Opening): Connection {
  const shown = relative(project.root, path);
  try {
    mkdirSync(madeAt(project.stemmaFolder), { recursive: true });
    ignoreAll(project.stemmaFolder);
    const Constructor = databaseConstructor();
    const connection = new Constructor(path);
    try {
      const network = isNetwork();
      prepare(connection, network);
      migrate(connection, shown);
      return new Connection(path, { connection, isNetwork: network });
    } catch (error) {
      connection.close();
      throw error;
    }
  } catch (error) {
    throw opened(error, shown);
  }
}

/** Where a folder is made: a link may stand for one that is not there yet, as in the worktree of an experiment. */
function madeAt(folder: string): string {
  const isLink = lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink ? resolve(dirname(folder), readlinkSync(folder)) : folder;
}

function ignoreAll(folder: string): void {
  try {
    writeFileSync(join(folder, ".gitignore"), "*\n", { flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

/**
 * Pages in the write-ahead log, 16 MB, before they are brought into the database: which is synced then, by whoever commits.
 * A log of 4 MB, SQLite's own measure, is full after some 80 runs of `track`, and most of its pages are the same few.
 */
const checkpointPages = 4000;

function prepare(connection: DatabaseSync, network: boolean): void {
  // First of all: without it a second process dies at the change of the journal mode.
  connection.exec(`PRAGMA busy_timeout = ${waitMs}`);
  // WAL needs memory that processes share, which a network file system cannot give.
  connection.exec(`PRAGMA journal_mode = ${network ? "TRUNCATE" : "WAL"}`);
  connection.exec("PRAGMA synchronous = NORMAL");
  connection.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`);
}

// NFS, SMB, CIFS, SMB2, AFS, 9P: linux/magic.h, and fs/smb for the last two of SMB.
const networkTypes = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x5346414f, 0x01021997]);

/** What the database must know of the machine it is on. */
export interface DatabaseMachine {
  /** Whether a folder lies on a file system that other machines write to as well. */
  isNetwork(folder: string): boolean;
}

const thisMachine: DatabaseMachine = {
  isNetwork: (folder) => networkTypes.has(statfsSync(folder).type >>> 0),
};

function opened(error: unknown, path: string): unknown {
  if (error instanceof StemmaError) return error;
  if (sqliteCode(error) === 26)
    return new DatabaseError(`${path} is no SQLite database. Move it away; a new one is made.`, error);
  if (isBusy(error)) return new DatabaseBusyError(path, waitMs, error);
  const reason = error instanceof Error ? error.message : String(error);
  return new DatabaseError(`${path} cannot be opened: ${reason}. Is the folder writable?`, error);
}

function sqliteCode(error: unknown): number | null {
  const code = error instanceof Error && "errcode" in error ? error.errcode : null;
  // The low byte is the code itself, the rest says more of it: sqlite.org/rescode.html
  return typeof code === "number" ? code & 0xff : null;
}

function isBusy(error: unknown): boolean {
  return sqliteCode(error) === 5;
}

class Connection implements Database, Sql {
  readonly path: string;
  readonly isNetwork: boolean;
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #file: { readonly dev: number; readonly ino: number };
  #depth = 0;
  #closed = false;

  constructor(
    path: string,
    { connection, isNetwork }: { readonly connection: DatabaseSync; readonly isNetwork: boolean },
  ) {
    this.path = path;
    this.isNetwork = isNetwork;
    this.#connection = connection;
    this.#file = statSync(path);
  }

  get isWriting(): boolean {
    return this.#depth > 0;
  }

  isCurrent(): boolean {
    const now = statSync(this.path, { throwIfNoEntry: false });
    return now?.ino === this.#file.ino && now.dev === this.#file.dev;
  }

  read<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  first<Row>(sql: string, ...values: SqlValue[]): Row | null {
    return (this.#statement(sql).get(...values) as Row | undefined) ?? null;
  }

  run(sql: string, ...values: SqlValue[]): { readonly changes: number; readonly lastId: number } {
    const { changes, lastInsertRowid } = this.#statement(sql).run(...values);
    return { changes: Number(changes), lastId: Number(lastInsertRowid) };
  }

  write<T>(work: (sql: Sql) => T): T {
    return this.#transaction(() => this.#begin(), work);
  }

  snapshot<T>(work: (sql: Pick<Sql, "read" | "first">) => T): T {
    return this.#transaction(() => this.#connection.exec("BEGIN"), work);
  }

  close(): void {
    open.delete(this.path);
    this.#statements.clear();
    if (!this.#closed) this.#connection.close();
    this.#closed = true;
  }

  #transaction<T>(begin: () => void, work: (sql: Sql) => T): T {
    if (this.#depth > 0) return work(this);
    begin();
    this.#depth++;
    try {
      const result = work(this);
      this.#connection.exec("COMMIT");
      return result;
    } catch (error) {
      this.#rollBack();
      throw sqliteCode(error) === 13 ? new DatabaseFullError(this.path, error) : error;
    } finally {
      this.#depth--;
    }
  }

  #rollBack(): void {
    try {
      this.#connection.exec("ROLLBACK");
    } catch {
      // After some errors (a full disk) SQLite has rolled back by itself; the first error is the one to tell.
    }
  }

  // Never a plain BEGIN for a write: a reader that turns writer fails at once, whatever the timeout.
  #begin(): void {
    const start = Date.now();
    for (let attempt = 1; ; attempt++) {
      try {
        this.#connection.exec("BEGIN IMMEDIATE");
        return;
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (attempt === attempts) throw new DatabaseBusyError(this.path, Date.now() - start, error);
      }
    }
  }

  #statement(sql: string): StatementSync {
    const kept = this.#statements.get(sql);
    if (kept !== undefined) return kept;
    // Filters of users make texts of their own; a server would collect them for ever.
    if (this.#statements.size >= keptStatements) this.#statements.clear();
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
