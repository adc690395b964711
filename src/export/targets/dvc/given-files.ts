import { printDvcFile } from "../../../format/index.ts";
import type { ExportSource } from "../../source.ts";
import { givenPaths } from "./given.ts";

/** Smaller files go into git as they are; larger ones are DVC's. */
const mostInGit = 1_000_000;

/** A table or long array that a flow is given where it is defined. */
export interface GivenFile {
  readonly path: string;
  readonly md5: string;
  readonly bytes: Uint8Array;
  /** What DVC keeps it by; null: it is small enough for git. */
  readonly dvcFile: string | null;
}

export function givenFiles({ work }: Pick<ExportSource, "work">): readonly GivenFile[] {
  if (work.kind !== "flow") return [];
  return [...givenPaths(work.plan)].map(([md5, path]) => {
    const bytes = work.given.get(md5);
    if (bytes === undefined) throw new Error(`the bytes of ${path} are missing`);
    const out = { path: path.slice(path.lastIndexOf("/") + 1), md5, size: bytes.length, nfiles: null, isexec: false };
    return { path, md5, bytes, dvcFile: bytes.length <= mostInGit ? null : printDvcFile(out) };
  });
}
