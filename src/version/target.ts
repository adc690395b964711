import { lstatSync, realpathSync, type Stats } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import type { Project } from "../store/index.ts";
import { DataPathError, MissingDataError } from "./version-error.ts";

/** A file or folder that somebody named, inside the project. */
export interface Target {
  /** As it was written; for messages. */
  readonly given: string;
  readonly absolute: string;
  /** From the project's root, with `/`. */
  readonly path: string;
}

const reserved = new Set([".git", ".dvc", ".hg"]);

/**
 * The target that a path names.
 *
 * @param folder what a relative path is relative to
 * @throws {DataPathError} outside the project, inside `.git`, `.dvc` or `stemma/`, below a symbolic link, of another project
 */
export function resolveTarget(project: Project, folder: string, path: unknown): Target {
  if (typeof path !== "string") throw new TypeError(`version() wants the path of a file or folder, got ${typeof path}`);
  const refuse = (why: string): DataPathError => new DataPathError(path, `"${path}" ${why}`);
  if (path.trim() === "") throw refuse("is no path; name a file or a folder.");
  if (path.includes("\0")) throw refuse("holds a NUL, which no path can.");
  const absolute = resolve(realpathSync(folder), path);
  const inside = relative(project.root, absolute);
  if (inside === "") throw refuse("is the project itself; version a file or a folder in it.");
  if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw refuse(`is outside the project ${project.root}; copy it in first.`);
  }
  const parts = inside.split(sep);
  const own = parts.find((part) => reserved.has(part.toLowerCase()));
  if (own !== undefined) throw refuse(`is inside ${own}, which git and DVC keep for themselves.`);
  if (parts[0] === "stemma") throw refuse("is inside stemma/, Stemma's own folder; copy the file out of it first.");
  checkParts(project, parts, refuse);
  return { given: path, absolute, path: parts.join("/") };
}

/**
 * Sees to it that a recorded path may be written to.
 *
 * @throws {DataPathError} a parent is a symbolic link, a file, or another project
 */
export function checkParents(project: Project, path: string): void {
  checkParts(project, path.split("/"), (why) => new DataPathError(path, `"${path}" ${why}`));
}

// A link among the parents could lead anywhere, and DVC would write through it.
function checkParts(project: Project, parts: readonly string[], refuse: (why: string) => DataPathError): void {
  for (let depth = 1; depth < parts.length; depth++) {
    const parent = join(project.root, ...parts.slice(0, depth));
    const name = parts.slice(0, depth).join("/");
    const stat = lstatSync(parent, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (stat.isSymbolicLink()) throw refuse(`lies below the symbolic link ${name}; name the folder that it leads to.`);
    if (!stat.isDirectory()) throw refuse(`cannot be: ${name} is a file, not a folder.`);
    if (lstatSync(join(parent, ".dvc"), { throwIfNoEntry: false })?.isDirectory() === true) {
      throw refuse(`belongs to the DVC project in ${name}; work from that folder.`);
    }
  }
}

/**
 * What a target is on the disk, a link followed.
 *
 * @throws {MissingDataError} nothing there
 * @throws {DataPathError} no file and no folder; a file named with `/` behind it; a link to a folder
 */
export function statTarget(project: Project, target: Target): Stats {
  const { given, absolute } = target;
  const link = lstatSync(absolute, { throwIfNoEntry: false });
  if (link === undefined) throw new MissingDataError(given, `There is no ${given} in ${project.root}. Write it first.`);
  const stat = link.isSymbolicLink() ? followed(project, target) : link;
  if (!stat.isFile() && !stat.isDirectory()) {
    throw new DataPathError(given, `${given} is neither a file nor a folder; only those have content to keep.`);
  }
  if (stat.isFile() && /[\\/]$/.test(given)) {
    throw new DataPathError(given, `${given} names a folder, but it is a file; leave out the "/" at the end.`);
  }
  return stat;
}

function followed(project: Project, target: Target): Stats {
  const { given, absolute } = target;
  let real: string;
  try {
    real = realpathSync(absolute);
  } catch {
    throw new MissingDataError(given, `${given} is a symbolic link to nothing. Write the file that it leads to.`);
  }
  const stat = lstatSync(real);
  if (stat.isDirectory()) {
    throw new DataPathError(
      given,
      `${given} is a symbolic link to the folder ${relative(project.root, real)}; name that.`,
    );
  }
  return stat;
}
