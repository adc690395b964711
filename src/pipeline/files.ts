import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { ignoredPaths, listRefs, openRevision } from "../git/index.ts";
import type { Project } from "../store/index.ts";
import { type DvcIgnore, readDvcIgnore } from "../version/index.ts";

/** The files of a project: as they lie in the folder, or as a commit has them. All paths are from the project's root, with `/`. */
export interface Files {
  /** null for the folder itself. */
  readonly commit: string | null;
  kind(path: string): "file" | "folder" | null;
  read(path: string): Buffer | null;
  /** The files below a folder, sorted. */
  below(folder: string): readonly string[];
  /** All `dvc.yaml` files that DVC sees, those of a folder before those of its sub-folders. */
  pipelines(): readonly string[];
  /** All `.dvc` files that DVC sees. */
  dataFiles(): readonly string[];
}

/** Folders that are not the user's, and hold many files. */
const skipped = new Set([".git", ".hg", ".dvc", "node_modules", ".venv", "stemma"]);

/** The files of a project's folder. */
export function workspaceFiles(project: Project, rules: DvcIgnore = readDvcIgnore(project.root)): Files {
  const absolute = (path: string): string => join(project.root, path);
  let found: Found | null = null;
  const all = (): Found => {
    found ??= findFiles(project, rules);
    return found;
  };
  return {
    commit: null,
    kind: (path) => {
      const stat = statSync(absolute(path), { throwIfNoEntry: false });
      if (stat === undefined) return null;
      return stat.isDirectory() ? "folder" : "file";
    },
    read: (path) => (existsSync(absolute(path)) ? readFileSync(absolute(path)) : null),
    below: (folder) =>
      readdirSync(absolute(folder), { withFileTypes: true, recursive: true })
        .filter((item) => !item.isDirectory())
        .map((item) => posix.join(folder, join(item.parentPath, item.name).slice(absolute(folder).length + 1)))
        .filter((path) => !rules.hides(path, false))
        .toSorted(),
    pipelines: () => all().pipelines,
    dataFiles: () => all().dataFiles,
  };
}

interface Found {
  readonly pipelines: readonly string[];
  readonly dataFiles: readonly string[];
}

function findFiles(project: Project, rules: DvcIgnore): Found {
  const pipelines: string[] = [];
  const dataFiles: string[] = [];
  const visit = (folder: string): void => {
    const items = readdirSync(join(project.root, folder), { withFileTypes: true });
    if (folder !== "" && items.some((item) => item.name === ".dvc" && item.isDirectory())) return;
    for (const item of items.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = posix.join(folder, item.name);
      if (item.isDirectory()) continue;
      if (item.name === "dvc.yaml" && !rules.ignores(path, false)) pipelines.push(path);
      else if (item.name.endsWith(".dvc") && item.name !== ".dvc" && !rules.ignores(path, false)) dataFiles.push(path);
    }
    for (const item of items.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = posix.join(folder, item.name);
      if (item.isDirectory() && !skipped.has(item.name) && !rules.ignores(path, true)) visit(path);
    }
  };
  visit("");
  return withoutIgnored(project, { pipelines, dataFiles });
}

// DVC does not look into folders that git ignores.
function withoutIgnored(project: Project, found: Found): Found {
  const foldersOf = (path: string): readonly string[] =>
    path
      .split("/")
      .slice(0, -1)
      .map((_, i, parts) => `${parts.slice(0, i + 1).join("/")}/`);
  const folders = new Set([...found.pipelines, ...found.dataFiles].flatMap(foldersOf));
  const ignored = ignoredPaths(project.root, [...folders]);
  if (ignored.size === 0) return found;
  const seen = (path: string): boolean => !foldersOf(path).some((folder) => ignored.has(folder));
  return { pipelines: found.pipelines.filter(seen), dataFiles: found.dataFiles.filter(seen) };
}

/** The files of a project at a revision of git; null when there is no such revision. */
export function revisionFiles(project: Project, revision: string): Files | null {
  const opened = openRevision(project.root, revision) ?? openExperiment(project, revision);
  if (opened === null) return null;
  const files = new Set(opened.paths);
  const folders = new Set(
    opened.paths.flatMap((path) =>
      path
        .split("/")
        .slice(0, -1)
        .map((_, i, parts) => parts.slice(0, i + 1).join("/")),
    ),
  );
  // The rules of the folder serve for its commits too: reading them at each costs more than they change.
  const rules = readDvcIgnore(project.root);
  const named = (suffix: string): readonly string[] =>
    opened.paths
      .filter((path) => path.endsWith(suffix) && !path.startsWith(".dvc/") && !rules.hides(path, false))
      .toSorted(byDepth);
  return {
    commit: opened.commit,
    kind: (path) => {
      if (files.has(path)) return "file";
      return path === "" || folders.has(path) ? "folder" : null;
    },
    read: (path) => opened.read(path),
    below: (folder) => opened.paths.filter((path) => path.startsWith(`${folder}/`)).toSorted(),
    pipelines: () => named("dvc.yaml").filter((path) => posix.basename(path) === "dvc.yaml"),
    dataFiles: () => named(".dvc").filter((path) => posix.basename(path) !== ".dvc"),
  };
}

function byDepth(a: string, b: string): number {
  return posix.dirname(a) < posix.dirname(b) ? -1 : posix.dirname(a) > posix.dirname(b) ? 1 : a < b ? -1 : 1;
}

/** An experiment by its name, which git does not know as a revision: `refs/exps/<2>/<38>/<name>`. */
function openExperiment(project: Project, name: string): ReturnType<typeof openRevision> {
  const named = listRefs(project.root, "refs/exps/").find(({ ref }) => ref.split("/").slice(4).join("/") === name);
  return named === undefined ? null : openRevision(project.root, named.commit);
}
