import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { StemmaError } from "../../error.ts";
import { printDir } from "../../format/index.ts";
import { md5, openDatabase, type Project } from "../../store/index.ts";

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

/**
 * The digest of a file or folder; hashed only when its size, time or inode changed since the last time.
 *
 * @param folder the working folder that `path` is relative to
 * @throws {MissingFileError}
 */
export function fileDigest(
  path: string,
  { project, folder }: { readonly project: Project; readonly folder: string },
): FileDigest {
  const absolutePath = resolve(folder, path);
  const stat = statSync(absolutePath, { throwIfNoEntry: false });
  if (stat === undefined) throw new MissingFileError(path, folder);
  const shown = relative(project.root, absolutePath).split(sep).join("/");
  const found = stat.isDirectory() ? folderDigest(absolutePath, project) : oneFile(absolutePath, project);
  return { path: shown, absolutePath, ...found };
}

type Digest = Pick<FileDigest, "md5" | "bytes">;

function oneFile(path: string, project: Project): Digest {
  const stat = statSync(path, { bigint: true });
  const stamp = `${stat.size} ${stat.mtimeNs} ${stat.ino}`;
  const database = openDatabase(project);
  const known = database.first<{ stamp: string } & Digest>(
    "SELECT stamp, md5, bytes FROM flow_file WHERE path = ?",
    path,
  );
  if (known?.stamp === stamp) return { md5: known.md5, bytes: known.bytes };
  const bytes = readFileSync(path);
  const digest = { md5: md5(bytes), bytes: bytes.length };
  // A file written less than a moment ago may change again within the same time stamp.
  if (BigInt(Date.now()) * 1_000_000n - stat.mtimeNs > 20_000_000n) {
    database.write((sql) =>
      sql.run(
        "INSERT OR REPLACE INTO flow_file (path, stamp, md5, bytes) VALUES (?, ?, ?, ?)",
        path,
        stamp,
        digest.md5,
        digest.bytes,
      ),
    );
  }
  return digest;
}

function folderDigest(path: string, project: Project): Digest {
  const files = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  const digests = files.map((file) => ({
    ...oneFile(file, project),
    relpath: relative(path, file).split(sep).join("/"),
  }));
  return { md5: `${md5(printDir(digests))}.dir`, bytes: digests.reduce((sum, { bytes }) => sum + bytes, 0) };
}
