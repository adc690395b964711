import { basename, relative } from "node:path";
import { type AddedOut, patchDvcFile, printDir, printDvcFile } from "../format/index.ts";
import { isTracked, stage } from "../git/index.ts";
import { FileChangedError, type Project, writeDurable } from "../store/index.ts";
import { type DvcIgnore, readDvcIgnore } from "./dvc-ignore.ts";
import { ignoreInGit } from "./git-ignore.ts";
import { readKnownDigests, type SeenFile, writeKnownDigests } from "./known-digests.ts";
import { type FoundFile, listFiles } from "./list-files.ts";
import { pipelineOutAround } from "./pipeline-outs.ts";
import { initRepository, openRepository, type Repository } from "./repository.ts";
import { resolveTarget, statTarget, type Target } from "./target.ts";
import { outsAround, type TrackedOut } from "./tracked-outs.ts";
import { DataPathError, GitTrackedError, OverlapError } from "./version-error.ts";

/** Data that the cache holds and a `.dvc` file records. */
export interface AddedData {
  /** From the project's root, with `/`. */
  readonly path: string;
  /** 32 hex digits, with `.dir` for a folder. */
  readonly md5: string;
  readonly bytes: number;
  /** Files of a folder; 1 for a file. */
  readonly files: number;
  /** Whether the `.dvc` file recorded other content before, or none. */
  readonly changed: boolean;
  /** Files to commit to git, from the project's root: the `.dvc` file, and `.gitignore` when it was written to. */
  readonly written: readonly string[];
}

export interface AddOptions {
  /** The folder that the path is relative to; the project's root without it. */
  readonly folder?: string;
  readonly signal?: AbortSignal;
}

/**
 * Adds a file or folder to DVC, byte for byte as `dvc add` does: content into the cache, `<path>.dvc`, a line in `.gitignore`;
 * `.dvc/` is made where it is missing. Writes nothing of Stemma's own.
 *
 * Files that did not change since the last time are not read again.
 *
 * @throws {DataPathError} @throws {MissingDataError} @throws {GitTrackedError} @throws {OverlapError} @throws {FormatError}
 */
export async function addData(project: Project, path: string, options: AddOptions = {}): Promise<AddedData> {
  const target = resolveTarget(project, options.folder ?? project.root, path);
  const folder = statTarget(project, target).isDirectory();
  const { rules, tracked } = checkAddable(project, target, folder);
  initRepository(project);
  const repository = openRepository(project);
  const content = await (folder ? putFolder : putOne)({ repository, target, rules }, options);
  const out: AddedOut = { ...content, path: tracked?.out.path ?? basename(target.absolute) };
  return record(repository, { target, tracked, folder }, out);
}

/** What adding a target needs to know besides the target. */
interface Addable {
  readonly rules: DvcIgnore;
  readonly tracked: TrackedOut | null;
}

/**
 * Sees to it that a target may be added, before anything is written.
 *
 * @throws {DataPathError} @throws {GitTrackedError} @throws {OverlapError} @throws {FormatError}
 */
export function checkAddable(project: Project, target: Target, folder: boolean): Addable {
  const { given } = target;
  const name = basename(target.absolute);
  if (name.endsWith(".dvc") || name === "dvc.yaml" || name === "dvc.lock") {
    throw new DataPathError(given, `${given} is a file of DVC's own; version the data that it is about.`);
  }
  const rules = readDvcIgnore(project.root);
  if (rules.hides(target.path, folder)) {
    throw new DataPathError(given, `${given} is ignored by .dvcignore; take the pattern away, or name other data.`);
  }
  const tracked = trackedOut(project, target);
  const inGit = openRepository(project).gitRoot !== null;
  if (inGit && isTracked(target.absolute)) throw new GitTrackedError(given, folder);
  return { rules, tracked };
}

/** What records the target already; null when nothing does. */
function trackedOut(project: Project, target: Target): TrackedOut | null {
  const pipeline = pipelineOutAround(project, target.path);
  if (pipeline !== null) {
    throw new OverlapError(
      target.given,
      `${target.given} is, holds or lies in ${pipeline.path}, an output of the stage "${pipeline.stage}" in ${pipeline.file}; run the stage, or dvc commit it.`,
    );
  }
  const outs = outsAround(project, target.path);
  const own = outs.find((out) => out.path === target.path) ?? null;
  const other = outs.find((out) => out.path !== target.path);
  if (other !== undefined) throw overlap(project, target, other);
  if (own !== null) checkOwn(project, target, own);
  return own;
}

function overlap(project: Project, target: Target, other: TrackedOut): OverlapError {
  const file = relative(project.root, other.dvcFile);
  const message = other.path.startsWith(`${target.path}/`)
    ? `${target.given} holds ${other.path}, which ${file} versions; run dvc remove ${file} first, then version the folder.`
    : `${target.given} lies in ${other.path}, which ${file} versions as a whole; version("${other.path}") takes the change.`;
  return new OverlapError(target.given, message);
}

function checkOwn(project: Project, target: Target, own: TrackedOut): void {
  const file = relative(project.root, own.dvcFile);
  if (own.file.imported) {
    throw new DataPathError(target.given, `${file} is an import; get the new data with dvc update ${file}.`);
  }
  if (own.out.cloud) {
    throw new DataPathError(
      target.given,
      `${file} keeps its versions in a cloud's storage; change it with DVC itself.`,
    );
  }
}

interface Work {
  readonly repository: Repository;
  readonly target: Target;
  readonly rules: DvcIgnore;
}

type Content = Omit<AddedOut, "path">;

async function putOne(work: Work, options: AddOptions): Promise<Content> {
  const { absolute } = work.target;
  const stat = statTarget(work.repository.project, work.target);
  const [file] = await putContents(work, [{ relpath: "", absolute, stat }], options);
  return { md5: file?.md5 ?? "", size: stat.size, nfiles: null, isexec: (stat.mode & 0o100) !== 0 };
}

async function putFolder(work: Work, options: AddOptions): Promise<Content> {
  const { target, repository } = work;
  const found = listFiles({ absolute: target.absolute, path: target.path }, work.rules);
  const inner = found.find((file) => file.relpath.endsWith(".dvc"));
  if (inner !== undefined) {
    throw new OverlapError(
      target.given,
      `${target.given} holds ${inner.relpath}, a file of DVC's own; move it out first.`,
    );
  }
  const files = await putContents(work, found, options);
  const listing = printDir(files.map(({ relpath, md5 }) => ({ relpath, md5 })));
  const md5 = repository.cache.put(listing, { dir: true });
  const size = found.reduce((sum, file) => sum + file.stat.size, 0);
  return { md5, size, nfiles: files.length, isexec: false };
}

/** Puts files into the cache; those that are known and there are not read. */
async function putContents(work: Work, found: readonly FoundFile[], options: AddOptions): Promise<readonly SeenFile[]> {
  const { project, cache } = work.repository;
  const seenMs = Date.now();
  const known = readKnownDigests(project, work.target.path);
  const digests = found.map((file) => heldDigest(cache, known.get(file.relpath, file.stat)));
  const fresh = found.filter((_, i) => digests[i] === null);
  const put = await cache.putFiles(
    fresh.map((file) => file.absolute),
    options.signal === undefined ? {} : { signal: options.signal },
  );
  const changed = put.find((file, i) => file.bytes !== fresh[i]?.stat.size);
  if (changed !== undefined) throw new FileChangedError(changed.path);
  let next = 0;
  const seen = found.map(({ relpath, stat }, i) => ({ relpath, stat, md5: digests[i] ?? put[next++]?.md5 ?? "" }));
  if (fresh.length > 0) writeKnownDigests({ project, path: work.target.path }, seen, seenMs);
  return seen;
}

function heldDigest(cache: Repository["cache"], digest: string | null): string | null {
  return digest !== null && cache.has(digest) ? digest : null;
}

interface Place {
  readonly target: Target;
  readonly tracked: TrackedOut | null;
  readonly folder: boolean;
}

/** The `.dvc` file comes last: where it is, what it names is in the cache and out of git. */
function record(repository: Repository, place: Place, out: AddedOut): AddedData {
  const { project, gitRoot } = repository;
  const { target, tracked } = place;
  const dvcFile = tracked?.dvcFile ?? `${target.absolute}.dvc`;
  const ignored = gitRoot === null ? null : ignoreInGit(target.absolute, place.folder);
  const text = tracked === null ? printDvcFile(out) : patchDvcFile(tracked.text, tracked.index, out);
  if (text !== tracked?.text) writeDurable(dvcFile, text);
  const written = [dvcFile, ...(ignored === null ? [] : [ignored])].map((file) => relative(project.root, file));
  if (repository.autostage && gitRoot !== null) stage(project.root, written);
  const changed = tracked?.out.md5 !== out.md5 || tracked.out.hash !== "md5";
  return { path: target.path, md5: out.md5, bytes: out.size, files: out.nfiles ?? 1, changed, written };
}
