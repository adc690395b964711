import { callGit, commitAt, deleteRef, setRef } from "../../git/index.ts";
import type { Project } from "../../store/index.ts";
import { ExperimentError, ExperimentNameTakenError, UnknownExperimentError } from "./error.ts";
import { dequeue, type QueuedExperiment, queuedExperiments } from "./queue.ts";
import {
  allExperiments,
  type BaselineChoice,
  checkExperimentName,
  type Experiment,
  experimentAt,
  experimentsByName,
  experimentsOf,
  type Home,
  openHome,
  refOf,
} from "./refs.ts";

/** The experiments of some baselines, those of HEAD without a choice. @param remote another repository */
export function listExperiments(
  project: Project,
  choice: BaselineChoice = {},
  remote: string | null = null,
): readonly Experiment[] {
  return experimentsOf(openHome(project), choice, remote);
}

/** Makes a branch of an experiment. @param branch `NAME-branch` without it @throws {ExperimentError} @returns its name */
export function branchExperiment(
  project: Project,
  revision: string,
  branch: string | null = null,
): { readonly branch: string; readonly experiment: Experiment } {
  const home = openHome(project);
  const commit = experimentAt(home, revision);
  const same = allExperiments(home).filter((one) => one.commit === commit || holds(home, one, commit));
  const experiment = same.length === 1 ? same[0] : same.find(({ baseline }) => baseline === home.head);
  if (experiment === undefined) {
    const refs = same.map(({ ref }) => `\n\t${ref}`).join("");
    if (same.length > 1) throw new ExperimentError(`'${revision}' is in several experiments; name one of:${refs}`);
    throw new ExperimentError(`'${revision}' does not appear to be an experiment commit.`);
  }
  const name = branch ?? `${experiment.name}-branch`;
  if (commitAt(home.top, `refs/heads/${name}`) !== null)
    throw new ExperimentError(`Git branch '${name}' already exists.`);
  callGit(home.top, ["check-ref-format", "--branch", name]);
  const message = `dvc: Created from experiment '${experiment.name}'`;
  setRef(home.top, { ref: `refs/heads/${name}`, commit: experiment.commit }, message);
  return { branch: name, experiment };
}

/** Whether a commit is one of an experiment's own. */
function holds(home: Home, { baseline, commit }: Experiment, wanted: string): boolean {
  const own = callGit(home.top, ["rev-list", commit, `^${baseline}`]).split("\n");
  return own.includes(wanted);
}

export interface RemoveExperimentsOptions {
  readonly names?: readonly string[];
  /** Those of some baselines. */
  readonly choice?: BaselineChoice;
  /** What waits in the queue. */
  readonly queue?: boolean;
  /** Another repository: they are removed there. */
  readonly remote?: string;
  /** All but those that are chosen. */
  readonly keep?: boolean;
}

/** Removes experiments. @returns their names @throws {UnknownExperimentError} nothing was removed */
export function removeExperiments(project: Project, options: RemoveExperimentsOptions): readonly string[] {
  const home = openHome(project);
  const { names = [], choice, queue, remote = null, keep } = options;
  const waiting = queuedExperiments(home);
  const aside = queuedExperiments(home, "failed");
  if (queue === true) {
    for (const entry of waiting) dequeue(home, entry);
    return waiting.map(({ name }) => name);
  }
  const saved = names.length > 0 ? namedOrQueued(home, names, { remote, others: [...waiting, ...aside] }) : null;
  const chosen = saved?.experiments ?? (choice === undefined ? [] : experimentsOf(home, choice, remote));
  const refs = new Set(chosen.map(({ ref }) => ref));
  const gone = keep === true ? allExperiments(home, remote).filter(({ ref }) => !refs.has(ref)) : chosen;
  if (remote !== null && gone.length > 0) {
    callGit(home.top, ["push", "--quiet", "--", remote, ...gone.map(({ ref }) => `:${ref}`)]);
  }
  if (remote === null) for (const experiment of gone) removeOne(home, experiment);
  const entries = keep === true ? [] : (saved?.queued ?? []);
  for (const entry of entries) dequeue(home, entry);
  return [...gone, ...entries].map(({ name }) => name);
}

interface NamedOrQueued {
  readonly experiments: readonly Experiment[];
  readonly queued: readonly QueuedExperiment[];
}

function namedOrQueued(
  home: Home,
  names: readonly string[],
  { remote, others }: { readonly remote: string | null; readonly others: readonly QueuedExperiment[] },
): NamedOrQueued {
  const queued = remote === null ? others.filter(({ name }) => names.includes(name)) : [];
  const known = new Set([...queued, ...allExperiments(home, remote)].map(({ name }) => name));
  const missing = names.filter((name) => !name.startsWith("refs/") && !known.has(name));
  if (missing.length > 0) throw new UnknownExperimentError(missing, remote);
  const waiting = new Set(queued.map(({ name }) => name));
  const saved = names.filter((name) => !waiting.has(name) || allExperiments(home).some((one) => one.name === name));
  return { experiments: experimentsByName(home, saved, remote), queued };
}

function removeOne(home: Home, { ref, commit }: Experiment): void {
  if (commitAt(home.top, "refs/exps/exec/EXEC_APPLY") === commit) deleteRef(home.top, "refs/exps/exec/EXEC_APPLY");
  deleteRef(home.top, ref);
}

export interface RenameExperimentOptions {
  readonly force?: boolean;
  /** Another repository: it is renamed there. */
  readonly remote?: string;
}

/** Gives an experiment another name. @returns whether it had another before @throws {UnknownExperimentError} @throws {ExperimentNameTakenError} */
export function renameExperiment(
  project: Project,
  [old, name]: readonly [string, string],
  { force, remote = undefined }: RenameExperimentOptions = {},
): boolean {
  const home = openHome(project);
  if (old === name) return false;
  checkExperimentName(home, name);
  const [experiment] = experimentsByName(home, [old], remote ?? null);
  if (experiment === undefined) return false;
  const { baseline, commit, ref } = experiment;
  const to = refOf(baseline, name);
  const taken = allExperiments(home, remote ?? null).some((one) => one.ref === to);
  if (taken && force !== true) throw new ExperimentNameTakenError(name);
  if (remote !== undefined) {
    if (commitAt(home.top, commit) === null) callGit(home.top, ["fetch", "--quiet", "--no-tags", "--", remote, ref]);
    callGit(home.top, ["push", "--quiet", "--atomic", "--", remote, `+${commit}:${to}`, `:${ref}`]);
    return true;
  }
  setRef(home.top, { ref: to, commit });
  deleteRef(home.top, ref);
  return true;
}
