import { existsSync, lstatSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setRef } from "../../git/index.ts";
import { type Project, withLock, writeDurable } from "../../store/index.ts";
import { checkoutOuts, lockRepository } from "../../version/index.ts";
import { lockFileOf } from "../load-pipelines.ts";
import { orderOf, type ReproduceOptions } from "../reproduce-options.ts";
import { openSession } from "../session.ts";
import type { Assignment } from "./overrides.ts";
import { keepReadData, paramTexts, type Scope, type Texts } from "./prepare.ts";
import { type RecordedExperiment, recordExperiment } from "./record.ts";
import type { Experiment, Home } from "./refs.ts";
import { experimentEnvironment, reproduceExperiment } from "./run-experiment.ts";

/** An experiment that is about to run. */
export interface PlannedExperiment {
  readonly recorded: RecordedExperiment;
  readonly assignments: readonly Assignment[];
}

/**
 * Runs an experiment in the folder that the person works in: params files and outputs there are the experiment's afterwards. The
 * branch, HEAD and git's index stay. When it is stopped, the folder is as it was before.
 *
 * @throws {LockedError} another experiment runs in the folder
 */
export function runInWorkspace(home: Home, planned: PlannedExperiment, scope: Scope): Promise<Experiment> {
  // Two in one folder would be one mixture.
  const lock = join(home.project.dvcFolder, "tmp", "exps", "workspace.lock");
  return withLock(lock, () => runAlone(home, planned, scope));
}

async function runAlone(home: Home, { recorded, assignments }: PlannedExperiment, scope: Scope): Promise<Experiment> {
  const { project } = home;
  const texts = paramTexts(scope.folder, assignments);
  const options: ReproduceOptions = { ...scope.reproduce, folder: scope.folder };
  const before = await lockRepository(project, async () => {
    const kept = contentBefore(project, options, texts);
    for (const [path, text] of texts) writeDurable(path, text);
    for (const [path, text] of await keepReadData(project, scope)) kept.set(path, text);
    return kept;
  });
  try {
    const made = await reproduceExperiment(project, scope, experimentEnvironment(home, recorded.name));
    options.signal?.throwIfAborted();
    const experiment = recordExperiment(home, recorded, {
      top: home.top,
      ...made,
      add: [...texts.keys(), ...made.add],
    });
    // DVC leaves it behind, and looks at it.
    setRef(home.top, { ref: "refs/exps/exec/EXEC_HEAD", commit: home.head });
    return experiment;
  } catch (error) {
    if (options.signal?.aborted === true) await restore(project, before, options);
    throw error;
  }
}

/** What the files hold that a run writes: params, `dvc.lock`; null for those that are not there. */
function contentBefore(project: Project, options: ReproduceOptions, texts: Texts): Map<string, Buffer | string | null> {
  const { folder = project.root } = options;
  const stages = orderOf(openSession(project, { folder }), options).stages;
  const locks = stages.flatMap((stage) => (stage.kind === "stage" ? [join(project.root, lockFileOf(stage.file))] : []));
  // What the cache does not have is taken away before a stage runs; a folder of that kind is not brought back.
  const plain = stages.flatMap((stage) => stage.outs.filter((out) => !out.cache && out.path !== null));
  const uncached = plain
    .map((out) => out.absolute)
    .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isFile());
  const files = new Set([...texts.keys(), ...locks, ...uncached]);
  return new Map([...files].map((path) => [path, existsSync(path) ? readFileSync(path) : null]));
}

async function restore(
  project: Project,
  before: ReadonlyMap<string, Buffer | string | null>,
  { folder = project.root, signal: _, ...options }: ReproduceOptions,
): Promise<void> {
  await lockRepository(project, async () => {
    for (const [path, text] of before) {
      if (text === null) rmSync(path, { force: true });
      else writeDurable(path, text);
    }
    const stages = orderOf(openSession(project, { folder }), { ...options, folder }).stages;
    // Data that was read is untouched; what stages make is half made, and comes back as `dvc.lock` says.
    const outs = stages.flatMap((stage) => (stage.kind === "stage" ? stage.outs : []));
    const targets = outs.flatMap((out) => (out.cache && out.path !== null ? [out.absolute] : []));
    if (targets.length === 0) return;
    await checkoutOuts(project, { targets, folder: project.root, force: true, allowMissing: true });
  });
}
