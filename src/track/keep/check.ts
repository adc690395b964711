import { copyFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { openDatabase, type Project } from "../../store/index.ts";
import { settle } from "../local/index.ts";
import { checkFiles, lostFolders, lostTails } from "./check-files.ts";
import { checkDatabase, checkLeases, checkRows, repairRows } from "./check-rows.ts";
import { checkSeries, repairSeries } from "./check-series.ts";
import type { Finding } from "./finding.ts";

/** What a repair left. */
export interface Repaired {
  /** Folder with the database as it was before, and the files that belonged to nothing. */
  readonly backup: string;
  /** What is still wrong. */
  readonly left: readonly Finding[];
}

/**
 * Looks whether the store is whole: SQLite's own check, every point of every metric decoded and compared with what is said
 * of it, rows, tails and artifact folders without a run, runs whose process is gone. Changes nothing.
 */
export function checkStore(project: Project, nowMs: number = Date.now()): readonly Finding[] {
  const database = openDatabase(project);
  const broken = checkDatabase(database);
  // What SQLite cannot read for itself nobody else can.
  if (broken.some(({ repair }) => repair === null)) return broken;
  return database.snapshot((sql) => [
    ...broken,
    ...checkLeases(sql, nowMs),
    ...checkSeries(sql),
    ...checkRows(sql),
    ...checkFiles(project, sql),
  ]);
}

/**
 * Puts in order what {@link checkStore} found, behind a copy of the database in `stemma/backup-<time>`. Nothing is thrown
 * away but what that copy has: files that belong to no run are moved beside it.
 */
export function repairStore(project: Project, nowMs: number = Date.now()): Repaired {
  const database = openDatabase(project);
  const stamp = new Date(nowMs).toISOString().replaceAll(/[-:]|\..*/g, "");
  const backup = join(project.stemmaFolder, `backup-${stamp}`);
  mkdirSync(backup, { recursive: true });
  database.write((sql) => {
    // With the lock of a writer held the file and its log stand still.
    for (const suffix of ["", "-wal"])
      if (existsSync(database.path + suffix)) copyFileSync(database.path + suffix, join(backup, `stemma.db${suffix}`));
    if (checkDatabase(sql).length > 0) sql.run("REINDEX");
    if (checkDatabase(sql).length > 0) return;
    repairRows(sql);
    repairSeries(sql);
    const lost = [...lostTails(project, sql).map(({ path }) => path), ...lostFolders(project, sql)];
    for (const path of lost) move(path, join(backup, relative(project.stemmaFolder, path)));
  });
  const left = checkStore(project, nowMs).filter(({ kind }) => kind !== "lease");
  // Ends the runs of dead processes, as every look at the runs does.
  if (left.length === 0) settle(project, nowMs);
  return { backup, left };
}

function move(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
}
