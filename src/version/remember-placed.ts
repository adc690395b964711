import { statSync } from "node:fs";
import type { DirEntry, HashName } from "../format/index.ts";
import type { Project } from "../store/index.ts";
import { type SeenFile, writeKnownDigests } from "./known-digests.ts";
import { filePath } from "./place-file.ts";

/** A folder that was brought as a whole. */
export interface PlacedOut {
  readonly project: Project;
  readonly out: { readonly path: string; readonly absolute: string; readonly hash: HashName };
  readonly entries: readonly DirEntry[];
}

/** The clock of file systems goes in steps of up to 10 ms. */
const tickMs = 10;

/**
 * Remembers the digests of files that were verified while they were copied, so that the next look does not read them again. A file
 * that was written to after it got its name is not the one that was verified: its time says so.
 *
 * @param namedMs when the first of them got its name
 */
export function rememberPlaced({ project, out, entries }: PlacedOut, namedMs: number): void {
  if (out.hash !== "md5" || namedMs === 0) return;
  const seen = entries.flatMap(({ relpath, md5 }): readonly SeenFile[] => {
    const stat = statSync(filePath(out.absolute, relpath), { throwIfNoEntry: false });
    if (stat === undefined || Math.max(stat.mtimeMs, stat.ctimeMs) >= namedMs - tickMs) return [];
    return [{ relpath, stat, md5 }];
  });
  if (seen.length > 0) writeKnownDigests({ project, path: out.path }, seen, Number.POSITIVE_INFINITY);
}
