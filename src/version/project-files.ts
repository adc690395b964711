import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, posix } from "node:path";
import type { Revision } from "../git/index.ts";
import type { Project } from "../store/index.ts";
import { type DvcIgnore, readDvcIgnore } from "./dvc-ignore.ts";

/** The files that DVC keeps its records in: those of the folder, or those of a commit. */
export interface ProjectFiles {
  /** `workspace`, or the commit. */
  readonly name: string;
  /** Each `.dvc` file and `dvc.yaml`, from the project's root with `/`, in the order of the paths. */
  readonly paths: readonly string[];
  /** null where there is none. */
  read(path: string): string | null;
}

/** Folders that hold no data of a project, and many files. */
const skipped = new Set(["node_modules", ".git", ".hg", ".dvc", ".venv"]);

/** The records that lie in the project's folder now. */
export function workingFiles(project: Project, rules: DvcIgnore = readDvcIgnore(project.root)): ProjectFiles {
  const paths: string[] = [];
  const visit = (folder: string): void => {
    for (const item of readdirSync(join(project.root, folder), { withFileTypes: true })) {
      const path = folder === "" ? item.name : `${folder}/${item.name}`;
      if (item.isDirectory()) {
        if (skipped.has(item.name) || isProject(join(project.root, path)) || isTrackedFolder(project, path)) continue;
        if (!rules.ignores(path, true)) visit(path);
      } else if (isRecord(item.name) && !rules.ignores(path, false)) paths.push(path);
    }
  };
  visit("");
  return { name: "workspace", paths: paths.toSorted(), read: (path) => readText(join(project.root, path)) };
}

// A versioned folder may hold many files, and no records: its .dvc file stands beside it.
function isTrackedFolder(project: Project, path: string): boolean {
  return existsSync(join(project.root, `${path}.dvc`));
}

function isProject(folder: string): boolean {
  return lstatSync(join(folder, ".dvc"), { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The records of a commit. */
export function committedFiles(revision: Revision): ProjectFiles {
  const inner = revision.paths.filter((path) => path.endsWith("/.dvc/config")).map((path) => path.slice(0, -11));
  const paths = revision.paths.filter(
    (path) =>
      isRecord(basename(path)) &&
      !path.split("/").some((part) => skipped.has(part)) &&
      !inner.some((folder) => path.startsWith(folder)),
  );
  return {
    name: revision.commit,
    paths: paths.toSorted(),
    read: (path) => revision.read(path)?.toString("utf8") ?? null,
  };
}

function isRecord(name: string): boolean {
  return (name.endsWith(".dvc") && name !== ".dvc") || name === "dvc.yaml";
}

/** What has to be read of a commit to know its records: those, their locks, and what tells a project inside of the project. */
export function isRecordOrLock(path: string): boolean {
  const name = basename(path);
  return isRecord(name) || name === "dvc.lock" || path.endsWith("/.dvc/config");
}

/** The `dvc.lock` beside a `dvc.yaml`. */
export function lockBeside(path: string): string {
  return posix.join(posix.dirname(path), "dvc.lock");
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
