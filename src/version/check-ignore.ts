import { existsSync, readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import ignore from "ignore";
import type { Project } from "../store/index.ts";
import { pathOf } from "./out-filter.ts";

/** A line of a `.dvcignore` that has to do with a path. */
export interface IgnoreLine {
  /** The `.dvcignore`, from the project's root; null for what DVC ignores by itself. */
  readonly file: string | null;
  /** From 1. */
  readonly line: number;
  readonly pattern: string;
}

export interface IgnoreVerdict {
  readonly ignored: boolean;
  /** The lines that decided, those of the folders above first. */
  readonly lines: readonly IgnoreLine[];
}

/** Whether DVC ignores a path, and which lines say so (dvc/ignore.py, DvcIgnorePatterns._ignore). */
export function explainIgnore(project: Project, target: string, folder: string): IgnoreVerdict {
  const path = pathOf(project, folder, target);
  if (path === "" || path === ".." || path.startsWith("../")) return { ignored: false, lines: [] };
  const isFolder = statSync(join(project.root, path), { throwIfNoEntry: false })?.isDirectory() === true;
  const parts = path.split("/");
  const lines = linesAbove(project, parts);
  const decided: IgnoreLine[] = [];
  for (let depth = 1; depth <= parts.length; depth++) {
    const own = parts.slice(0, depth).join("/");
    const last = lines.findLast((line) => matches(line, own, isFolder || depth < parts.length));
    const ignored = last !== undefined && !last.pattern.startsWith("!");
    if (depth < parts.length && !ignored) continue;
    if (last !== undefined) decided.push(last);
    if (ignored) return { ignored: true, lines: decided };
  }
  return { ignored: false, lines: decided };
}

const always = [".hg/", ".git/", ".git", ".dvc/"].map((pattern) => ({ file: null, line: 0, pattern }));

function linesAbove(project: Project, parts: readonly string[]): readonly IgnoreLine[] {
  const own = parts.flatMap((_, depth) => {
    const file = posix.join(...parts.slice(0, depth), ".dvcignore");
    const path = join(project.root, file);
    if (!existsSync(path)) return [];
    return readFileSync(path, "utf8")
      .split(/\r?\n/)
      .map((pattern, i) => ({ file, line: i + 1, pattern }))
      .filter(({ pattern }) => pattern.trim() !== "" && !pattern.startsWith("#"));
  });
  return [...always, ...own];
}

function matches({ file, pattern }: IgnoreLine, path: string, folder: boolean): boolean {
  const base = file === null ? "" : posix.dirname(file);
  const inside = base === "" || base === "." ? path : path.startsWith(`${base}/`) ? path.slice(base.length + 1) : "";
  if (inside === "") return false;
  const rule = ignore({ ignorecase: false }).add(pattern.replace(/^!/, ""));
  return rule.checkIgnore(folder ? `${inside}/` : inside).ignored;
}
