import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Project } from "../../store/index.ts";
import { commitData, lockRepository, MissingDataError, UnknownTargetError } from "../../version/index.ts";
import { commitStages } from "../commit-stages.ts";
import { granularTargets } from "../pipeline-status.ts";
import { openSession } from "../session.ts";
import { stageId } from "../stage.ts";
import { ExperimentError } from "./error.ts";
import { randomName } from "./random-name.ts";
import { experimentDigest, recordExperiment, topLevelFiles } from "./record.ts";
import { type Experiment, freeName, openHome } from "./refs.ts";

export interface SaveExperimentOptions {
  /** The reader's folder, absolute; the project's root without it. */
  readonly folder?: string;
  /** Stages, `.dvc` files, outputs; everything without any. */
  readonly targets?: readonly string[];
  readonly name?: string;
  readonly force?: boolean;
  readonly recursive?: boolean;
  /** Files and folders that git does not know, to be in the experiment. */
  readonly includeUntracked?: readonly string[];
  /** Of the commit; DVC's without it. */
  readonly message?: string;
}

/**
 * Keeps the folder as it is now as an experiment, without running anything, as `dvc exp save`.
 *
 * @throws {ExperimentNameTakenError} @throws {ExperimentError}
 */
export async function saveExperiment(project: Project, options: SaveExperimentOptions = {}): Promise<Experiment> {
  const home = openHome(project);
  const { folder = project.root, force = false, message = null } = options;
  const name = options.name === undefined ? randomName(home) : freeName(home, { name: options.name, force });
  return lockRepository(project, async () => {
    const ids = await commitAll(project, options, folder);
    const digest = experimentDigest(project, ids);
    const untracked = (options.includeUntracked ?? []).map((path) => resolve(folder, path));
    const missing = untracked.find((path) => !existsSync(path));
    if (missing !== undefined) throw new ExperimentError(`there is no ${missing} to include.`);
    const top = topLevelFiles(project).map((path) => join(project.root, path));
    const locks = existsSync(join(project.root, "dvc.lock")) ? [join(project.root, "dvc.lock")] : [];
    const add = [...untracked, ...top.filter((path) => existsSync(path)), ...locks];
    return recordExperiment(home, { name, baseline: home.head, force, message }, { top: home.top, digest, add });
  });
}

/** What `dvc commit --force` does. @returns the stages, by id */
async function commitAll(
  project: Project,
  { targets = [], recursive }: SaveExperimentOptions,
  folder: string,
): Promise<ReadonlySet<string>> {
  const options = { folder, force: true, recursive: recursive === true };
  const stages = openSession(project, { folder }).graph.stages;
  if (targets.length === 0) {
    await commitStages(project, options);
    for (const stage of stages) if (stage.kind === "data") await commitOne(project, stage.file);
    return new Set(stages.map(stageId));
  }
  const ids = new Set<string>();
  for (const target of targets) {
    try {
      await commitData(project, target, { ...options, relink: false });
    } catch (error) {
      // What is no data is a stage, or nothing: then this says so.
      if (!(error instanceof UnknownTargetError)) throw error;
      await commitStages(project, { ...options, targets: [target] });
      for (const { stage } of granularTargets(openSession(project, { folder }), { targets: [target] })) {
        ids.add(stageId(stage));
      }
    }
  }
  return ids;
}

async function commitOne(project: Project, file: string): Promise<void> {
  try {
    await commitData(project, file, { force: true, relink: false, folder: project.root });
  } catch (error) {
    if (!(error instanceof MissingDataError)) throw error;
  }
}
