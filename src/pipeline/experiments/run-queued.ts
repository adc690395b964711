import { join } from "node:path";
import { callGit } from "../../git/index.ts";
import { type LockOptions, type Project, withLock } from "../../store/index.ts";
import { ExperimentError } from "./error.ts";
import { dequeue, forgetFailure, type QueuedExperiment, queuedExperiments, setAside } from "./queue.ts";
import { type Experiment, type Home, openHome } from "./refs.ts";
import { type RanExperiments, type RunExperimentOptions, scopeOf, several } from "./run.ts";
import { runElsewhere } from "./run-elsewhere.ts";
import { isRunning, readTask, type TaskProcess, writeTask, writeTaskInfo } from "./task-files.ts";

type QueueOptions = Pick<RunExperimentOptions, "jobs" | "signal" | "onEvent">;

/**
 * Runs what waits in the queue, in temporary folders, what another process is running already aside. Those that fail are kept apart,
 * and the others go on.
 */
export async function runQueued(project: Project, options: QueueOptions = {}): Promise<RanExperiments> {
  const home = openHome(project);
  const entries = queuedExperiments(home).filter(({ commit }) => !isRunning(readTask(project, commit)));
  const run = async (entry: QueuedExperiment): Promise<Experiment | null> => {
    const mine = await claim(home, entry, () => ({ pid: process.pid, log: null, code: null }));
    return mine ? runTask(home, entry, options) : null;
  };
  return several(
    entries.map((entry) => ({ ...entry, assignments: [] })),
    options,
    run,
  );
}

/** Runs the one experiment of the queue that has this commit: the work of a worker's process. @throws what the experiment throws */
export async function runQueuedTask(project: Project, commit: string, options: QueueOptions = {}): Promise<Experiment> {
  const home = openHome(project);
  const entry = queuedExperiments(home).find((one) => one.commit === commit);
  if (entry === undefined) throw new ExperimentError(`'${commit}' does not wait in the queue.`);
  return runTask(home, entry, options);
}

async function runTask(home: Home, entry: QueuedExperiment, options: QueueOptions): Promise<Experiment> {
  const { project, top } = home;
  const { commit, name, baseline } = entry;
  const { force, message, targets, copyPaths, folder } = entry.request;
  const recorded = { name, baseline, force, message };
  const tree = callGit(top, ["rev-parse", `${commit}^{tree}`]).trim();
  const scope = scopeOf({ ...options, targets, force, folder: join(top, folder) }, name);
  const end = (code: number): void => {
    const log = readTask(project, commit)?.log ?? null;
    writeTask(project, commit, { pid: process.pid, log, code });
  };
  const onFolder = (root: string): void => writeTaskInfo(project, commit, { name, baseline, ref: null, folder: root });
  try {
    const experiment = await runElsewhere(home, { recorded, tree, copyPaths, onFolder }, scope);
    writeTaskInfo(project, commit, { name, baseline, ref: experiment.ref, folder: null });
    end(0);
    dequeue(home, entry);
    forgetFailure(home, entry);
    return experiment;
  } catch (error) {
    end(1);
    // What was stopped waits on.
    if (options.signal?.aborted !== true) setAside(home, entry);
    throw error;
  }
}

/** Takes an experiment of the queue, if nobody has. @param start what to run it with */
async function claim(home: Home, { commit }: QueuedExperiment, start: () => TaskProcess): Promise<boolean> {
  return lockQueue(home.project, async () => {
    const waits = queuedExperiments(home).some((entry) => entry.commit === commit);
    if (!waits || isRunning(readTask(home.project, commit))) return false;
    writeTask(home.project, commit, start());
    return true;
  });
}

/** Takes the first experiment that nobody has; null when none waits. */
export async function claimNext(
  project: Project,
  start: (entry: QueuedExperiment) => TaskProcess,
): Promise<QueuedExperiment | null> {
  const home = openHome(project);
  return lockQueue(project, async () => {
    const next = queuedExperiments(home).find(({ commit }) => !isRunning(readTask(project, commit)));
    if (next !== undefined) writeTask(project, next.commit, start(next));
    return next ?? null;
  });
}

const patience: LockOptions = { waitMs: 60_000 };

/** While nobody else takes something from the queue, or into it. */
export function lockQueue<T>(project: Project, work: () => Promise<T>): Promise<T> {
  return withLock(join(project.dvcFolder, "tmp", "exps", "stemma-queue.lock"), work, patience);
}
