import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { syncFolder, temporaryName } from "../../store/index.ts";

/** What was copied. */
export interface CopiedFiles {
  readonly files: number;
  readonly bytes: number;
  /** Links, sockets and the like, by their path in the folder: they are not followed. */
  readonly skipped: readonly string[];
}

/** What a folder of artifacts holds. */
export function countArtifacts(from: string): CopiedFiles {
  return eachFile(from, () => {});
}

/**
 * Copies a folder of artifacts. Each file is written aside and renamed, so that one of its name is whole; those that are
 * there already are replaced.
 */
export function copyArtifacts(from: string, to: string): CopiedFiles {
  const copied = eachFile(from, (inside) => copyFile(join(from, inside), join(to, inside)));
  if (existsSync(to)) syncFolder(to);
  return copied;
}

function eachFile(folder: string, work: (inside: string) => void): CopiedFiles {
  const found = { files: 0, bytes: 0, skipped: [] as string[] };
  if (!existsSync(folder)) return found;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const inside = relative(folder, path);
    if (entry.isFile()) {
      found.files++;
      found.bytes += statSync(path).size;
      work(inside);
    } else if (!entry.isDirectory()) {
      found.skipped.push(entry.isSymbolicLink() ? `${inside} -> ${readlinkSync(path)}` : inside);
    }
  }
  return found;
}

function copyFile(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  const aside = join(dirname(to), temporaryName());
  try {
    // Copies nothing where the file system can share blocks.
    copyFileSync(from, aside, constants.COPYFILE_FICLONE);
    // A file that was read-only there can be replaced here.
    chmodSync(aside, 0o644);
    syncFile(aside);
    renameSync(aside, to);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

// Data before names: a power cut may lose a file, never leave an empty one.
function syncFile(path: string): void {
  const file = openSync(path, "r+");
  try {
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}
