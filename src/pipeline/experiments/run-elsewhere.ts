import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { addWorktree, removeWorktree } from "../../git/index.ts";
import { editConfig, openRepository, readConfig } from "../../version/index.ts";
import { ExperimentError } from "./error.ts";
import { type Copy, copyAt } from "./paths.ts";
import type { Scope } from "./prepare.ts";
import { type RecordedExperiment, recordExperiment } from "./record.ts";
import type { Experiment, Home } from "./refs.ts";
import { experimentEnvironment, reproduceExperiment } from "./run-experiment.ts";

/** An experiment whose files are all in a tree. */
export interface TreeExperiment {
  readonly recorded: RecordedExperiment;
  readonly tree: string;
  /** Files and folders that git does not know, to be there too; absolute. */
  readonly copyPaths: readonly string[];
  /** Told where the project is while it runs. */
  readonly onFolder?: (root: string) => void;
}

/** Runs an experiment in a temporary worktree below `.dvc/tmp/exps`, on the same cache: the person's folder stays as it is. */
export async function runElsewhere(home: Home, experiment: TreeExperiment, scope: Scope): Promise<Experiment> {
  const { project } = home;
  const parent = join(project.dvcFolder, "tmp", "exps");
  mkdirSync(parent, { recursive: true });
  const top = join(parent, `tmp-${process.pid}-${randomBytes(6).toString("hex")}`);
  const { recorded, tree } = experiment;
  try {
    addWorktree(home.top, top, { commit: recorded.baseline, tree });
    const copy = copyAt(home, top, scope.folder);
    furnish(home, copy, experiment.copyPaths);
    experiment.onFolder?.(copy.project.root);
    const environment = experimentEnvironment({ ...home, head: recorded.baseline }, recorded.name);
    const made = await reproduceExperiment(copy.project, { ...scope, folder: copy.folder }, environment);
    scope.reproduce.signal?.throwIfAborted();
    return recordExperiment(home, recorded, { top, ...made });
  } finally {
    removeWorktree(home.top, top);
  }
}

/** Gives a worktree what git does not: the cache, the configuration of this machine, the runs' store, the paths asked for. */
function furnish(home: Home, copy: Copy, copyPaths: readonly string[]): void {
  const { project } = home;
  const local = readConfig(project.dvcFolder, "local");
  const cache = openRepository(project).cache.folder;
  mkdirSync(copy.project.dvcFolder, { recursive: true });
  editConfig(copy.project.dvcFolder, "local", (config) => {
    for (const [name, section] of local) config.set(name, new Map([...(config.get(name) ?? []), ...section]));
    config.set("cache", new Map([...(config.get("cache") ?? []), ["dir", cache]]));
  });
  // What stages log by `track()` is kept with the project, not with the folder that goes; the first run makes the store
  // there, through this link.
  if (!existsSync(copy.project.stemmaFolder)) symlinkSync(project.stemmaFolder, copy.project.stemmaFolder, "junction");
  for (const path of copyPaths) {
    const from = resolve(path);
    const inside = relative(home.top, from);
    if (inside.startsWith("..") || !existsSync(from)) {
      throw new ExperimentError(`cannot copy '${path}': it is no file or folder of the repository.`);
    }
    cpSync(from, join(copy.top, inside), { recursive: true });
  }
}
