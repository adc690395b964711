import { callGit, commitAt, GitError, listRemoteRefs } from "../../git/index.ts";
import type { Project } from "../../store/index.ts";
import { fetchData, pushData, type SyncOptions, type Transfer } from "../../version/index.ts";
import { type BaselineChoice, type Experiment, experimentsByName, experimentsOf, type Home, openHome } from "./refs.ts";

export interface ExchangeOptions {
  /** Experiments by name; those of `choice` without any. */
  readonly names?: readonly string[];
  /** Those that started from HEAD without it. */
  readonly choice?: BaselineChoice;
  /** Replaces an experiment of the same name that is another. */
  readonly force?: boolean;
  /** Moves the outputs too; null for the refs only. */
  readonly data?: Pick<SyncOptions, "remote" | "jobs" | "runCache" | "signal" | "onProgress" | "onFault"> | null;
}

/** What became of experiments on the way to or from another repository. */
export interface Exchanged {
  readonly moved: readonly Experiment[];
  readonly upToDate: readonly Experiment[];
  /** Those of the same name that are other ones there; they stay as they are. */
  readonly diverged: readonly Experiment[];
  readonly transfer: Transfer | null;
}

/**
 * Sends experiments to another git repository, and their outputs to the DVC remote.
 *
 * @param remote name or address of the git repository
 * @throws {UnknownExperimentError} @throws {GitError} the repository does not answer @throws {TransferError}
 */
export async function pushExperiments(
  project: Project,
  remote: string,
  options: ExchangeOptions = {},
): Promise<Exchanged> {
  const home = openHome(project);
  const chosen = chosenOf(home, options, null);
  const sorted = sortOut(home, chosen, { there: refsOf(home, remote), force: options.force === true, to: "remote" });
  if (sorted.moved.length > 0) {
    const sign = options.force === true ? "+" : "";
    callGit(home.top, ["push", "--quiet", "--", remote, ...sorted.moved.map(({ ref }) => `${sign}${ref}:${ref}`)]);
  }
  return { ...sorted, transfer: await moveData(home, sorted, { data: options.data, move: pushData }) };
}

/** Gets experiments from another git repository, and their outputs from the DVC remote into the cache. */
export async function pullExperiments(
  project: Project,
  remote: string,
  options: ExchangeOptions = {},
): Promise<Exchanged> {
  const home = openHome(project);
  const there = chosenOf(home, options, remote);
  const here = new Map(there.flatMap(({ ref }) => withCommit(home, ref)));
  const sorted = sortOut(home, there, { there: here, force: options.force === true, to: "local" });
  if (sorted.moved.length > 0) {
    const refs = sorted.moved.map(({ ref }) => `+${ref}:${ref}`);
    callGit(home.top, ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--", remote, ...refs]);
  }
  return { ...sorted, transfer: await moveData(home, sorted, { data: options.data, move: fetchData }) };
}

function chosenOf(
  home: Home,
  { names = [], choice = {} }: ExchangeOptions,
  remote: string | null,
): readonly Experiment[] {
  return names.length > 0 ? experimentsByName(home, names, remote) : experimentsOf(home, choice, remote);
}

function withCommit(home: Home, ref: string): readonly (readonly [string, string])[] {
  const commit = commitAt(home.top, ref);
  return commit === null ? [] : [[ref, commit]];
}

function refsOf(home: Home, remote: string): ReadonlyMap<string, string> {
  return new Map(listRemoteRefs(home.top, remote, "refs/exps/").map(({ ref, commit }) => [ref, commit]));
}

interface Other {
  /** What the other side has, by ref. */
  readonly there: ReadonlyMap<string, string>;
  readonly force: boolean;
  readonly to: "remote" | "local";
}

function sortOut(home: Home, chosen: readonly Experiment[], { there, force, to }: Other): Omit<Exchanged, "transfer"> {
  const moved: Experiment[] = [];
  const upToDate: Experiment[] = [];
  const diverged: Experiment[] = [];
  for (const experiment of chosen) {
    const other = there.get(experiment.ref);
    if (other === experiment.commit) upToDate.push(experiment);
    else if (other === undefined || force || (to === "remote" && isNewer(home, experiment.commit, other)))
      moved.push(experiment);
    else diverged.push(experiment);
  }
  return { moved, upToDate, diverged };
}

/** Whether one commit has the other among those before it. */
function isNewer(home: Home, commit: string, than: string): boolean {
  try {
    callGit(home.top, ["merge-base", "--is-ancestor", than, commit]);
    return true;
  } catch (error) {
    if (error instanceof GitError) return false;
    throw error;
  }
}

function commitsFrom(home: Home, commit: string, baseline: string): readonly string[] {
  const known = commitAt(home.top, baseline) !== null;
  const list = callGit(home.top, ["rev-list", commit, ...(known ? [`^${baseline}`] : ["--max-count=1"])]);
  return list.split("\n").filter((line) => line !== "");
}

type Move = (project: Project, options: SyncOptions) => Promise<Transfer>;

async function moveData(
  home: Home,
  { moved, upToDate }: Omit<Exchanged, "transfer">,
  { data, move }: { readonly data: ExchangeOptions["data"]; readonly move: Move },
): Promise<Transfer | null> {
  // What the experiments' own commits use: neither the folder nor what they began from (dvc/repo/experiments/push.py).
  const revs = [...moved, ...upToDate].flatMap(({ commit, baseline }) => commitsFrom(home, commit, baseline));
  if (data === null || revs.length === 0) return null;
  return move(home.project, { ...data, commits: { revs, workspace: false } });
}
