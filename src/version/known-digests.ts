import { mkdirSync, readFileSync, renameSync, rmSync, type Stats, writeFileSync } from "node:fs";
import { join } from "node:path";
import { md5, type Project, temporaryName } from "../store/index.ts";

/**
 * The digests of files as they were last seen, by inode, size and times, so that unchanged files are not read again.
 * Only an accelerator: a missing, torn or older one costs time. DVC keeps its own elsewhere.
 */
export interface KnownDigests {
  /** The digest of a file that has not changed since; null when it must be read. */
  get(relpath: string, stat: Stats): string | null;
}

export interface SeenFile {
  readonly relpath: string;
  readonly stat: Stats;
  readonly md5: string;
}

type Row = readonly [ino: number, size: number, mtimeMs: number, ctimeMs: number, md5: string];

// A file written again within one tick of the clock could keep its times: what was fresh when seen is read again.
const settleMs = 100;

export function readKnownDigests(project: Project, path: string): KnownDigests {
  const rows = new Map<string, Row>(readRows(stateFile(project, path)));
  return {
    get: (relpath, stat) => {
      const row = rows.get(relpath);
      if (row === undefined) return null;
      const same = row[0] === stat.ino && row[1] === stat.size && row[2] === stat.mtimeMs && row[3] === stat.ctimeMs;
      return same ? row[4] : null;
    },
  };
}

/** @param seenMs when the files were looked at, before they were read */
export function writeKnownDigests(
  at: { readonly project: Project; readonly path: string },
  files: readonly SeenFile[],
  seenMs: number,
): void {
  const rows = files
    .filter(({ stat }) => Math.max(stat.mtimeMs, stat.ctimeMs) < seenMs - settleMs)
    .map(({ relpath, stat, md5 }): readonly [string, Row] => [
      relpath,
      [stat.ino, stat.size, stat.mtimeMs, stat.ctimeMs, md5],
    ]);
  const file = stateFile(at.project, at.path);
  const folder = join(at.project.dvcFolder, "tmp", "stemma");
  mkdirSync(folder, { recursive: true });
  const aside = join(folder, temporaryName());
  try {
    writeFileSync(aside, JSON.stringify({ version: 1, rows }));
    renameSync(aside, file);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

function stateFile(project: Project, path: string): string {
  return join(project.dvcFolder, "tmp", "stemma", `${md5(path)}.json`);
}

function readRows(file: string): readonly (readonly [string, Row])[] {
  try {
    const state: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof state !== "object" || state === null || !("version" in state) || state.version !== 1) return [];
    return "rows" in state && Array.isArray(state.rows) ? state.rows : [];
  } catch {
    return [];
  }
}
