import { askGit, commitAt, commitsOf, listRefs, listRemoteRefs, topOf } from "../../git/index.ts";
import type { Project } from "../../store/index.ts";
import { openRepository } from "../../version/index.ts";
import { ExperimentError, ExperimentNameTakenError, UnknownExperimentError } from "./error.ts";

/** A saved experiment: a commit on top of its baseline, below `refs/exps/` (dvc/repo/experiments/refs.py). */
export interface Experiment {
  readonly name: string;
  /** The commit that it started from, 40 hex digits. */
  readonly baseline: string;
  /** Its newest commit. */
  readonly commit: string;
  readonly ref: string;
}

/** Which experiments are meant: by the commits that they started from. */
export interface BaselineChoice {
  /** All there are. */
  readonly all?: boolean;
  /** HEAD without any. */
  readonly revs?: readonly string[];
  /** So many commits back from each, first parents only; all for a negative number. */
  readonly count?: number;
}

/** Where experiments are kept: the repository around the project. */
export interface Home {
  readonly project: Project;
  /** The top of the git repository. */
  readonly top: string;
  /** The commit that is checked out. */
  readonly head: string;
}

/** @throws {ExperimentError} there is no git repository, or no commit in it */
export function openHome(project: Project): Home {
  const top = topOf(project.root);
  if (top === null || openRepository(project).gitRoot === null) {
    throw new ExperimentError(
      `${project.root} is not in a git repository; experiments are commits. Make one: git init`,
    );
  }
  const head = commitAt(top, "HEAD");
  if (head === null)
    throw new ExperimentError("the git repository is empty. Make a commit first, to start experiments from.");
  return { project, top, head };
}

// DVC's own: stashes, queues, what runs now.
const reserved = /^refs\/exps\/(apply|celery|exec|temp)(\/|$)|^refs\/exps\/stash$/;

/** The ref of an experiment. */
export function refOf(baseline: string, name: string): string {
  return `refs/exps/${baseline.slice(0, 2)}/${baseline.slice(2)}/${name}`;
}

/** The experiments of a repository, all of them, by ref. @param remote another repository */
export function allExperiments(home: Home, remote: string | null = null): readonly Experiment[] {
  const refs = remote === null ? listRefs(home.top, "refs/exps/") : listRemoteRefs(home.top, remote, "refs/exps/");
  return refs.flatMap(({ ref, commit }) => {
    const [, first, rest, name] = /^refs\/exps\/([0-9a-f]{2})\/([0-9a-f]{38})\/([^/]+)$/.exec(ref) ?? [];
    if (reserved.test(ref) || first === undefined || rest === undefined || name === undefined) return [];
    return [{ name, baseline: first + rest, commit, ref }];
  });
}

/** The experiments that started from some commits. @throws {ExperimentError} no such commit */
export function experimentsOf(home: Home, choice: BaselineChoice, remote: string | null = null): readonly Experiment[] {
  const all = allExperiments(home, remote);
  if (choice.all === true) return all;
  const baselines = new Set(baselinesOf(home, choice));
  return all.filter(({ baseline }) => baselines.has(baseline));
}

/** The commits that are meant, in their order. @throws {ExperimentError} no such commit */
export function baselinesOf(home: Home, { revs = ["HEAD"], count = 1 }: BaselineChoice): readonly string[] {
  const commits = revs.map((rev) => experimentAt(home, rev));
  if (count === 0) return [];
  const found = commitsOf(home.top, { revs: commits, count });
  return "unknown" in found ? [] : found;
}

/** The commit of a revision of git, or of an experiment by its name. @throws {ExperimentError} */
export function experimentAt(home: Home, revision: string): string {
  const commit = commitAt(home.top, revision) ?? named(home, revision, allExperiments(home))?.commit;
  if (commit === undefined) throw new ExperimentError(`unknown Git revision '${revision}'`);
  return commit;
}

/**
 * The experiments of some names, or full refs.
 *
 * @throws {UnknownExperimentError} @throws {ExperimentError} several baselines have one of that name, HEAD not among them
 */
export function experimentsByName(
  home: Home,
  names: readonly string[],
  remote: string | null = null,
): readonly Experiment[] {
  const all = allExperiments(home, remote);
  const found = names.map((name) => [name, named(home, name, all)] as const);
  const missing = found.flatMap(([name, experiment]) => (experiment === null ? [name] : []));
  if (missing.length > 0) throw new UnknownExperimentError(missing, remote);
  return found.flatMap(([, experiment]) => (experiment === null ? [] : [experiment]));
}

function named(home: Home, name: string, all: readonly Experiment[]): Experiment | null {
  const same = all.filter((one) => (name.startsWith("refs/") ? one.ref === name : one.name === name));
  const own = same.length === 1 ? same[0] : same.find(({ baseline }) => baseline === home.head);
  if (same.length > 1 && own === undefined) throw ambiguous(name, same);
  return own ?? null;
}

function ambiguous(name: string, same: readonly Experiment[]): ExperimentError {
  const refs = same.map(({ ref }) => `\t${ref}`).join("\n");
  return new ExperimentError(
    `Ambiguous name '${name}' refers to multiple experiments. Use one of the following full refnames instead:\n\n${refs}`,
  );
}

/** @throws {ExperimentError} git allows no such name, or there is a `/` in it */
export function checkExperimentName(home: Home, name: string): void {
  const allowed = askGit(home.top, ["check-ref-format", refOf(home.head, name)]) !== null;
  if (allowed && name !== "" && !name.includes("/")) return;
  throw new ExperimentError(
    `Invalid exp name ${name}, the exp name must follow rules in https://git-scm.com/docs/git-check-ref-format`,
  );
}

/** A name that the baseline has no experiment of. @throws {ExperimentNameTakenError} @throws {ExperimentError} */
export function freeName(
  home: Home,
  wanted: { readonly name: string; readonly force: boolean; readonly baseline?: string },
): string {
  checkExperimentName(home, wanted.name);
  const taken = commitAt(home.top, refOf(wanted.baseline ?? home.head, wanted.name)) !== null;
  if (taken && !wanted.force) throw new ExperimentNameTakenError(wanted.name);
  return wanted.name;
}
