import { existsSync } from "node:fs";
import { join } from "node:path";
import { GitError } from "../../git/index.ts";
import type { Project } from "../../store/index.ts";
import { InitError, initProject } from "../../version/index.ts";
import { PipelineError } from "../pipeline-error.ts";
import { ExperimentError, ExperimentNameTakenError } from "./error.ts";
import { randomName } from "./random-name.ts";
import { freeName, type Home, openHome } from "./refs.ts";
import { saveExperiment } from "./save.ts";

/** A run to make an experiment of. */
export interface RunToSave {
  /** The experiment's name, where git takes it and no other has it. */
  readonly name: string;
  /** Absolute; to be in it even if git does not know them. */
  readonly files: readonly string[];
}

/**
 * Makes an experiment of what lies in the project when a run has ended, as DVCLive does; the project becomes one of DVC's where it is
 * none. A run is kept whatever becomes of this: what hinders it, no git repository for one, is a warning.
 */
export async function saveRun(project: Project, { name, files }: RunToSave): Promise<void> {
  try {
    if (!existsSync(project.dvcFolder)) initProject(project.root);
    const home = openHome({ ...project, dvcFolder: join(project.root, ".dvc") });
    const includeUntracked = files.filter((path) => existsSync(path));
    await saveExperiment(home.project, { name: nameFor(home, name), includeUntracked });
  } catch (error) {
    if (!isToldOnly(error)) throw error;
    process.emitWarning(`The run is kept, but is no experiment of DVC's: ${(error as Error).message}`, "StemmaWarning");
  }
}

function nameFor(home: Home, name: string): string {
  try {
    return freeName(home, { name, force: false });
  } catch (error) {
    if (error instanceof ExperimentError || error instanceof ExperimentNameTakenError) return randomName(home);
    throw error;
  }
}

function isToldOnly(error: unknown): boolean {
  const known = [ExperimentError, ExperimentNameTakenError, GitError, InitError, PipelineError];
  return known.some((kind) => error instanceof kind);
}
