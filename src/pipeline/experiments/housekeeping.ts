import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { askGit, removeWorktree } from "../../git/index.ts";
import { isAlive, type Project } from "../../store/index.ts";
import { baselineNames } from "./collect.ts";
import { openHome } from "./refs.ts";

/** Commits by the names that people know: the branch that is checked out, tags, branches. */
export function baselineNamesOf(project: Project): ReadonlyMap<string, string> {
  return baselineNames(openHome(project));
}

const dayMs = 24 * 3600 * 1000;

/** Takes temporary folders away that a process left behind when it was killed. @returns how many */
export function cleanExperiments(project: Project, nowMs: number = Date.now()): number {
  const { top } = openHome(project);
  const parent = join(project.dvcFolder, "tmp", "exps");
  const folders = statSync(parent, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(parent);
  const left = folders.map((name) => join(parent, name)).filter((path) => isLeft(path, nowMs));
  for (const path of left) {
    removeWorktree(top, path);
    rmSync(path, { recursive: true, force: true });
  }
  askGit(top, ["worktree", "prune"]);
  return left.length;
}

function isLeft(folder: string, nowMs: number): boolean {
  const name = folder.slice(folder.lastIndexOf("/") + 1);
  const pid = /^tmp-(\d+)-/.exec(name)?.[1];
  if (pid !== undefined) return !isAlive(Number(pid));
  // DVC's own say nothing of their process.
  return name.startsWith("tmp") && nowMs - statSync(folder).mtimeMs > dayMs;
}
