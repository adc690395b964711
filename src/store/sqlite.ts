type Sqlite = typeof import("node:sqlite");

/**
 * Node's own SQLite. Loaded at the first use, and without the warning that Node 22 prints into the first cell
 * ("SQLite is an experimental feature"); what we use of it is the same up to Node 24, where it is stable.
 */
export function databaseConstructor(): Sqlite["DatabaseSync"] {
  const warn = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite").DatabaseSync;
  } finally {
    process.emitWarning = warn;
  }
}
