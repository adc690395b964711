import { type BigIntStats, statSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { StemmaError } from "../../error.ts";
import { printDir } from "../../format/index.ts";
import {
  checkOrdinary,
  DatabaseFullError,
  digestsOf,
  filesBelow,
  md5,
  md5Files,
  openDatabase,
  type Project,
  ReadOnlyDatabaseError,
  type SizedFile,
} from "../../store/index.ts";

/** A file or folder that a step reads, as its bytes are now. */
export interface FileDigest {
  /** From the project root, with `/`. */
  readonly path: string;
  readonly absolutePath: string;
  /** DVC's: `.dir` behind that of a folder. */
  readonly md5: string;
  readonly bytes: number;
}

/** The file of `f.file()` is not there. */
export class MissingFileError extends StemmaError {
  readonly path: string;

  constructor(path: string, folder: string) {
    super("MISSING_FILE", `${path} is not in ${folder}. Make the file, or get it by version.checkout().`);
    this.path = path;
  }
}

/** Where a path is looked for. */
export interface FilePlace {
  readonly project: Project;
  /** The working folder that paths are relative to. */
  readonly folder: string;
}

/**
 * The digest of a file or folder; hashed only when its size, time or inode changed since the last time. Blocking.
 *
 * @throws {MissingFileError} @throws {SpecialFileError}
 */
export function fileDigest(path: string, place: FilePlace): FileDigest {
  const looked = look(path, place);
  return withDigests(looked, digestsOf(looked.unknown));
}

/** The same while the thread is free for others; long files are hashed in other threads. Rejects when `signal` is aborted. */
export async function readDigest(path: string, place: FilePlace, signal: AbortSignal): Promise<FileDigest> {
  const looked = look(path, place);
  return withDigests(looked, await md5Files(looked.unknown, { signal }));
}

interface SeenFile extends SizedFile {
  /** From the folder; of a file alone "". */
  readonly relpath: string;
  /** What tells that it was written to. */
  readonly stamp: string;
  readonly mtimeNs: bigint;
  /** Known from an earlier time. */
  readonly md5: string | null;
}

/** A file or folder as it was found. */
interface Looked {
  readonly project: Project;
  readonly shown: string;
  readonly absolutePath: string;
  readonly isFolder: boolean;
  readonly files: readonly SeenFile[];
  /** Those of which the digest is not known. */
  readonly unknown: readonly SeenFile[];
  readonly timeMs: number;
}

function look(path: string, { project, folder }: FilePlace): Looked {
  const absolutePath = resolve(folder, path);
  const stat = statSync(absolutePath, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) throw new MissingFileError(path, folder);
  checkOrdinary(absolutePath, stat);
  const timeMs = Date.now();
  const isFolder = stat.isDirectory();
  const known = knownDigests(project, absolutePath, isFolder);
  // What runs write there is no input.
  const found = isFolder
    ? filesBelow(absolutePath, [project.stemmaFolder])
    : [{ relpath: "", path: absolutePath, stat }];
  const files = found.map((file) => {
    const stamp = stampOf(file.stat);
    const before = known.get(file.path);
    const md5 = before?.stamp === stamp ? before.md5 : null;
    return { ...file, bytes: Number(file.stat.size), mtimeNs: file.stat.mtimeNs, stamp, md5 };
  });
  const shown = relative(project.root, absolutePath).split(sep).join("/");
  const unknown = files.filter((file) => file.md5 === null);
  return { project, shown, absolutePath, isFolder, files, unknown, timeMs };
}

function stampOf({ size, mtimeNs, ino }: BigIntStats): string {
  return `${size} ${mtimeNs} ${ino}`;
}

interface KnownDigest {
  readonly path: string;
  readonly stamp: string;
  readonly md5: string;
}

/** What was hashed before: of a file, or of all files below a folder. */
function knownDigests(project: Project, path: string, isFolder: boolean): ReadonlyMap<string, KnownDigest> {
  const after = String.fromCharCode(sep.charCodeAt(0) + 1);
  const [where, values] = isFolder
    ? (["path > ? AND path < ?", [`${path}${sep}`, `${path}${after}`]] as const)
    : (["path = ?", [path]] as const);
  const rows = openDatabase(project).read<KnownDigest>(
    `SELECT path, stamp, md5 FROM flow_file WHERE ${where}`,
    ...values,
  );
  return new Map(rows.map((row) => [row.path, row]));
}

/** @param digests of the unknown files, in their order */
function withDigests(looked: Looked, digests: readonly string[]): FileDigest {
  const { unknown, files, isFolder, absolutePath, shown: path } = looked;
  const fresh = new Map(unknown.map((file, i) => [file, digests[i] ?? ""]));
  if (fresh.size > 0) keep(looked, fresh);
  const all = files.map((file) => ({ relpath: file.relpath, md5: file.md5 ?? fresh.get(file) ?? "" }));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { path, absolutePath, md5: isFolder ? `${md5(printDir(all))}.dir` : (all[0]?.md5 ?? ""), bytes };
}

/** A file written less than a moment ago may change again within the same time stamp. */
const momentNs = 20_000_000n;

function keep({ project, timeMs }: Looked, digests: ReadonlyMap<SeenFile, string>): void {
  const lookedNs = BigInt(timeMs) * 1_000_000n;
  const lasting = [...digests].filter(([{ mtimeNs }]) => lookedNs - mtimeNs > momentNs);
  if (lasting.length === 0) return;
  try {
    openDatabase(project).write((sql) => {
      for (const [{ path, stamp, bytes }, digest] of lasting)
        sql.run(
          "INSERT OR REPLACE INTO flow_file (path, stamp, md5, bytes) VALUES (?, ?, ?, ?)",
          ...[path, stamp, digest, bytes],
        );
    });
  } catch (error) {
    // They only save time: who asks what would run is answered where nothing can be written too.
    if (!(error instanceof DatabaseFullError || error instanceof ReadOnlyDatabaseError)) throw error;
  }
}
