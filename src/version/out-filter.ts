import { isAbsolute, relative, resolve, sep } from "node:path";
import type { Project } from "../store/index.ts";
import type { DataIndex } from "./data-index.ts";
import type { RepositoryOut } from "./repository-outs.ts";
import { MissingDataError } from "./version-error.ts";

/** Which outputs, and which files of them, a verb is about. */
export interface OutFilter {
  takesOut(out: RepositoryOut): boolean;
  takesPath(path: string): boolean;
}

export interface Chosen {
  /** Data, files in versioned folders, `.dvc` files; everything when empty or absent. */
  readonly targets?: readonly string[];
  /** The folder that targets are relative to; the project's root without it. */
  readonly folder?: string;
  /** Folders stand for all that is recorded in them. */
  readonly recursive?: boolean;
  /** What the stages of the targets read, and so on. */
  readonly withDeps?: boolean;
}

/**
 * The filter that targets make.
 *
 * @param sides outputs of one or more versions of the project
 * @throws {MissingDataError} a target is an output, or inside one, in none of them
 */
export function outFilter(project: Project, chosen: Chosen, sides: readonly (readonly RepositoryOut[])[]): OutFilter {
  const targets = chosen.targets ?? [];
  if (targets.length === 0) return { takesOut: () => true, takesPath: () => true };
  const all = sides.flat();
  const paths = targets.flatMap((target) => {
    const path = pathOf(project, chosen.folder ?? project.root, target);
    const named = all.filter((out) => isNamed(out, { path, target }) || (chosen.recursive && isIn(out.file, path)));
    if (named.length > 0) return (chosen.withDeps ? withWhatTheyRead(named, all) : named).map((out) => out.path);
    if (all.some((out) => isIn(path, out.path))) return [path];
    throw new MissingDataError(target, `'${target}' does not exist as an output or a stage name of this project.`);
  });
  return {
    takesOut: (out) => paths.some((path) => isIn(path, out.path) || isIn(out.path, path)),
    takesPath: (path) => paths.some((own) => isIn(path, own)),
  };
}

/** `stage`, `dvc.yaml`, `dvc.yaml:stage`, `dvc.yaml:group`, a `.dvc` file. */
function isNamed(
  { file, stage }: RepositoryOut,
  { path, target }: { readonly path: string; readonly target: string },
): boolean {
  if (file === path) return true;
  if (stage === null) return false;
  const names = [stage, stage.split("@")[0]];
  return names.some((name) => name === target || `${file}:${name}` === path);
}

function withWhatTheyRead(outs: readonly RepositoryOut[], all: readonly RepositoryOut[]): readonly RepositoryOut[] {
  const found = new Set(outs);
  for (const out of found) {
    for (const other of all) {
      if (out.deps.some((dep) => isIn(dep, other.path) || isIn(other.path, dep))) found.add(other);
    }
  }
  return [...found];
}

/** The entries of an index that a filter takes. */
export function chosenEntries(index: DataIndex, filter: OutFilter): DataIndex {
  return { ...index, entries: new Map([...index.entries].filter(([path]) => filter.takesPath(path))) };
}

/** Whether a path is another one or lies below it. */
export function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** A path that somebody wrote, from the project's root with `/`. */
export function pathOf(project: Project, folder: string, target: string): string {
  const inside = relative(project.root, isAbsolute(target) ? target : resolve(folder, target));
  return sep === "/" ? inside : inside.replaceAll(sep, "/");
}
