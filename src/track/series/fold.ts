import { rmSync, statSync } from "node:fs";
import { openDatabase, type Project, type Sql } from "../../store/index.ts";
import { appendPoints } from "./append.ts";
import { listSegments, parseSegment, readSegment, type Segment, tailFolder } from "./tail.ts";

/**
 * Moves the points of segments into the database and deletes their files. May be done by any process, again and at the
 * same time: each segment counts once.
 *
 * @param segments of runs in the database, by rising number
 */
export function foldSegments(project: Project, segments: readonly Segment[]): void {
  for (const segment of segments) {
    openDatabase(project).write((sql) => foldInto(sql, segment));
    // After the commit: a reader that looked before finds the points in the database.
    rmSync(segment.path, { force: true });
  }
}

/** About 30,000 points: folded while somebody waits, in some 5 ms. */
const smallBytes = 1024 * 1024;

/** What {@link foldRun} did. */
export interface Folded {
  /** In the database now; their files are to be deleted when the transaction is done. */
  readonly spent: readonly Segment[];
  /** Too much to wait for: to be folded in the background. */
  readonly pending: readonly Segment[];
}

/** Moves the points of a run that are in files into the database, in the caller's transaction, where they are few. */
export function foldRun(sql: Sql, project: Project, run: string): Folded {
  const segments = listSegments(tailFolder(project.stemmaFolder), run);
  const bytes = segments.reduce((sum, { path }) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
  if (bytes > smallBytes) return { spent: [], pending: segments };
  for (const segment of segments) foldInto(sql, segment);
  return { spent: segments, pending: [] };
}

/** Deletes the files of segments that were folded in a transaction that is done. */
export function dropSegments(segments: readonly Segment[]): void {
  for (const { path } of segments) rmSync(path, { force: true });
}

function foldInto(sql: Sql, segment: Segment): void {
  const run = sql.first<{ readonly id: number }>("SELECT id FROM run WHERE uuid = ?", segment.run)?.id;
  if (run === undefined || foldedOf(sql, run, segment.writer) >= segment.number) return;
  const bytes = readSegment(segment.path);
  if (bytes === null) return;
  for (const [name, columns] of parseSegment(bytes)) appendPoints(sql, run, { name, columns });
  sql.run("INSERT OR REPLACE INTO tail (run, writer, folded) VALUES (?, ?, ?)", run, segment.writer, segment.number);
}

/** How many segments of a writer are in the database. */
export function foldedOf(sql: Pick<Sql, "first">, run: number, writer: string): number {
  const row = sql.first<{ readonly folded: number }>(
    "SELECT folded FROM tail WHERE run = ? AND writer = ?",
    run,
    writer,
  );
  return row?.folded ?? 0;
}
