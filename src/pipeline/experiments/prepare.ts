import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { callGit, writeChangedTree, writeWorkingTree } from "../../git/index.ts";
import type { Project } from "../../store/index.ts";
import { writeDurable } from "../../store/index.ts";
import { commitData, lockRepository, MissingDataError } from "../../version/index.ts";
import { orderOf, type ReproduceOptions } from "../reproduce-options.ts";
import { openSession } from "../session.ts";
import { ExperimentError } from "./error.ts";
import { type Assignment, overridden } from "./overrides.ts";
import { fromTop } from "./paths.ts";
import type { Home } from "./refs.ts";

/** Files with what they hold, by absolute path. */
export type Texts = ReadonlyMap<string, string>;

/** The params files as the assignments make them. @param folder that their paths are relative to @throws {ExperimentError} @throws {FormatError} */
export function paramTexts(folder: string, assignments: readonly Assignment[]): Texts {
  const texts = new Map<string, string>();
  for (const file of new Set(assignments.map((one) => one.file))) {
    const path = resolve(folder, file);
    if (!existsSync(path)) throw new ExperimentError(`there is no params file ${file} to set values in.`);
    const own = assignments.filter((one) => one.file === file);
    texts.set(path, overridden(readFileSync(path, "utf8"), file, own));
  }
  return texts;
}

/** The stages' choice of what to reproduce, and where somebody asks from. */
export interface Scope {
  /** The asker's, absolute. */
  readonly folder: string;
  /** Whether missing data comes from the remote. */
  readonly pull: boolean;
  readonly reproduce: Omit<ReproduceOptions, "pull" | "folder">;
}

/**
 * The data that stages read goes into the cache as it lies there, and its `.dvc` files say so: an experiment is of what the
 * person sees, not of what was committed.
 *
 * @returns the `.dvc` files that this changed, as they were
 */
export async function keepReadData(project: Project, { folder, reproduce }: Scope): Promise<Texts> {
  const session = openSession(project, { folder });
  const data = orderOf(session, { ...reproduce, folder }).stages.filter((stage) => stage.kind === "data");
  const before = new Map<string, string>();
  for (const { file, record } of data) {
    // What is imported is brought anew by its own verb.
    if (record.frozen && record.deps.length > 0) continue;
    const path = join(project.root, file);
    const text = readFileSync(path, "utf8");
    try {
      await commitData(project, file, { force: true, relink: false, folder: project.root });
    } catch (error) {
      // Only the cache has it: that is as good.
      if (!(error instanceof MissingDataError)) throw error;
    }
    if (readFileSync(path, "utf8") !== text) before.set(path, text);
  }
  return before;
}

/**
 * The tree that experiments in other folders start from: what lies in the workspace now, and nothing in it is another afterwards.
 *
 * @param files absolute, to be in it even if git does not know them
 */
export async function treeOfWorkspace(home: Home, scope: Scope, files: readonly string[]): Promise<string> {
  return lockRepository(home.project, async () => {
    const before = await keepReadData(home.project, scope);
    try {
      return writeWorkingTree(home.top, { add: files });
    } finally {
      for (const [path, text] of before) writeDurable(path, text);
    }
  });
}

/** A tree with the assignments made in it. @param texts of the params files */
export function treeWith(home: Home, tree: string, texts: Texts): string {
  return writeChangedTree(home.top, tree, new Map([...texts].map(([path, text]) => [fromTop(home, path), text])));
}

/** Files that git neither tracks nor ignores: an experiment in another folder does not have them. */
export function untrackedFiles(home: Home): readonly string[] {
  const text = callGit(home.top, ["ls-files", "--others", "--exclude-standard", "-z", "--", ":/"]);
  return text.split("\0").filter((path) => path !== "");
}
