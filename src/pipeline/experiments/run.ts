import type { Project } from "../../store/index.ts";
import type { PipelineEvent } from "../events.ts";
import type { ReproduceOptions } from "../reproduce-options.ts";
import { type Assignment, combinations, isGrid, type Override, parseOverride } from "./overrides.ts";
import { fromTop } from "./paths.ts";
import { paramTexts, type Scope, treeOfWorkspace, treeWith } from "./prepare.ts";
import { enqueue, queuedExperiments } from "./queue.ts";
import { randomName } from "./random-name.ts";
import type { RecordedExperiment } from "./record.ts";
import { type Experiment, freeName, type Home, openHome } from "./refs.ts";
import { runElsewhere } from "./run-elsewhere.ts";
import { runInWorkspace } from "./run-workspace.ts";

export interface RunExperimentOptions extends Omit<ReproduceOptions, "jobs" | "onEvent" | "pull"> {
  /** "brisk-otter" or the like without it; of a grid the beginning: `name-1`, `name-2`, … */
  readonly name?: string;
  /** `[file:]name=value` each; `choice(a, b)`, `range(0, 1, 0.1)` and `a,b` make a grid. */
  readonly set?: readonly string[];
  /** In a temporary folder; the workspace stays as it is. A grid always is. */
  readonly temporary?: boolean;
  /** Of the commit; DVC's without it. */
  readonly message?: string;
  /** Files and folders that git does not know, for the temporary folder; absolute. */
  readonly copyPaths?: readonly string[];
  /** Experiments that run at once; 1 without it. */
  readonly jobs?: number;
  /** Gets missing data from the remote. */
  readonly pull?: boolean;
  readonly onEvent?: (event: ExperimentEvent) => void;
}

/** What happens to experiments. */
export type ExperimentEvent =
  | { readonly kind: "started"; readonly name: string; readonly assignments: readonly Assignment[] }
  | { readonly kind: "stage"; readonly name: string; readonly event: PipelineEvent }
  | { readonly kind: "saved"; readonly experiment: Experiment }
  | { readonly kind: "failed"; readonly name: string; readonly error: unknown };

export interface RanExperiments {
  readonly saved: readonly Experiment[];
  readonly failed: readonly { readonly name: string; readonly error: unknown }[];
  /** Whether their results lie in the workspace. */
  readonly inWorkspace: boolean;
}

/**
 * Runs experiments, as `dvc exp run`: the stages with other params, each kept as a commit below `refs/exps/` that real DVC reads. One
 * runs in the workspace; a grid, and what is asked to be temporary, in worktrees on the same cache, several at once with `jobs`.
 *
 * @throws {ExperimentError} @throws {ExperimentNameTakenError}
 * @throws {ReproductionError} the only experiment failed; of several, those that failed are told in the result
 */
export async function runExperiments(project: Project, options: RunExperimentOptions = {}): Promise<RanExperiments> {
  const home = openHome(project);
  const overrides = (options.set ?? []).map(parseOverride);
  const planned = plan(home, overrides, options);
  const [only] = planned;
  if (!isGrid(overrides) && options.temporary !== true && only !== undefined) {
    options.onEvent?.({ kind: "started", name: only.name, assignments: only.assignments });
    const own = { recorded: recordedOf(home, only, options), assignments: only.assignments };
    const experiment = await runInWorkspace(home, own, scopeOf(options, only.name));
    options.onEvent?.({ kind: "saved", experiment });
    return { saved: [experiment], failed: [], inWorkspace: true };
  }
  const trees = await treesOf(home, planned, options);
  const { copyPaths = [] } = options;
  const ran = await several(planned, options, (one) => {
    const own = { recorded: recordedOf(home, one, options), tree: trees.get(one.name) ?? "", copyPaths };
    return runElsewhere(home, own, scopeOf(options, one.name));
  });
  const [failure] = ran.failed;
  if (planned.length === 1 && failure !== undefined) throw failure.error;
  return ran;
}

/** Puts experiments into the queue instead of running them. @returns them, in their order */
export async function queueExperiments(
  project: Project,
  options: RunExperimentOptions = {},
): Promise<readonly PlannedExperiment[]> {
  const home = openHome(project);
  const planned = plan(home, (options.set ?? []).map(parseOverride), options);
  const trees = await treesOf(home, planned, options);
  const { folder = process.cwd(), targets = [], force, message, copyPaths = [] } = options;
  const waiting = queuedExperiments(home).length;
  for (const [i, { name }] of planned.entries()) {
    const request = {
      targets,
      force: force === true,
      message: message ?? null,
      copyPaths,
      folder: fromTop(home, folder),
    };
    const entry = { name, baseline: home.head, request: { ...request, place: waiting + i } };
    enqueue(home, entry, trees.get(name) ?? "");
  }
  return planned;
}

/** An experiment with its name and what is set for it. */
export interface PlannedExperiment {
  readonly name: string;
  readonly assignments: readonly Assignment[];
}

function plan(home: Home, overrides: readonly Override[], options: RunExperimentOptions): readonly PlannedExperiment[] {
  const grid = isGrid(overrides);
  const force = options.force === true;
  const taken = new Set(queuedExperiments(home).map(({ name }) => name));
  return combinations(overrides).map((assignments, i) => {
    const wanted = options.name === undefined ? null : grid ? `${options.name}-${i + 1}` : options.name;
    const name = wanted === null ? randomName(home, home.head, taken) : freeName(home, { name: wanted, force });
    taken.add(name);
    return { name, assignments };
  });
}

/** The files of each experiment, before any of them runs: what a person edits meanwhile is not in them. */
async function treesOf(
  home: Home,
  planned: readonly PlannedExperiment[],
  options: RunExperimentOptions,
): Promise<ReadonlyMap<string, string>> {
  const scope = scopeOf(options, "");
  const all = planned.map((one) => [one.name, paramTexts(scope.folder, one.assignments)] as const);
  const files = new Set(all.flatMap(([, texts]) => [...texts.keys()]));
  const tree = await treeOfWorkspace(home, scope, [...files]);
  return new Map(all.map(([name, texts]) => [name, treeWith(home, tree, texts)]));
}

function recordedOf(
  home: Home,
  { name }: PlannedExperiment,
  { force, message }: RunExperimentOptions,
): RecordedExperiment {
  return { name, baseline: home.head, force: force === true, message: message ?? null };
}

/** How the stages of an experiment are run. */
export function scopeOf(options: RunExperimentOptions, experiment: string): Scope {
  const { name: _, set: _set, temporary: _temporary, message: _message, ...rest } = options;
  const { copyPaths: _paths, jobs: _jobs, pull, onEvent, folder = process.cwd(), ...reproduce } = rest;
  const tell = (event: PipelineEvent): void => onEvent?.({ kind: "stage", name: experiment, event });
  return { folder, pull: pull === true, reproduce: { ...reproduce, onEvent: tell } };
}

/** Runs them, so many at once; a failure does not stop the others, a stop does. @param run null: another process has it */
export async function several<T extends PlannedExperiment>(
  planned: readonly T[],
  { jobs = 1, signal, onEvent }: Pick<RunExperimentOptions, "jobs" | "signal" | "onEvent">,
  run: (one: T) => Promise<Experiment | null>,
): Promise<RanExperiments> {
  const saved: Experiment[] = [];
  const failed: { readonly name: string; readonly error: unknown }[] = [];
  const open = [...planned];
  const worker = async (): Promise<void> => {
    for (let one = open.shift(); one !== undefined && signal?.aborted !== true; one = open.shift()) {
      const { name, assignments } = one;
      onEvent?.({ kind: "started", name, assignments });
      try {
        const experiment = await run(one);
        if (experiment === null) continue;
        saved.push(experiment);
        onEvent?.({ kind: "saved", experiment });
      } catch (error) {
        failed.push({ name, error });
        onEvent?.({ kind: "failed", name, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(jobs, planned.length)) }, worker));
  signal?.throwIfAborted();
  const place = new Map(planned.map(({ name }, i) => [name, i]));
  const byPlace = (a: { readonly name: string }, b: { readonly name: string }): number =>
    (place.get(a.name) ?? 0) - (place.get(b.name) ?? 0);
  return { saved: saved.toSorted(byPlace), failed: failed.toSorted(byPlace), inWorkspace: false };
}
