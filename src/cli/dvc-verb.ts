import { lstatSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { StemmaError } from "../error.ts";
import type { Project } from "../store/index.ts";

/** What every verb of DVC's takes. */
export interface VerbOptions {
  readonly quiet?: true;
  readonly verbose?: true;
}

/** Adds one of DVC's verbs, with the options that all of them have. */
export function verb(program: Command, name: string, summary: string): Command {
  return program
    .command(name)
    .description(summary)
    .option("-q, --quiet", "be quiet")
    .option("-v, --verbose", "be verbose");
}

/** How long the verb waits for another process that has the repository: 3 s, as DVC; with `--wait-for-lock` as long as it takes. */
export function waitOf(command: Command): number {
  const { waitForLock } = command.optsWithGlobals<{ readonly waitForLock?: true }>();
  return waitForLock ? 365 * 24 * 3600 * 1000 : 3_000;
}

/** Asks a person; no when nobody is there to answer. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  const asked = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await asked.question(`${question} [y/n] `)).trim());
  } finally {
    asked.close();
  }
}

/**
 * The project of DVC's that the working folder is in.
 *
 * @throws {StemmaError} NO_DVC: there is none
 */
export function dvcProject(folder: string = process.cwd()): Project {
  const dvcFolder = dvcFolderAround(folder);
  if (dvcFolder !== null) {
    const root = dirname(dvcFolder);
    return { root, stemmaFolder: join(root, "stemma"), dvcFolder };
  }
  throw new StemmaError(
    "NO_DVC",
    `you are not inside of a DVC repository (checked up to '/' from ${folder}). Make one: stemma init, or add data first: stemma add PATH`,
  );
}

/** The nearest `.dvc/` around a folder; null without one. */
export function dvcFolderAround(folder: string): string | null {
  for (let at = realpathSync(folder); ; at = dirname(at)) {
    const found = join(at, ".dvc");
    if (lstatSync(found, { throwIfNoEntry: false })?.isDirectory() === true) return found;
    if (dirname(at) === at) return null;
  }
}

/** A path from the project's root as the user would write it in the working folder. */
export function shownPath(project: Project, path: string): string {
  return relative(process.cwd(), join(project.root, path)) || ".";
}

/** A path for a shell's line. */
export function shellWord(path: string): string {
  return /^[\w./+@%=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
