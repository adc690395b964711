import { existsSync, lstatSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { parseYaml, setYamlKey, stageChecksum, type YamlMap, yamlEntries } from "../format/index.ts";
import { type Project, writeDurable } from "../store/index.ts";
import { readDvcIgnore } from "./dvc-ignore.ts";
import { ignoreInGit, stageInGit, unignoreInGit } from "./git-ignore.ts";
import { changeLinks } from "./links.ts";
import { contentAt } from "./out-content.ts";
import { pipelineOutAround } from "./pipeline-outs.ts";
import { openRepository, type Repository } from "./repository.ts";
import { lockRepository } from "./repository-lock.ts";
import { resolveTarget, type Target } from "./target.ts";
import { outsAround, type TrackedOut } from "./tracked-outs.ts";
import { DataPathError, MissingDataError, OverlapError, refuseCloud } from "./version-error.ts";

/**
 * Moves versioned data and its `.dvc` file; into a folder where one of that name is.
 *
 * @param way from and to, relative to `folder`
 * @throws {MissingDataError} nothing records the data @throws {DataPathError} something is there already
 */
export async function moveData(
  project: Project,
  way: { readonly from: string; readonly to: string },
  options: { readonly folder: string; readonly waitMs?: number },
): Promise<void> {
  const from = resolveTarget(project, options.folder, way.from);
  const wanted = resolveTarget(project, options.folder, way.to);
  const into = statSync(wanted.absolute, { throwIfNoEntry: false })?.isDirectory() === true;
  const to = into ? resolveTarget(project, options.folder, join(way.to, basename(from.absolute))) : wanted;
  await lockRepository(project, () => move(project, from, to), {
    ...options,
    writes: [from.absolute, to.absolute],
  });
}

async function move(project: Project, from: Target, to: Target): Promise<void> {
  const repository = openRepository(project);
  const tracked = outsAround(project, from.path).find((out) => out.path === from.path);
  if (tracked === undefined) throw notRecorded(project, from);
  refuseCloud(from.given, tracked.out);
  const resumed = await isMoved(repository, tracked, { from, to });
  if (!resumed) {
    checkFree(project, tracked, to);
    if (lstatSync(from.absolute, { throwIfNoEntry: false }) === undefined) {
      throw new MissingDataError(from.given, `output '${from.given}' does not exist`);
    }
  }
  const own = tracked.dvcFile === `${from.absolute}.dvc`;
  const dvcFile = own ? `${to.absolute}.dvc` : tracked.dvcFile;
  const folder = lstatSync(resumed ? to.absolute : from.absolute).isDirectory();
  // git ignores the new name before the data has it; the record comes last.
  const ignored = repository.gitRoot === null ? null : ignoreInGit(to.absolute, folder);
  if (!resumed) renameSync(from.absolute, to.absolute);
  writeDurable(dvcFile, movedText(tracked, { dvcFile, to: to.absolute }));
  if (own) rmSync(tracked.dvcFile);
  const unignored = repository.gitRoot === null ? null : unignoreInGit(from.absolute);
  stageInGit(repository, staged(repository, [dvcFile, tracked.dvcFile, ignored, unignored]));
  changeLinks(project, [
    [from.path, null],
    [to.path, tracked.out.md5],
  ]);
}

/** Whether a move was killed after the data had its new name: what is there is what the old record says, and the rest is done now. */
async function isMoved(
  repository: Repository,
  tracked: TrackedOut,
  { from, to }: { readonly from: Target; readonly to: Target },
): Promise<boolean> {
  const there = ({ absolute }: Target): boolean => lstatSync(absolute, { throwIfNoEntry: false }) !== undefined;
  const { md5, hash } = tracked.out;
  if (there(from) || !there(to) || md5 === null) return false;
  const rules = readDvcIgnore(repository.project.root);
  const content = await contentAt({ repository, rules, absolute: to.absolute, path: to.path }, hash);
  return content?.md5 === md5;
}

function notRecorded(project: Project, from: Target): Error {
  const stage = pipelineOutAround(project, from.path);
  if (stage === null) {
    return new MissingDataError(from.given, `Unable to find DVC file with output '${from.given}'`);
  }
  return new OverlapError(
    from.given,
    `move is not permitted for stages that are not data sources. You need to either move '${stage.stage}' to a new location or edit it by hand.`,
  );
}

function checkFree(project: Project, tracked: TrackedOut, to: Target): void {
  if (!existsSync(dirname(to.absolute))) {
    throw new MissingDataError(to.given, `The folder of ${to.given} does not exist; make it first.`);
  }
  const taken = outsAround(project, to.path).find((out) => out !== tracked && out.path !== tracked.path);
  if (taken !== undefined) {
    throw new OverlapError(
      to.given,
      `${to.given} is, holds or lies in ${taken.path}, which ${basename(taken.dvcFile)} versions.`,
    );
  }
  if (existsSync(`${to.absolute}.dvc`)) throw new DataPathError(to.given, `'${to.given}.dvc' already exists`);
  if (lstatSync(to.absolute, { throwIfNoEntry: false }) !== undefined) {
    throw new DataPathError(to.given, `'${to.given}' already exists; move it away first.`);
  }
}

/** The record with the new name; relative paths of an import's sources follow. */
function movedText(tracked: TrackedOut, { dvcFile, to }: { readonly dvcFile: string; readonly to: string }): string {
  const base = join(dirname(dvcFile), tracked.file.wdir ?? "");
  const posix = (path: string): string => path.replaceAll(sep, "/");
  const moved = setYamlKey(tracked.text, ["outs", tracked.index, "path"], posix(relative(base, to)));
  if (tracked.file.deps.length === 0) return moved;
  const before = join(dirname(tracked.dvcFile), tracked.file.wdir ?? "");
  const text = tracked.file.deps.reduce((edited, { path, repo }, i) => {
    if (repo !== null || isAbsolute(path) || /^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return edited;
    return setYamlKey(edited, ["deps", i, "path"], posix(relative(base, join(before, path))));
  }, moved);
  if (!/^md5:/m.test(text)) return text;
  const { md5: _, ...fields } = Object.fromEntries(yamlEntries(parseYaml(text, dvcFile) as YamlMap));
  return setYamlKey(text, ["md5"], stageChecksum(fields));
}

function staged(repository: Repository, files: readonly (string | null)[]): readonly string[] {
  const { root } = repository.project;
  return files.filter((file) => file !== null).map((file) => relative(root, file));
}
