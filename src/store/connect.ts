import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { StemmaError } from "../error.ts";
import {
  DatabaseBusyError,
  DatabaseError,
  DatabaseFullError,
  isBusy,
  isDiskFull,
  isReadOnly,
  ReadOnlyDatabaseError,
  sqliteCode,
} from "./database-error.ts";
import { errorCode } from "./new-file.ts";
import type { Project } from "./project.ts";
import { checkSchema, migrate } from "./schema.ts";
import { databaseConstructor } from "./sqlite.ts";

/** How long one try to write waits for other writers. */
const waitMs = 5000;

/** What is opened. */
export interface Opening {
  readonly project: Project;
  readonly path: string;
  /** Whether the file lies on a network file system. */
  readonly isNetwork: () => boolean;
}

/** An open database file. */
export interface Opened {
  readonly connection: DatabaseSync;
  readonly isNetwork: boolean;
  /** What who wants to write is told; null: it can be written. */
  readonly refusal: StemmaError | null;
}

/** Opens a database, to be written where that can be, else to be read. Makes it where there is none. @throws {StemmaError} */
export function connect(opening: Opening): Opened {
  const shown = relative(opening.project.root, opening.path);
  try {
    return writable(opening, { shown, alone: false });
  } catch (error) {
    const refusal = refusalOf(error, shown);
    if (refusal === null || !existsSync(opening.path)) throw opened(error, shown);
    try {
      return { connection: readable(opening.path, shown), isNetwork: false, refusal };
    } catch (second) {
      throw opened(second, shown);
    }
  }
}

/**
 * Opens a database so that no other process can meanwhile: without the memory that processes share, for which a full disk
 * has no room.
 */
export function connectAlone(opening: Opening): Opened {
  const shown = relative(opening.project.root, opening.path);
  try {
    return writable(opening, { shown, alone: true });
  } catch (error) {
    throw opened(error, shown);
  }
}

interface Writing {
  readonly shown: string;
  readonly alone: boolean;
}

function writable({ project, path, isNetwork: onNetwork }: Opening, { shown, alone }: Writing): Opened {
  mkdirSync(madeAt(project.stemmaFolder), { recursive: true });
  ignoreAll(project.stemmaFolder);
  const isNetwork = onNetwork();
  const Constructor = databaseConstructor();
  const connection = closedOnError(new Constructor(path), (fresh) => {
    if (alone) fresh.exec("PRAGMA locking_mode = EXCLUSIVE");
    prepare(fresh, isNetwork);
    migrate(fresh, shown);
  });
  return { connection, isNetwork, refusal: null };
}

function closedOnError(connection: DatabaseSync, work: (connection: DatabaseSync) => void): DatabaseSync {
  try {
    work(connection);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
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
    if (errorCode(error) !== "EEXIST") throw error;
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

/** As it can be read where nothing can be written, best first. */
function readable(path: string, shown: string): DatabaseSync {
  const Constructor = databaseConstructor();
  const checked = (location: string): DatabaseSync =>
    closedOnError(new Constructor(location, { readOnly: true }), (connection) => checkSchema(connection, shown));
  try {
    return checked(path);
  } catch (error) {
    if (error instanceof StemmaError || !(isReadOnly(error) || isDiskFull(error))) throw error;
  }
  // To read what is in a log takes files beside it, which cannot be made. Nothing is in it: the file alone is the whole.
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  try {
    if (log === 0) return checked(`${pathToFileURL(path).href}?immutable=1`);
  } catch (error) {
    // Some hosts open no database by its address.
    if (error instanceof StemmaError) throw error;
  }
  return copied(path, (copy) => closedOnError(new Constructor(copy), (connection) => checkSchema(connection, shown)));
}

function copied(path: string, open: (copy: string) => DatabaseSync): DatabaseSync {
  const folder = mkdtempSync(join(tmpdir(), "stemma-read-"));
  try {
    const copy = join(folder, "stemma.db");
    for (const end of ["", "-wal"]) if (existsSync(`${path}${end}`)) copyFileSync(`${path}${end}`, `${copy}${end}`);
    return open(copy);
  } finally {
    // What is open stays readable without its name.
    if (process.platform !== "win32") rmSync(folder, { recursive: true, force: true });
  }
}

function refusalOf(error: unknown, shown: string): StemmaError | null {
  if (error instanceof StemmaError) return null;
  if (isDiskFull(error)) return new DatabaseFullError(shown, error);
  return isReadOnly(error) ? new ReadOnlyDatabaseError(shown, error) : null;
}

function opened(error: unknown, path: string): unknown {
  if (error instanceof StemmaError) return error;
  if (sqliteCode(error) === 26)
    return new DatabaseError(`${path} is no SQLite database. Move it away; a new one is made.`, error);
  if (isBusy(error)) return new DatabaseBusyError(path, waitMs, error);
  if (isDiskFull(error)) return new DatabaseFullError(path, error);
  const reason = error instanceof Error ? error.message : String(error);
  return new DatabaseError(`${path} cannot be opened: ${reason}. Is the folder writable?`, error);
}
