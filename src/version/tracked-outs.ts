import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { type DvcFile, type DvcOut, FormatError, parseDvcFile, pathFault } from "../format/index.ts";
import type { Project } from "../store/index.ts";
import type { DvcIgnore } from "./dvc-ignore.ts";

/** An output that a `.dvc` file records. */
export interface TrackedOut {
  /** Absolute path of the `.dvc` file, its text, and what it says. */
  readonly dvcFile: string;
  readonly text: string;
  readonly file: DvcFile;
  /** Which of the file's outputs. */
  readonly index: number;
  readonly out: DvcOut;
  /** The data, absolute and from the project's root with `/`. */
  readonly absolute: string;
  readonly path: string;
}

/** The outputs that one `.dvc` file records. */
export function outsOf(project: Project, dvcFile: string): readonly TrackedOut[] {
  return outsOfText(project, dvcFile, readFileSync(dvcFile, "utf8"));
}

/**
 * A path that a file names, where data may be written.
 *
 * @throws {FormatError} it leaves the project, or reaches into git's or DVC's own: somebody could write anywhere with it
 */
export function insidePath(path: string, file: string): string {
  const fault = pathFault(path.replace(/\/$/, ""));
  if (fault !== null) throw new FormatError(`${file}: "${path}" ${fault}; only data in the project is kept`);
  return path;
}

/** The same of a `.dvc` file's text, which an older commit may have. */
export function outsOfText(project: Project, dvcFile: string, text: string): readonly TrackedOut[] {
  const file = parseDvcFile(text, toPosix(relative(project.root, dvcFile)));
  const base = toPosix(relative(project.root, dirname(dvcFile)));
  return file.outs.map((out, index) => {
    const path = insidePath(posix.join(base, file.wdir ?? "", out.path), toPosix(relative(project.root, dvcFile)));
    return { dvcFile, text, file, index, out, path, absolute: join(project.root, path) };
  });
}

/**
 * The outputs of the `.dvc` files beside and above a path that could be it, hold it or lie in it.
 * A file records only what lies below its own folder, so no others can.
 */
export function outsAround(project: Project, path: string): readonly TrackedOut[] {
  const parts = path.split("/");
  return parts.flatMap((_, depth) => {
    const folder = join(project.root, ...parts.slice(0, depth));
    const next = parts[depth] ?? "";
    return dvcFilesIn(folder)
      .filter((file) => mayMention(file, next))
      .flatMap((file) => outsOf(project, file))
      .filter((out) => related(out.path, path));
  });
}

// Reading YAML is slow where hundreds of .dvc files lie in one folder; most do not even hold the name.
function mayMention(file: string, name: string): boolean {
  if (file.endsWith(`${sep}${name}.dvc`)) return true;
  const text = readFileSync(file, "utf8");
  return (
    text.includes(name) || text.includes("\\") || text.includes("wdir") || name.includes(" ") || name.includes("'")
  );
}

function dvcFilesIn(folder: string): readonly string[] {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((item) => item.name.endsWith(".dvc") && item.name !== ".dvc" && !item.isDirectory())
    .map((item) => join(folder, item.name));
}

function related(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** Folders that hold no data of the project, and many files. */
const skipped = new Set(["node_modules", ".git", ".hg", ".dvc", ".venv"]);

/** The outputs of all `.dvc` files of a project, by path. */
export function allOuts(project: Project, rules: DvcIgnore): readonly TrackedOut[] {
  const outs: TrackedOut[] = [];
  const visit = (folder: string): void => {
    const absolute = join(project.root, folder);
    const here = dvcFilesIn(absolute)
      .filter((file) => !rules.ignores(toPosix(relative(project.root, file)), false))
      .flatMap((file) => outsOf(project, file));
    outs.push(...here);
    const own = new Set(here.map((out) => out.path));
    for (const item of readdirSync(absolute, { withFileTypes: true })) {
      const path = folder === "" ? item.name : `${folder}/${item.name}`;
      if (!item.isDirectory() || skipped.has(item.name) || own.has(path)) continue;
      const inner = lstatSync(join(absolute, item.name, ".dvc"), { throwIfNoEntry: false })?.isDirectory() === true;
      if (!inner && !rules.ignores(path, true)) visit(path);
    }
  };
  visit("");
  return outs.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function toPosix(path: string): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}
