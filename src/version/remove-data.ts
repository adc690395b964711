import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseDvcLock, parseDvcYaml, printDvcLock, removeYaml } from "../format/index.ts";
import { type Project, writeDurable } from "../store/index.ts";
import { type DvcFileTarget, dvcFileAt } from "./dvc-files.ts";
import { readDvcIgnore } from "./dvc-ignore.ts";
import { unignoreInGit } from "./git-ignore.ts";
import { changeLinks } from "./links.ts";
import { pathOf } from "./out-filter.ts";
import { lockBeside, workingFiles } from "./project-files.ts";
import { openRepository } from "./repository.ts";
import { lockRepository } from "./repository-lock.ts";
import { repositoryOuts } from "./repository-outs.ts";
import { checkParents } from "./target.ts";
import { unprotectPath } from "./unprotect.ts";
import { DataPathError, refuseCloud } from "./version-error.ts";

export interface RemoveOptions {
  /** The data, too. */
  readonly outs?: boolean;
  readonly folder: string;
  readonly waitMs?: number;
}

/**
 * Takes a `.dvc` file away, and what git ignores because of it; the data stays as files that can be edited.
 *
 * @throws {UnknownTargetError} the target is no `.dvc` file
 */
export async function removeData(project: Project, target: string, options: RemoveOptions): Promise<void> {
  await lockRepository(
    project,
    async () => {
      const stage = stageAt(project, options.folder, target);
      if (stage === null) await remove(project, dvcFileAt(project, options.folder, target), options);
      else await removeStage(project, stage, options);
    },
    options,
  );
}

async function remove(project: Project, { file, outs }: DvcFileTarget, options: RemoveOptions): Promise<void> {
  const repository = openRepository(project);
  for (const { path, out } of outs) refuseCloud(path, out);
  for (const { path, absolute, out } of outs) {
    checkParents(project, path);
    if (options.outs) rmSync(absolute, { recursive: true, force: true });
    else if (out.cache) await unprotectPath(repository, absolute);
    if (repository.gitRoot !== null) unignoreInGit(absolute);
  }
  rmSync(file);
  changeLinks(
    project,
    outs.map(({ path }) => [path, null] as const),
  );
}

/** A stage of a `dvc.yaml`, from the project's root; all of the file's when the name is null. */
interface StageTarget {
  readonly file: string;
  readonly name: string | null;
}

/** null for what is no stage and no `dvc.yaml`. */
function stageAt(project: Project, folder: string, target: string): StageTarget | null {
  const [, file = "dvc.yaml", name = target] = /^(?:(.*dvc\.yaml):)?(.+)$/s.exec(target) ?? [];
  const path = pathOf(project, folder, target);
  if (target.endsWith("dvc.yaml") && existsSync(join(project.root, path))) return { file: path, name: null };
  const yaml = pathOf(project, folder, file);
  if (!existsSync(join(project.root, yaml))) return null;
  const { stages } = parseDvcYaml(readFileSync(join(project.root, yaml), "utf8"), yaml);
  return stages.has(name) || stages.has(name.split("@")[0] ?? "") ? { file: yaml, name } : null;
}

async function removeStage(project: Project, { file, name }: StageTarget, options: RemoveOptions): Promise<void> {
  const repository = openRepository(project);
  const path = join(project.root, file);
  const lockPath = join(project.root, lockBeside(file));
  const text = readFileSync(path, "utf8");
  const { stages } = parseDvcYaml(text, file);
  const names = name === null ? [...stages.keys()] : [name];
  const templated = names.find(
    (one) => stages.get(one)?.kind !== "stage" || /\$\{/.test(JSON.stringify(stages.get(one))),
  );
  if (templated !== undefined) {
    throw new DataPathError(file, `cannot remove a parametrized stage: '${templated}'; edit ${file} by hand.`);
  }
  const outs = repositoryOuts(project, workingFiles(project, readDvcIgnore(project.root)));
  for (const out of outs.filter((one) => one.file === file && names.includes(one.stage ?? ""))) {
    checkParents(project, out.path);
    if (options.outs) rmSync(out.absolute, { recursive: true, force: true });
    else if (out.cache) await unprotectPath(repository, out.absolute);
    if (repository.gitRoot !== null) unignoreInGit(out.absolute);
  }
  if (existsSync(lockPath)) removeFromLock(lockPath, names);
  const left = names.reduce((yaml, one) => removeYaml(yaml, ["stages", one], file), text);
  if (names.length === stages.size) rmSync(path);
  else writeDurable(path, left);
}

function removeFromLock(path: string, names: readonly string[]): void {
  const lock = parseDvcLock(readFileSync(path, "utf8"), path);
  const stages = new Map([...lock.stages].filter(([name]) => !names.includes(name)));
  if (stages.size === lock.stages.size) return;
  if (stages.size === 0) rmSync(path);
  else writeDurable(path, printDvcLock({ ...lock, stages }));
}
