import { join } from "node:path";
import type { Project, Sql } from "../../../store/index.ts";

/** What the database knows of snapshots. */
export interface SnapshotState {
  /** The number of the one that was begun last; 0 for none. */
  readonly begun: number;
  /** The number of the one to be read; 0 for none. */
  readonly current: number;
}

export function readState(sql: Pick<Sql, "first">): SnapshotState {
  const row = sql.first<SnapshotState>("SELECT begun, current FROM run_snapshot");
  return { begun: row?.begun ?? 0, current: row?.current ?? 0 };
}

/** The folder of snapshots; what is in it can be deleted at any time. */
export function snapshotFolder(project: Project): string {
  return join(project.stemmaFolder, "cache", "runs");
}

export function snapshotPath(project: Project, number: number): string {
  return join(snapshotFolder(project), `${number}.columns`);
}
