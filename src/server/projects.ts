import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { invalidValue, MlflowError } from "../format/index.ts";
import { findProject, type Project } from "../store/index.ts";
import { openModels, openRuns } from "../track/index.ts";
import type { Served } from "./route.ts";

/** How deep below the served folder the panel looks for projects, and how many folders it looks into at most. */
const depth = 3;
const maxFolders = 2000;

/**
 * The project that a folder of the panel's question is in.
 *
 * @param folder relative to the served folder, with `/`; empty for itself
 * @throws {MlflowError} there is no such folder, or it leads out of the served one
 */
export function projectOf(served: Served, folder: string): Project {
  const named = join(served.folder, ...folder.split("/"));
  if (folder.includes("\0") || folder.startsWith("/") || !isInside(served, named)) throw outside(folder);
  const path = realFolder(named);
  if (path === null) throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `There is no folder ${JSON.stringify(folder)}.`);
  if (!isInside(served, path)) throw outside(folder);
  return findProject(path);
}

/** The same server, speaking of the project of a folder. @throws {MlflowError} as {@link projectOf} */
export function servedFolder(served: Served, folder: string): Served {
  const project = projectOf(served, folder);
  return { folder: served.folder, project, runs: () => openRuns(project), models: () => openModels(project) };
}

function isInside(served: Served, path: string): boolean {
  return path === served.folder || path.startsWith(served.folder + sep);
}

function outside(folder: string): MlflowError {
  return invalidValue("folder", folder, "want a folder inside the served one.");
}

/** A project's folder relative to the served one, with `/`; "" for itself, ".." when the served folder lies inside the project. */
export function projectPath(served: Served, project: Project): string {
  return relative(served.folder, project.root).split(sep).join("/");
}

/** All folders with a store at or below the served one, three levels deep, by name; hidden ones and `node_modules` are left out. */
export function projectsBelow(served: Served): readonly string[] {
  const found: string[] = [];
  let looked = 0;
  const look = (folder: string, level: number): void => {
    if (++looked > maxFolders) return;
    if (statSync(join(folder, "stemma", "stemma.db"), { throwIfNoEntry: false })?.isFile()) {
      found.push(relative(served.folder, folder).split(sep).join("/"));
    }
    if (level < depth) for (const name of subfolders(folder)) look(join(folder, name), level + 1);
  };
  look(served.folder, 0);
  return found.sort();
}

function subfolders(folder: string): readonly string[] {
  const skipped = (name: string): boolean => name.startsWith(".") || name === "node_modules" || name === "stemma";
  return entriesOf(folder)
    .filter((entry) => entry.isDirectory() && !skipped(entry.name))
    .map((entry) => entry.name);
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // A folder that this user may not read has nothing to show.
    return [];
  }
}

function realFolder(path: string): string | null {
  try {
    const real = realpathSync(path);
    return statSync(real).isDirectory() ? real : null;
  } catch {
    return null;
  }
}
