import { readFileSync } from "node:fs";
import { StemmaError } from "../error.ts";
import { type DirEntry, type DvcOut, parseDvcFile, patchDvcFile, printDir } from "../format/index.ts";
import { findProject, writeDurable } from "../store/index.ts";
import { entriesOf } from "./cached-content.ts";
import { openRepository, type Repository } from "./repository.ts";

/** Both sides changed a folder's `.dvc` file in ways that do not go together. */
export class MergeConflictError extends StemmaError {
  constructor(message: string) {
    super("MERGE_CONFLICT", `${message} Choose one side: git checkout --ours or --theirs, then stemma checkout.`);
  }
}

/**
 * Merges two versions of a `.dvc` file of a folder: what each side added, took away or changed since their ancestor.
 *
 * @param our the file of our version; it holds the result afterwards
 * @throws {MergeConflictError} both changed one file, or the record is not of a folder
 */
export function mergeDvcFiles(
  folder: string,
  our: string,
  others: { readonly ancestor: string; readonly their: string },
): void {
  const repository = openRepository(findProject(folder));
  const text = readFileSync(our, "utf8");
  const [mine, theirs, base] = [text, others.their, others.ancestor].map((version) => outOf(version, our));
  if (mine === undefined || theirs === undefined || base === undefined) {
    throw new MergeConflictError("unable to auto-merge: a .dvc file records something other than one folder.");
  }
  const merged = merge({
    ancestor: filesOf(repository, base),
    our: filesOf(repository, mine),
    their: filesOf(repository, theirs),
  });
  const md5 = repository.cache.put(printDir(merged), { dir: true });
  writeDurable(our, patchDvcFile(text, 0, { path: mine.path, md5, size: null, nfiles: merged.length, isexec: false }));
}

function outOf(text: string, path: string): DvcOut | undefined {
  if (text.trim() === "") return { ...emptyOut };
  const { outs } = parseDvcFile(text, path);
  return outs.length === 1 && outs[0]?.md5?.endsWith(".dir") ? outs[0] : undefined;
}

const emptyOut: DvcOut = {
  path: "",
  md5: null,
  hash: "md5",
  size: null,
  nfiles: null,
  isexec: false,
  cache: true,
  desc: null,
  cloud: false,
} as DvcOut;

type Files = ReadonlyMap<string, string>;

function filesOf(repository: Repository, out: DvcOut): Files {
  if (out.md5 === null) return new Map();
  return new Map(entriesOf(repository, out.md5, out.hash).map(({ relpath, md5 }) => [relpath, md5]));
}

interface Sides {
  readonly ancestor: Files;
  readonly our: Files;
  readonly their: Files;
}

function merge({ ancestor, our, their }: Sides): readonly DirEntry[] {
  const paths = new Set([...our.keys(), ...their.keys()]);
  return [...paths].flatMap((relpath) => {
    const [base, mine, theirs] = [ancestor, our, their].map((files) => files.get(relpath));
    const chosen = theirs === base ? mine : theirs;
    if (theirs !== base && mine !== base && mine !== theirs) {
      throw new MergeConflictError(`unable to auto-merge: both sides changed '${relpath}'.`);
    }
    return chosen === undefined ? [] : [{ relpath, md5: chosen }];
  });
}
