import { copyFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryName } from "./files.ts";
import { type FileJob, HashedFile, type SizedFile } from "./hashed-file.ts";
import { hashAll } from "./md5/index.ts";
import { createFile, errorCode, writeFile } from "./new-file.ts";

/** A file that is copied to a place, if it holds what it should. */
export interface FileCopy extends SizedFile {
  readonly md5: string;
  /** Where it is made: a free path, in the file system of `to` if possible. */
  readonly aside: string;
  /** Where it goes then; what is there is replaced at once. null where it is made in its place. */
  readonly to: string | null;
  /** The permissions of the copy. */
  readonly mode: number;
}

/**
 * Copies files: hashed, written aside from the same buffer, then named. Blocking.
 *
 * @returns of each, whether it holds the bytes of its digest; what does not is not copied
 */
export function copyEach(copies: readonly FileCopy[]): readonly boolean[] {
  const whole: boolean[] = [];
  const streams = copies.map((copy, i) => {
    const end = (isWhole: boolean): void => {
      whole[i] = isWhole;
    };
    return { bytes: copy.bytes, open: () => new HashedFile(copyJob(copy, end)) };
  });
  hashAll(streams);
  return whole;
}

function copyJob(copy: FileCopy, end: (isWhole: boolean) => void): FileJob {
  const { aside, mode, to } = copy;
  return {
    path: copy.path,
    bytes: copy.bytes,
    open: (source) => ({ input: source, output: createFile(aside, mode) }),
    end: (md5, { whole }) => {
      const isWhole = md5 === copy.md5;
      if (isWhole && whole !== null) writeFile(aside, whole, mode);
      if (isWhole && to !== null) moveFile(aside, to);
      if (!isWhole && whole === null) rmSync(aside);
      end(isWhole);
    },
  };
}

/** Gives a file another name, in another file system too; what is there is replaced at once. */
export function moveFile(aside: string, to: string): void {
  try {
    renameSync(aside, to);
  } catch (error) {
    if (errorCode(error) !== "EXDEV") throw error;
    moveOver(aside, to);
  }
}

/** To another file system, or another mount of the same. */
function moveOver(aside: string, to: string): void {
  const beside = join(dirname(to), temporaryName());
  try {
    copyFileSync(aside, beside);
    renameSync(beside, to);
  } finally {
    rmSync(beside, { force: true });
    rmSync(aside, { force: true });
  }
}
