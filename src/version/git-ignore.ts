import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isIgnored } from "../git/index.ts";

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
