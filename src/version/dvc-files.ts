import { existsSync } from "node:fs";
import { join } from "node:path";
import { StemmaError } from "../error.ts";
import type { Project } from "../store/index.ts";
import { readDvcIgnore } from "./dvc-ignore.ts";
import { isIn, pathOf } from "./out-filter.ts";
import { workingFiles } from "./project-files.ts";
import { outsOf, type TrackedOut } from "./tracked-outs.ts";

/** There is no such `.dvc` file, and no data or stage of that name. */
export class UnknownTargetError extends StemmaError {
  constructor(target: string, hint = "") {
    super("UNKNOWN_TARGET", `'${target}' does not exist as an output or a stage name.${hint}`);
  }
}

/** A `.dvc` file with what it records. */
export interface DvcFileTarget {
  /** Absolute. */
  readonly file: string;
  readonly outs: readonly TrackedOut[];
}

export interface Named {
  readonly folder: string;
  /** Folders stand for all that is recorded below them. */
  readonly recursive?: boolean;
}

/**
 * The `.dvc` files that a target names: one of them itself, the data that one records, or (recursive) a folder of them.
 *
 * @throws {UnknownTargetError}
 */
export function dvcFilesOf(project: Project, target: string, named: Named): readonly DvcFileTarget[] {
  const path = pathOf(project, named.folder, target);
  if (path.endsWith(".dvc") && existsSync(join(project.root, path))) return [read(project, path)];
  const all = allDvcFiles(project);
  if (named.recursive === true) {
    const below = all.filter(({ path: own }) => isIn(own, path) || path === "");
    if (below.length > 0) return below;
  }
  const own = all.filter(({ outs }) => outs.some((out) => out.path === path || isIn(path, out.path)));
  if (own.length > 0) return own;
  throw new UnknownTargetError(target);
}

/** Every `.dvc` file of a project. */
export function allDvcFiles(project: Project): readonly (DvcFileTarget & { readonly path: string })[] {
  return workingFiles(project, readDvcIgnore(project.root))
    .paths.filter((path) => path.endsWith(".dvc"))
    .map((path) => ({ ...read(project, path), path }));
}

/** The one `.dvc` file that a target is; for verbs that take no data. */
export function dvcFileAt(project: Project, folder: string, target: string): DvcFileTarget {
  const path = pathOf(project, folder, target);
  const file = join(project.root, path);
  if (path.endsWith(".dvc") && existsSync(file)) return read(project, path);
  const hint = existsSync(`${file}.dvc`) ? ` Do you mean ${target}.dvc?` : "";
  throw new UnknownTargetError(target, hint);
}

function read(project: Project, path: string): DvcFileTarget {
  const file = join(project.root, path);
  return { file, outs: outsOf(project, file) };
}
