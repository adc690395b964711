import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { StemmaError } from "../error.ts";
import { addWorktree, callGit, commitAt, GitError, removeWorktree, topOf } from "../git/index.ts";
import { findProject, isAlive, type Project } from "../store/index.ts";
import type { Origin } from "./origin.ts";

/** A folder in which a run runs again. */
export interface Place {
  /** What is removed in the end. */
  readonly base: string;
  /** Stands for the repository's top; for the project's root without git. */
  readonly top: string;
  readonly userTop: string;
  readonly project: Project;
  /** Whether it is a worktree of the repository. */
  readonly git: boolean;
  /** Takes everything away again; a second time does nothing. */
  remove(): void;
}

/** A place, and what it lacks. */
export interface MadePlace {
  readonly place: Place;
  readonly problems: readonly string[];
}

const prefix = "stemma-reproduce-";

export interface PlaceOptions {
  /** Null for a temporary folder. */
  readonly into: string | null;
  /** It stays there in the end. */
  readonly keep: boolean;
}

/**
 * Makes a worktree at the run's commit, with its diff; an empty folder where the run was in no repository, or where the commit is
 * lost. The store of runs is the project's own.
 *
 * @throws {StemmaError} the folder is not empty
 */
export function makePlace(project: Project, origin: Origin, { into, keep }: PlaceOptions): MadePlace {
  const userTop = topOf(project.root);
  if (userTop !== null) removeLeftWorktrees(userTop);
  removeLeftFolders();
  const commit = userTop === null || origin.commit === null ? null : commitAt(userTop, origin.commit);
  const problems = [...lostCommit(userTop, origin, commit), ...lostChanges(origin)];
  const around = userTop === null || commit === null ? project.root : realpathSync(userTop);
  const base = into === null ? temporaryFolder(keep) : emptyFolder(into);
  const top = into === null ? join(base, basename(around)) : base;
  const root = join(top, relative(around, project.root));
  const inGit = userTop !== null && commit !== null;
  const remove = (): void => {
    if (inGit) removeWorktree(userTop, top);
    rmSync(base, { recursive: true, force: true });
  };
  try {
    if (inGit) {
      addWorktree(userTop, top, { commit, tree: commit });
      problems.push(...applied(top, origin.diff));
    }
    mkdirSync(root, { recursive: true });
    shareStore(project, root);
  } catch (error) {
    remove();
    throw error;
  }
  return { place: { base, top, userTop: around, project: placedProject(root), git: inGit, remove }, problems };
}

// Not by looking for it: its `stemma/` is there, its `.dvc/` may come later.
function placedProject(root: string): Project {
  const found = findProject(root);
  return { ...found, root, stemmaFolder: join(root, "stemma"), dvcFolder: join(root, ".dvc") };
}

function lostCommit(top: string | null, { commit }: Origin, found: string | null): readonly string[] {
  if (commit === null || found !== null) return [];
  if (top === null) return [`Its commit ${commit} cannot be read: the project is in no git repository any more.`];
  return [`Its commit ${commit} is not in the repository any more. git fetch may bring it, if somebody has it.`];
}

function lostChanges({ root, diff }: Origin): readonly string[] {
  const { "stemma.git.leftOut": leftOut, "stemma.git.changed": changed } = root.tags;
  return [
    ...(leftOut === undefined ? [] : [`Changes that were not committed were not kept: ${leftOut}.`]),
    ...(changed !== undefined && diff === null ? [`Its diff of ${changed} is gone: source/changes.diff.`] : []),
  ];
}

function applied(top: string, diff: Uint8Array | null): readonly string[] {
  if (diff === null) return [];
  try {
    callGit(top, ["apply", "--whitespace=nowarn", "-"], { input: diff });
    return [];
  } catch (error) {
    if (error instanceof GitError) return [`Its diff does not fit its commit: ${error.message}`];
    throw error;
  }
}

// What is kept has no process in its name: nobody takes it for left over.
function temporaryFolder(keep: boolean): string {
  return realpathSync(mkdtempSync(join(tmpdir(), keep ? prefix : `${prefix}${process.pid}-`)));
}

function emptyFolder(path: string): string {
  const folder = resolve(path);
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new StemmaError(
      "FOLDER_NOT_EMPTY",
      `${folder} is not empty. Name a folder that is, or that is not there yet.`,
    );
  mkdirSync(folder, { recursive: true });
  return realpathSync(folder);
}

/** Runs are kept where all others are; everything else of `stemma/` is the place's own. */
function shareStore(project: Project, root: string): void {
  const folder = join(root, "stemma");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, ".gitignore"), "*\n");
  for (const name of ["tail", "artifacts"]) mkdirSync(join(project.stemmaFolder, name), { recursive: true });
  for (const name of ["stemma.db", "tail", "artifacts"])
    symlinkSync(join(project.stemmaFolder, name), join(folder, name));
}

/** The same path in the place; null for one that is not below the top. */
export function placed({ top, userTop }: Place, path: string): string | null {
  const inside = relative(userTop, path);
  return inside.startsWith("..") || isAbsolute(inside) ? null : join(top, inside);
}

/** Takes away the worktrees that a killed reproduction has left. */
function removeLeftWorktrees(userTop: string): void {
  const text = callGit(userTop, ["worktree", "list", "--porcelain", "-z"]);
  for (const field of text.split("\0")) {
    const folder = field.startsWith("worktree ") ? field.slice("worktree ".length) : null;
    if (folder === null || !isLeft(dirname(folder))) continue;
    removeWorktree(userTop, folder);
    rmSync(dirname(folder), { recursive: true, force: true });
  }
}

/** The same of folders that are no worktrees; those of other repositories are left to them. */
function removeLeftFolders(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => isLeft(entry))) {
    const base = join(tmpdir(), name);
    const isOwn = statSync(base, { throwIfNoEntry: false })?.uid === process.getuid?.();
    if (!isOwn || readdirSync(base).some((inside) => existsSync(join(base, inside, ".git")))) continue;
    rmSync(base, { recursive: true, force: true });
  }
}

function isLeft(base: string): boolean {
  const pid = new RegExp(`^${prefix}(\\d+)-`).exec(basename(base))?.[1];
  return pid !== undefined && !isAlive(Number(pid));
}
