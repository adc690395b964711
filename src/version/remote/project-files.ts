import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Revision } from "../../git/index.ts";
import type { Project } from "../../store/index.ts";
import { type DvcIgnore, readDvcIgnore } from "../dvc-ignore.ts";

/** The files of DVC's that one state of a project has: what lies in the folder, or what a commit keeps. */
export interface ProjectFiles {
  /** `workspace`, or the commit. */
  readonly name: string;
  /** Paths of the `.dvc` and `dvc.yaml` files, from the project's root with `/`. */
  readonly paths: readonly string[];
  /** null when there is no such file. */
  read(path: string): string | null;
}

/** Folders that hold no data of the project, and many files. */
const skipped = new Set(["node_modules", ".git", ".hg", ".dvc", ".venv"]);

/** The files as they lie in the folder now. */
export function workspaceFiles(project: Project): ProjectFiles {
  const rules = readDvcIgnore(project.root);
  return {
    name: "workspace",
    paths: dvcFilesBelow(project.root, rules),
    read: (path) => {
      const file = join(project.root, path);
      return existsSync(file) ? readFileSync(file, "utf8") : null;
    },
  };
}

function dvcFilesBelow(root: string, rules: DvcIgnore): readonly string[] {
  const found: string[] = [];
  const visit = (folder: string): void => {
    const items = readdirSync(join(root, folder), { withFileTypes: true });
    const names = new Set(items.map((item) => item.name));
    for (const item of items) {
      const path = folder === "" ? item.name : `${folder}/${item.name}`;
      if (isDvcFile(item.name) && !item.isDirectory()) {
        if (!rules.ignores(path, false)) found.push(path);
        // What a `.dvc` file beside it versions holds none of its own.
      } else if (item.isDirectory() && !skipped.has(item.name) && !names.has(`${item.name}.dvc`)) {
        const inner = lstatSync(join(root, path, ".dvc"), { throwIfNoEntry: false })?.isDirectory() === true;
        if (!inner && !rules.ignores(path, true)) visit(path);
      }
    }
  };
  visit("");
  return found.toSorted();
}

function isDvcFile(name: string): boolean {
  return (name.endsWith(".dvc") && name !== ".dvc") || name === "dvc.yaml";
}

/** The files as a commit has them. */
export function revisionFiles(revision: Revision): ProjectFiles {
  return {
    name: revision.commit,
    paths: revision.paths.filter(
      (path) => isDvcFile(path.slice(path.lastIndexOf("/") + 1)) && !path.startsWith(".dvc/"),
    ),
    read: (path) => revision.read(path)?.toString("utf8") ?? null,
  };
}
