import { StemmaError } from "../error.ts";
import { errorCode } from "./new-file.ts";

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
  /** @param path what was to be written, as a reader knows it */
  constructor(path: string, cause: unknown) {
    super(
      "DATABASE_FULL",
      `No room on the disk for ${path}; nothing of this write was kept. Make room, then do it again. Old runs of flows go by: stemma flow gc --keep-runs 10.`,
      { cause },
    );
  }
}

/** The project can be read, and not be written to. */
export class ReadOnlyDatabaseError extends StemmaError {
  constructor(path: string, cause: unknown) {
    super(
      "READ_ONLY",
      `${path} cannot be written: the project is read-only here. What is kept can be looked at; to run something, copy the project to a folder of your own.`,
      { cause },
    );
  }
}

/** The file cannot be opened as a database. */
export class DatabaseError extends StemmaError {
  constructor(message: string, cause: unknown) {
    super("DATABASE", message, { cause });
  }
}

/** SQLite's code of an error, without what it says in detail; null of another error. */
export function sqliteCode(error: unknown): number | null {
  const code = extendedCode(error);
  // The low byte is the code itself, the rest says more of it: sqlite.org/rescode.html
  return code === null ? null : code & 0xff;
}

function extendedCode(error: unknown): number | null {
  const code = error instanceof Error && "errcode" in error ? error.errcode : null;
  return typeof code === "number" ? code : null;
}

export function isBusy(error: unknown): boolean {
  return sqliteCode(error) === 5;
}

// SQLITE_FULL; SQLITE_IOERR_SHMSIZE: no room for the memory that processes share.
const fullCodes: ReadonlySet<number | null> = new Set([13, 4874]);

/** Whether something failed because there is no room on the disk, or no more of it for this user. */
export function isDiskFull(error: unknown): boolean {
  const code = errorCode(error);
  return (
    code === "ENOSPC" || code === "EDQUOT" || fullCodes.has(sqliteCode(error)) || fullCodes.has(extendedCode(error))
  );
}

// SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN: the last one where a file beside the database cannot be made.
const readOnlyCodes: ReadonlySet<number | null> = new Set([3, 8, 14]);

/** Whether something failed, as it may be, because nothing can be written there. */
export function isReadOnly(error: unknown): boolean {
  const code = errorCode(error);
  return code === "EROFS" || code === "EACCES" || code === "EPERM" || readOnlyCodes.has(sqliteCode(error));
}
