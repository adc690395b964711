import { lstatSync } from "node:fs";
import { relative } from "node:path";
import { type DirEntry, patchDvcFile, printDir } from "../format/index.ts";
import { md5, writeDurable } from "../store/index.ts";
import { entriesOf, isCached } from "./cached-content.ts";
import { readDvcIgnore } from "./dvc-ignore.ts";
import { stageInGit } from "./git-ignore.ts";
import { type FoundFile, listFiles } from "./list-files.ts";
import { type AddedData, type AddOptions, type AddWork, putContents } from "./put-contents.ts";
import { relink } from "./relink.ts";
import type { Repository } from "./repository.ts";
import { statTarget, type Target } from "./target.ts";
import type { TrackedOut } from "./tracked-outs.ts";
import { MissingDataError } from "./version-error.ts";

/** A target inside of a versioned folder. */
export interface Part {
  readonly target: Target;
  readonly around: TrackedOut;
}

/**
 * Takes a file or folder inside of a versioned folder into it; what is gone from the disk is taken out. The rest of the folder
 * stays as it was recorded, changed or not (dvc/output.py, Output.apply).
 *
 * @throws {MissingDataError} the folder's listing is not in the cache, or it has no such file
 */
export async function addPart(repository: Repository, part: Part, options: AddOptions): Promise<AddedData> {
  const { target, around } = part;
  const digest = around.out.md5 ?? "";
  if (!isCached(repository, digest, around.out.hash)) {
    throw new MissingDataError(
      target.given,
      `could not read '${digest}': the listing of ${around.path} is not in the cache.`,
    );
  }
  const inner = target.path.slice(around.path.length + 1);
  const before = entriesOf(repository, digest, around.out.hash);
  const others = before.filter(({ relpath }) => relpath !== inner && !relpath.startsWith(`${inner}/`));
  const found = foundAt(repository, target);
  if (found === null && others.length === before.length) {
    throw new MissingDataError(target.given, `There is no ${target.given} in ${repository.project.root}.`);
  }
  const work: AddWork = { repository, target, rules: readDvcIgnore(repository.project.root) };
  const seen = await putContents(work, found ?? [], options);
  // DVC keeps the listing of the part, too.
  if (options.commit !== false && statKind(target) === "folder") repository.cache.put(printDir(seen), { dir: true });
  const added = seen.map(({ relpath, md5: own }): DirEntry => ({ md5: own, relpath: joined(inner, relpath) }));
  const entries = [...others, ...added];
  const bytes = (found ?? []).reduce((sum, file) => sum + file.stat.size, 0);
  const size = sizeOf(around, { entries, appended: others.length === before.length && found !== null, bytes });
  const result = record(repository, { part, entries, size }, options);
  if (options.commit !== false && options.relink !== false && found !== null) {
    const takes = (relpath: string): boolean => relpath === inner || relpath.startsWith(`${inner}/`);
    await relink(repository, { absolute: around.absolute, md5: result.md5, hash: "md5", isexec: false, takes });
  }
  return result;
}

function statKind(target: Target): "folder" | "file" {
  return lstatSync(target.absolute, { throwIfNoEntry: false })?.isDirectory() === true ? "folder" : "file";
}

/** null when nothing is there. */
function foundAt(repository: Repository, target: Target): readonly FoundFile[] | null {
  if (lstatSync(target.absolute, { throwIfNoEntry: false }) === undefined) return null;
  const stat = statTarget(repository.project, target);
  if (stat.isFile()) return [{ relpath: "", absolute: target.absolute, stat }];
  return listFiles(target, readDvcIgnore(repository.project.root));
}

function joined(folder: string, relpath: string): string {
  return relpath === "" ? folder : `${folder}/${relpath}`;
}

interface Change {
  readonly entries: readonly DirEntry[];
  readonly appended: boolean;
  readonly bytes: number;
}

/** Known only when nothing was replaced; DVC leaves it out else. */
function sizeOf(around: TrackedOut, { entries, appended, bytes }: Change): number | null {
  const { size } = around.out;
  if (appended && size !== null && size > 0) return size + bytes;
  return `${md5(printDir(entries))}.dir` === around.out.md5 ? size : null;
}

interface Recorded {
  readonly part: Part;
  readonly entries: readonly DirEntry[];
  readonly size: number | null;
}

function record(repository: Repository, { part, entries, size }: Recorded, options: AddOptions): AddedData {
  const { around } = part;
  const { project } = repository;
  const listing = printDir(entries);
  const digest = options.commit === false ? `${md5(listing)}.dir` : repository.cache.put(listing, { dir: true });
  const out = { path: around.out.path, md5: digest, size, nfiles: entries.length, isexec: false };
  const text = patchDvcFile(around.text, around.index, out);
  if (text !== around.text) writeDurable(around.dvcFile, text);
  const written = [relative(project.root, around.dvcFile)];
  stageInGit(repository, written);
  return {
    path: around.path,
    md5: digest,
    bytes: size ?? 0,
    files: entries.length,
    changed: digest !== around.out.md5,
    written,
  };
}
