import { basename, relative } from "node:path";
import { type AddedOut, patchDvcFile, printDir, printDvcFile } from "../format/index.ts";
import { isTracked, stage } from "../git/index.ts";
import { md5, type Project, writeDurable } from "../store/index.ts";
import { addPart } from "./add-part.ts";
import { type DvcIgnore, readDvcIgnore } from "./dvc-ignore.ts";
import { ignoreInGit } from "./git-ignore.ts";
import { changeLinks } from "./links.ts";
import { type FoundFile, listFiles } from "./list-files.ts";
import { pipelineOutAround } from "./pipeline-outs.ts";
import { modeOf } from "./place-file.ts";
import { type AddedData, type AddOptions, type AddWork, putContents } from "./put-contents.ts";
import { relink } from "./relink.ts";
import { initRepository, openRepository, type Repository } from "./repository.ts";
import { lockRepository } from "./repository-lock.ts";
import { resolveTarget, statTarget, type Target } from "./target.ts";
import { outsAround, type TrackedOut } from "./tracked-outs.ts";
import { DataPathError, GitTrackedError, OverlapError } from "./version-error.ts";

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
  return lockRepository(project, () => add(project, target, options), { ...options, writes: [target.absolute] });
}

async function add(project: Project, target: Target, options: AddOptions): Promise<AddedData> {
  const around = options.parts === true ? folderAround(project, target) : null;
  if (around !== null) return addPart(openRepository(project), { target, around }, options);
  const folder = statTarget(project, target).isDirectory();
  const { rules, tracked } = checkAddable(project, target, folder);
  initRepository(project);
  const repository = openRepository(project);
  const work = { repository, target, rules };
  const { content, found } = await (folder ? putFolder : putOne)(work, options);
  const out = { ...content, path: tracked?.out.path ?? basename(target.absolute) };
  const added = record(repository, { target, tracked, folder }, out);
  if (options.commit !== false) {
    if (options.relink !== false) await relinkAdded(work, { content, found }, options.keepModes === true);
    changeLinks(project, [[target.path, content.md5]]);
  }
  return added;
}

/** The versioned folder that a target lies in; null when it lies in none. */
function folderAround(project: Project, target: Target): TrackedOut | null {
  const around = outsAround(project, target.path).find((out) => target.path.startsWith(`${out.path}/`));
  return around?.out.md5?.endsWith(".dir") === true && !around.file.imported && !around.out.cloud ? around : null;
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

type Content = Omit<AddedOut, "path"> & { readonly size: number };

/** What was put, and the files as they were found. */
interface Put {
  readonly content: Content;
  readonly found: readonly FoundFile[];
}

/** As {@link relink}, but of a folder only the files that are not as they should be: they were looked at already. */
async function relinkAdded(
  { repository, target }: AddWork,
  { content, found }: Put,
  keepModes: boolean,
): Promise<void> {
  const linked = { absolute: target.absolute, ...content, hash: "md5" as const, keepModes };
  const [type] = repository.linkTypes;
  if (content.nfiles === null || type === "hardlink" || type === "symlink") return relink(repository, linked);
  const mode = modeOf(false);
  const odd = new Set(
    found.filter(({ isLink, stat }) => isLink === true || (stat.mode & 0o777) !== mode).map(({ relpath }) => relpath),
  );
  if (odd.size > 0) await relink(repository, { ...linked, takes: (relpath) => odd.has(relpath) });
}

async function putOne(work: AddWork, options: AddOptions): Promise<Put> {
  const { absolute } = work.target;
  const stat = statTarget(work.repository.project, work.target);
  const found = [{ relpath: "", absolute, stat }];
  const [file] = await putContents(work, found, options);
  const isexec = (stat.mode & 0o100) !== 0;
  return { content: { md5: file?.md5 ?? "", size: stat.size, nfiles: null, isexec }, found };
}

async function putFolder(work: AddWork, options: AddOptions): Promise<Put> {
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
  const digest = options.commit === false ? `${md5(listing)}.dir` : repository.cache.put(listing, { dir: true });
  const size = found.reduce((sum, file) => sum + file.stat.size, 0);
  return { content: { md5: digest, size, nfiles: files.length, isexec: false }, found };
}

interface Place {
  readonly target: Target;
  readonly tracked: TrackedOut | null;
  readonly folder: boolean;
}

/** The `.dvc` file comes last: where it is, what it names is in the cache and out of git. */
function record(repository: Repository, place: Place, out: AddedOut & { readonly size: number }): AddedData {
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

export type { AddedData, AddOptions };
