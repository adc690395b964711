import { existsSync, lstatSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { compareCodePoints } from "../format/index.ts";
import type { Project } from "../store/index.ts";
import { type DvcIgnore, readDvcIgnore } from "./dvc-ignore.ts";
import { isIn } from "./out-filter.ts";
import { workingFiles } from "./project-files.ts";
import { type RepositoryOut, repositoryOuts } from "./repository-outs.ts";
import { MissingDataError } from "./version-error.ts";

/** A file or folder and the bytes that it takes, with data that is recorded and not here. */
export interface DiskUsage {
  /** From the project's root, with `/`; empty for the sum of the project. */
  readonly path: string;
  readonly bytes: number;
}

/**
 * What the files and the data of a folder take, its entries first, itself last.
 *
 * @param path from the project's root, with `/`; empty for the project
 * @throws {MissingDataError} there is no such file or folder
 */
export function diskUsage(
  project: Project,
  path: string,
  options: { readonly summarize: boolean },
): readonly DiskUsage[] {
  const rules = readDvcIgnore(project.root);
  const outs = repositoryOuts(project, workingFiles(project, rules));
  const scene = { project, rules, outs };
  const names = namesIn(scene, path);
  if (names === null) {
    const out = outs.find((one) => one.path === path);
    if (out === undefined && !existsSync(join(project.root, path))) {
      throw new MissingDataError(path, `There is no ${path} in ${project.root}.`);
    }
  }
  const total = { path, bytes: bytesOf(scene, path) };
  if (options.summarize || names === null) return [total];
  return [...names.map((name) => ({ path: name, bytes: bytesOf(scene, name) })), total];
}

interface Scene {
  readonly project: Project;
  readonly rules: DvcIgnore;
  readonly outs: readonly RepositoryOut[];
}

/** The paths in a folder: those that are there, and recorded data that is not; null for what is no folder. */
function namesIn({ project, rules, outs }: Scene, path: string): readonly string[] | null {
  const absolute = join(project.root, path);
  const inner = (name: string): string => (path === "" ? name : `${path}/${name}`);
  const missing = outs
    .filter((out) => (path === "" || isIn(out.path, path)) && out.path !== path)
    .map((out) => inner(out.path.slice(path === "" ? 0 : path.length + 1).split("/")[0] ?? ""));
  if (lstatSync(absolute, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return missing.length === 0 ? null : [...new Set(missing)];
  }
  const here = readdirSync(absolute, { withFileTypes: true })
    .filter((item) => !rules.ignores(inner(item.name), item.isDirectory()))
    .map((item) => inner(item.name));
  return [...new Set([...here, ...missing])].toSorted(compareCodePoints);
}

function bytesOf(scene: Scene, path: string): number {
  const names = namesIn(scene, path);
  if (names !== null) return names.reduce((sum, name) => sum + bytesOf(scene, name), 0);
  const stat = statSync(join(scene.project.root, path), { throwIfNoEntry: false });
  if (stat !== undefined) return stat.size;
  return scene.outs.find((out) => out.path === path)?.tracked?.out.size ?? 0;
}
