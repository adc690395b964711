import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { Content } from "./message.ts";

/** One executed cell. */
export interface HistoryEntry {
  readonly count: number;
  readonly source: string;
}

/** The cells that kernels have run, of all sessions; kept on disk. */
export interface History {
  add(entry: HistoryEntry): void;
  /** What a `history_request` asks for, as its reply: rows `[session, count, source]`, or with `[source, null]` as last. */
  reply(request: Content): Content;
  close(): void;
}

/** Sessions that are kept. */
const mostSessions = 1000;

/**
 * Opens a history for a new session. Several kernels may write to one file.
 *
 * @param path of the file, which is made; null keeps the history in memory
 * @throws where the file cannot be written
 */
export function openHistory(path: string | null): History {
  if (path !== null) mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path ?? ":memory:");
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;");
  database.exec(`CREATE TABLE IF NOT EXISTS session (id INTEGER PRIMARY KEY AUTOINCREMENT, started TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS cell (id INTEGER PRIMARY KEY, session INTEGER NOT NULL, count INTEGER NOT NULL, source TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS cell_by_session ON cell (session, count);`);
  const insert = database.prepare("INSERT INTO session (started) VALUES (?)");
  const session = Number(insert.run(new Date().toISOString()).lastInsertRowid);
  database.prepare("DELETE FROM session WHERE id <= ?").run(session - mostSessions);
  database.prepare("DELETE FROM cell WHERE session <= ?").run(session - mostSessions);
  const add = database.prepare("INSERT INTO cell (session, count, source) VALUES (?, ?, ?)");
  return {
    add: ({ count, source }) => void add.run(session, count, source),
    reply(request) {
      const { where, values, limit } = selection(request, session);
      const rows = database
        .prepare(`SELECT session, count, source FROM cell WHERE ${where} ORDER BY id DESC LIMIT ?`)
        .all(...values, limit);
      return { status: "ok", history: rows.toReversed().map((row) => historyRow(row, request["output"] === true)) };
    },
    close: () => database.close(),
  };
}

interface Selection {
  readonly where: string;
  readonly values: readonly SQLInputValue[];
  /** -1 is all. */
  readonly limit: number;
}

function selection(request: Content, current: number): Selection {
  const { hist_access_type: kind, n, pattern, unique } = request;
  if (kind === "range") return range(request, current);
  const limit = typeof n === "number" ? Math.max(0, n) : -1;
  if (kind !== "search") return { where: "TRUE", values: [], limit };
  const glob = String(pattern ?? "*");
  if (unique !== true) return { where: "source GLOB ?", values: [glob], limit };
  const where = "id IN (SELECT max(id) FROM cell WHERE source GLOB ? GROUP BY source)";
  return { where, values: [glob], limit };
}

/** Session 0 is this one, -1 the one before; the stop is not included. */
function range({ session, start, stop }: Content, current: number): Selection {
  const asked = typeof session === "number" ? session : 0;
  const wanted = asked > 0 ? asked : current + asked;
  const from = typeof start === "number" ? start : 1;
  const before = typeof stop === "number" ? stop : Number.MAX_SAFE_INTEGER;
  return { where: "session = ? AND count >= ? AND count < ?", values: [wanted, from, before], limit: -1 };
}

function historyRow({ session, count, source }: Record<string, unknown>, withOutput: boolean): readonly unknown[] {
  return [session, count, withOutput ? [source, null] : source];
}
