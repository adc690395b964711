import type { DatabaseSync } from "node:sqlite";
import { StemmaError } from "../error.ts";
import {
  attemptTail,
  deletedColumns,
  flowRunTables,
  flowTables,
  lineageTables,
  registryTables,
  runSnapshotTables,
  trackTables,
  valuesByRun,
} from "./tables/index.ts";

/**
 * What brings a database from schema n to n + 1, at place n. A schema that was released is never edited: a new step
 * is put behind it.
 */
const migrations: readonly string[] = [
  `${trackTables}${lineageTables}${flowTables}`,
  registryTables,
  deletedColumns,
  runSnapshotTables,
  flowRunTables,
  attemptTail,
  valuesByRun,
];

/** The schema that this Stemma writes. */
export const schemaVersion: number = migrations.length;

/** The database has a schema that this Stemma does not know. */
export class NewerDatabaseError extends StemmaError {
  constructor(path: string, found: number) {
    super(
      "NEWER_DATABASE",
      `${path} was written by a newer Stemma (schema ${found}; this one knows ${schemaVersion}). Update stemma (npm i stemma@latest).`,
    );
  }
}

/** The database has an older schema, and cannot be brought to this one where it is. */
export class OlderDatabaseError extends StemmaError {
  constructor(path: string, found: number) {
    super(
      "OLDER_DATABASE",
      `${path} was written by an older Stemma (schema ${found}; this one reads ${schemaVersion}), and is read-only here. Open the project once where it can be written, or copy it: stemma flow list brings it up to date there.`,
    );
  }
}

/** Asks whether a database that is only read has this schema. @throws {NewerDatabaseError} @throws {OlderDatabaseError} */
export function checkSchema(connection: DatabaseSync, path: string): void {
  const found = versionOf(connection, path);
  if (found < schemaVersion) throw new OlderDatabaseError(path, found);
}

/**
 * Brings a database to this schema. Several processes may try at once: one does it, the others wait and find it done.
 *
 * @throws {NewerDatabaseError}
 */
export function migrate(connection: DatabaseSync, path: string): void {
  if (versionOf(connection, path) === schemaVersion) return;
  connection.exec("BEGIN IMMEDIATE");
  try {
    const found = versionOf(connection, path);
    for (const step of migrations.slice(found)) connection.exec(step);
    connection.exec(`PRAGMA user_version = ${schemaVersion}`);
    connection.exec("COMMIT");
  } catch (error) {
    connection.exec("ROLLBACK");
    throw error;
  }
}

function versionOf(connection: DatabaseSync, path: string): number {
  const row = connection.prepare("PRAGMA user_version").get();
  const found = Number(row?.["user_version"]);
  if (found > schemaVersion) throw new NewerDatabaseError(path, found);
  return found;
}
