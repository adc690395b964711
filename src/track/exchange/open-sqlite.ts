import { closeSync, copyFileSync, existsSync, mkdtempSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { databaseConstructor } from "../../store/index.ts";
import { ImportSourceError } from "./errors.ts";

/** A database of another program, to read. */
export interface ForeignDatabase {
  readonly connection: DatabaseSync;
  close(): void;
}

const magic = "SQLite format 3\0";

/** Whether a file is a SQLite database. */
export function isSqlite(path: string): boolean {
  return headOf(path).toString("latin1", 0, magic.length) === magic;
}

/**
 * Opens a SQLite file so that nothing in it or beside it changes: no `-wal` or `-shm` appears, no journal is played back.
 * A file that a dead process left with a log or journal is copied with it to a temporary folder, and read there.
 */
export function openForeign(path: string): ForeignDatabase {
  try {
    const log = ["-wal", "-journal"].find((suffix) => sizeOf(path + suffix) > 0);
    if (log === undefined) return opened(path, isWal(path) ? "immutable=1" : "mode=ro");
    // With -shm beside it somebody has it open, and reading along adds nothing.
    if (log === "-wal" && existsSync(`${path}-shm`)) return opened(path, "mode=ro");
    return openCopy(path, log);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ImportSourceError(`${path} cannot be read as a SQLite database: ${reason}. Is it whole?`, {
      cause: error,
    });
  }
}

function opened(path: string, query: string): ForeignDatabase {
  const url = pathToFileURL(path);
  url.search = query;
  const Constructor = databaseConstructor();
  const connection = new Constructor(url, { readOnly: true, timeout: 20_000 });
  // Nothing is read before the first statement.
  connection.prepare("SELECT count(*) FROM sqlite_master").get();
  return { connection, close: () => connection.close() };
}

function openCopy(path: string, log: string): ForeignDatabase {
  const folder = mkdtempSync(join(tmpdir(), "stemma-import-"));
  const drop = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, basename(path));
    copyFileSync(path, copy);
    copyFileSync(path + log, copy + log);
    const Constructor = databaseConstructor();
    const connection = new Constructor(copy);
    connection.prepare("SELECT count(*) FROM sqlite_master").get();
    return {
      connection,
      close: () => {
        connection.close();
        drop();
      },
    };
  } catch (error) {
    drop();
    throw error;
  }
}

// sqlite.org/fileformat2.html, "File format version numbers": 2 at offset 18 is WAL.
function isWal(path: string): boolean {
  return headOf(path)[18] === 2;
}

function headOf(path: string): Buffer {
  const head = Buffer.alloc(20);
  const file = openSync(path, "r");
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  return head;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
