import { chmodSync, existsSync, lstatSync, readlinkSync, renameSync, rmSync, type Stats } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { type DataRow, encodeData, type Frame, frameDigest, type TableFacts, tableRows } from "../frame/index.ts";
import { md5, md5File, type Project, syncFolder, writeDurable } from "../store/index.ts";
import { type AddOptions, checkAddable } from "./add-data.ts";
import { isCached } from "./cached-content.ts";
import { openRepository, type Repository } from "./repository.ts";
import { tableMeta } from "./table-meta.ts";
import { resolveTarget, type Target } from "./target.ts";
import type { TrackedOut } from "./tracked-outs.ts";
import { DataPathError, UnsavedChangesError } from "./version-error.ts";
import { byteStream, writeAside } from "./write-stream.ts";

/** Rows that a drawn version shows. */
export const topRows = 8;

export interface WriteDataOptions extends AddOptions {
  /** Overwrites content that is in no version. */
  readonly force?: boolean;
}

/** What was written. */
export interface WrittenData {
  /** Rows and columns; null for what is no table. */
  readonly table: TableFacts | null;
  /** First rows of the table, to be drawn. */
  readonly top: readonly DataRow[];
  /** Digest of what the table holds, whatever its file's bytes are. */
  readonly logical: string | null;
}

/**
 * Writes a value as the file that the path's ending asks for; the next step is to add it. A file that holds these bytes already is
 * left alone, and so is one that holds the same table in the bytes of another version of a writer. The old file is replaced, never
 * written into: it may be a link into the cache.
 *
 * @throws {DataValueError} @throws {DataPathError} @throws {UnsavedChangesError} @throws {GitTrackedError} @throws {OverlapError}
 */
export async function writeData(
  project: Project,
  { path, value }: { readonly path: string; readonly value: unknown },
  options: WriteDataOptions = {},
): Promise<WrittenData> {
  const target = resolveTarget(project, options.folder ?? project.root, path);
  const { tracked } = checkAddable(project, target, false);
  const repository = openRepository(project);
  const old = oldFile(repository, target);
  const stream = byteStream(value);
  if (stream !== null) {
    await writeStream(repository, { target, old }, { ...options, stream });
    return { table: null, top: [], logical: null };
  }
  const { bytes, table, frame } = await encodeData(path, value, options.signal ?? null);
  const logical = frame === null ? null : frameDigest(frame);
  const written: WrittenData = { table, logical, top: frame === null ? [] : topOf(frame) };
  // A link to an object that is gone has no content to lose.
  if (old !== null && existsSync(target.absolute)) {
    const digest = await md5File(target.absolute);
    if (digest === md5(bytes) || (logical !== null && holdsTable(tracked, digest, logical))) return written;
    if (options.force !== true) checkKept(repository, target, digest);
  }
  writeDurable(target.absolute, bytes, { mode: modeFor(old) });
  return written;
}

/** Whether a file is the recorded one, and was written from the same table. */
function holdsTable(tracked: TrackedOut | null, digest: string, logical: string): boolean {
  if (tracked === null || tracked.out.md5 !== digest) return false;
  return tableMeta(tracked.text, { md5: digest, file: tracked.dvcFile })?.logical === logical;
}

function topOf({ columns, rows }: Frame): readonly DataRow[] {
  const read = columns.map(({ name, type, values }) => ({
    name,
    type,
    values:
      type === "timestamp"
        ? Array.from({ length: Math.min(rows, topRows) }, (_, i) =>
            values[i] == null ? null : new Date(Number(values[i])),
          )
        : values,
  }));
  return tableRows({ rows, columns: read }, 0, Math.min(topRows, rows));
}

interface OldFile {
  readonly target: Target;
  readonly old: Stats | null;
}

async function writeStream(
  repository: Repository,
  { target, old }: OldFile,
  options: WriteDataOptions & { readonly stream: AsyncIterable<unknown> },
): Promise<void> {
  const { absolute } = target;
  const aside = await writeAside(absolute, options.stream, options.signal ?? null);
  try {
    if (old !== null && existsSync(absolute)) {
      const digest = await md5File(absolute);
      if (digest === aside.md5) return;
      if (options.force !== true) checkKept(repository, target, digest);
    }
    chmodSync(aside.path, modeFor(old));
    renameSync(aside.path, absolute);
    syncFolder(dirname(absolute));
  } finally {
    rmSync(aside.path, { force: true });
  }
}

/**
 * What the file will replace.
 *
 * @throws {DataPathError} it is a folder or a device, or a link that somebody else made
 */
function oldFile({ cache }: Repository, { given, absolute }: Target): Stats | null {
  if (/[\\/]$/.test(given)) {
    throw new DataPathError(
      given,
      `${given} names a folder, and a value becomes a file; leave out the "/" at the end.`,
    );
  }
  const stat = lstatSync(absolute, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  if (stat.isSymbolicLink()) {
    const leadsTo = resolve(dirname(absolute), readlinkSync(absolute));
    if (leadsTo.startsWith(`${cache.folder}${sep}`)) return stat;
    throw new DataPathError(
      given,
      `${given} is a symbolic link to ${leadsTo}; name that file, or delete the link first.`,
    );
  }
  if (stat.isFile()) return stat;
  const what = stat.isDirectory() ? "a folder" : "no file";
  throw new DataPathError(given, `${given} is ${what}, and a value becomes a file; name another path.`);
}

function checkKept(repository: Repository, target: Target, digest: string): void {
  if (isCached(repository, digest, "md5") || isCached(repository, digest, "md5-dos2unix")) return;
  throw new UnsavedChangesError([target.given], target.given, `version("${target.given}", value, { force: true })`);
}

/** The old file's permissions; those of a new file where the old one was a link into the cache, which nobody may write to. */
function modeFor(old: Stats | null): number {
  const created = 0o666 & ~process.umask();
  if (old === null || old.isSymbolicLink()) return created;
  return (old.mode & 0o200) === 0 ? created | (old.mode & 0o100) : old.mode & 0o777;
}
