import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isIgnored, stage } from "../git/index.ts";
import { writeDurable } from "../store/index.ts";
import type { Repository } from "./repository.ts";

/**
 * Has git ignore a path: a line in the `.gitignore` beside it, unless git ignores it already.
 *
 * @param path absolute, in a git repository
 * @returns the `.gitignore` that was written to; null when nothing was to be done
 */
export function ignoreInGit(path: string, folder: boolean): string | null {
  if (isIgnored(folder ? `${path}/` : path)) return null;
  const file = join(dirname(path), ".gitignore");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const entry = `${ignoreLine(basename(path))}\n`;
  if (text === entry || text.endsWith(`\n${entry}`) || text.includes(`\n${entry}`) || text.startsWith(entry))
    return null;
  // Appended in one write, so that two processes that add beside each other keep both lines.
  appendFileSync(file, text === "" || text.endsWith("\n") ? entry : `\n${entry}`);
  return file;
}

/** The pattern for one name in its folder (pathspec, GitIgnoreBasicPattern.escape). */
export function ignoreLine(name: string): string {
  return `/${name.replace(/[\\[\]!*#?]/g, "\\$&")}`;
}

/**
 * Takes the line of a path out of the `.gitignore` beside it; an empty file goes.
 *
 * @param path absolute
 * @returns the `.gitignore` that was written to or deleted; null when the line is in none
 */
export function unignoreInGit(path: string): string | null {
  const file = join(dirname(path), ".gitignore");
  if (!existsSync(file)) return null;
  const entry = ignoreLine(basename(path));
  const lines = readFileSync(file, "utf8").split(/(?<=\n)/);
  const kept = lines.filter((line) => line.trim() !== entry);
  if (kept.length === lines.length) return null;
  if (kept.length === 0) rmSync(file);
  else writeDurable(file, kept.join(""));
  return file;
}

/** Stages files in git where DVC is configured to (`core.autostage`). */
export function stageInGit(repository: Repository, paths: readonly string[]): void {
  if (repository.autostage && repository.gitRoot !== null && paths.length > 0) stage(repository.project.root, paths);
}
