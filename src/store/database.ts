import { type Stats, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { StemmaError } from "../error.ts";
import { connect, connectAlone, type Opened, type Opening } from "./connect.ts";
import {
  DatabaseBusyError,
  DatabaseFullError,
  isBusy,
  isDiskFull,
  isReadOnly,
  ReadOnlyDatabaseError,
  sqliteCode,
} from "./database-error.ts";
import type { Project } from "./project.ts";
import { freeReserve } from "./reserve.ts";

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

const attempts = 4;
const keptStatements = 500;
const open = new Map<string, Connection>();

/** Whether the project has a database already. */
export function hasDatabase(project: Project): boolean {
  return statSync(databasePath(project), { throwIfNoEntry: false }) !== undefined;
}

/**
 * The database of a project; made, with `stemma/` and a `.gitignore` for all of it, where there is none. Where nothing can be
 * written it can be read. Cheap: the connection of this thread is kept and used again.
 *
 * @throws {NewerDatabaseError} @throws {OlderDatabaseError} @throws {DatabaseError} @throws {DatabaseBusyError}
 */
export function openDatabase(project: Project, machine: DatabaseMachine = thisMachine): Database {
  return current(project, machine);
}

function current(project: Project, machine: DatabaseMachine): Connection {
  const path = databasePath(project);
  const kept = open.get(path);
  // Inside a transaction it is the one that is written to, whatever became of the file.
  if (kept !== undefined && (kept.isInside || kept.isCurrent())) return kept;
  // Somebody deleted or replaced the file under us: what we would write to the old one is lost.
  kept?.giveUp();
  const fresh = new Connection(path, connect(openingOf(project, machine)), () => current(project, machine));
  open.set(path, fresh);
  return fresh;
}

/**
 * A write that is made on a disk without room too, as one that makes room, or the last word of a run: what the database's log
 * takes is made free for it. `work` is called again then, and may delete files before rows.
 *
 * @throws {DatabaseFullError} not even so
 */
export function writeOnFullDisk<T>(project: Project, work: (sql: Sql) => T): T {
  try {
    return openDatabase(project).write(work);
  } catch (error) {
    if (!(error instanceof DatabaseFullError)) throw error;
    freeReserve(project, "end");
    return writeInLogsRoom(project, work);
  }
}

// No other process can have the database open, unless it was opened when there was room.
function writeInLogsRoom<T>(project: Project, work: (sql: Sql) => T): T {
  const path = databasePath(project);
  const there = current(project, thisMachine);
  if (there.canWrite) {
    // What its log holds goes into the file, and the log has room from its beginning.
    there.checkpoint();
    return there.write(work);
  }
  there.close();
  const alone = new Connection(path, connectAlone(openingOf(project, thisMachine)), () => there);
  open.set(path, alone);
  try {
    return alone.write(work);
  } finally {
    alone.close();
  }
}

function openingOf(project: Project, machine: DatabaseMachine): Opening {
  return { project, path: databasePath(project), isNetwork: () => machine.isNetwork(project.stemmaFolder) };
}

function databasePath(project: Project): string {
  return join(project.stemmaFolder, "stemma.db");
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

class Connection implements Database, Sql {
  readonly path: string;
  readonly isNetwork: boolean;
  readonly #connection: DatabaseSync;
  readonly #refusal: Opened["refusal"];
  readonly #again: () => Connection;
  readonly #statements = new Map<string, StatementSync>();
  readonly #file: Stats | undefined;
  readonly #seen: string;
  #depth = 0;
  #closed = false;

  /** @param again opens it as it can be opened now */
  constructor(path: string, { connection, isNetwork, refusal }: Opened, again: () => Connection) {
    this.path = path;
    this.#again = again;
    this.isNetwork = isNetwork;
    this.#connection = connection;
    this.#refusal = refusal;
    this.#file = statSync(path, { throwIfNoEntry: false });
    this.#seen = this.#seenNow();
  }

  get isInside(): boolean {
    return this.#depth > 0;
  }

  get canWrite(): boolean {
    return this.#refusal === null;
  }

  /** Whether it shows the file that is there. One that can only be read may do better now that there is room. */
  isCurrent(): boolean {
    if (this.#refusal instanceof DatabaseFullError) return false;
    const now = statSync(this.path, { throwIfNoEntry: false });
    return now?.ino === this.#file?.ino && now?.dev === this.#file?.dev && this.#seen === this.#seenNow();
  }

  // What can only be read is read without looking for what others write: the files tell that they did.
  #seenNow(): string {
    if (this.canWrite) return "";
    const stats = ["", "-wal"].map((end) => statSync(`${this.path}${end}`, { throwIfNoEntry: false }));
    return stats.map((stat) => `${stat?.size} ${stat?.mtimeMs}`).join(" ");
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
    if (this.#refusal !== null) return this.#writeNow(this.#refusal, work);
    return this.#transaction(() => this.#begin(), work);
  }

  snapshot<T>(work: (sql: Pick<Sql, "read" | "first">) => T): T {
    return this.#transaction(() => this.#connection.exec("BEGIN"), work);
  }

  /** Brings what is in the log into the file, as far as there is room. */
  checkpoint(): void {
    try {
      this.#connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (error) {
      if (!isDiskFull(error)) throw error;
    }
  }

  /** Another one takes its place. Who reads from one that is only read may be in the midst of it. */
  giveUp(): void {
    if (this.canWrite) this.close();
    else open.delete(this.path);
  }

  close(): void {
    open.delete(this.path);
    this.#statements.clear();
    if (!this.#closed) this.#connection.close();
    this.#closed = true;
  }

  #transaction<T>(begin: () => void, work: (sql: Sql) => T): T {
    if (this.#depth > 0) return work(this);
    this.#named(begin);
    this.#depth++;
    try {
      return this.#named(() => {
        const result = work(this);
        this.#connection.exec("COMMIT");
        return result;
      });
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#depth--;
    }
  }

  // What could not be written when it was opened may be by now.
  #writeNow<T>(refusal: StemmaError, work: (sql: Sql) => T): T {
    open.delete(this.path);
    const now = this.#again();
    if (!now.canWrite) throw refusal;
    return now.write(work);
  }

  #named<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (sqliteCode(error) === null) throw error;
      if (isDiskFull(error)) throw new DatabaseFullError(this.path, error);
      throw isReadOnly(error) ? new ReadOnlyDatabaseError(this.path, error) : error;
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
