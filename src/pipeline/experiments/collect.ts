import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { plainValue } from "../../format/index.ts";
import { allCommits, callGit, commitAt, commitTime, listRefs, refNames } from "../../git/index.ts";
import type { Project } from "../../store/index.ts";
import { metricsOf } from "../metrics.ts";
import { paramsOf } from "../params-diff.ts";
import type { GraphStage, StagePath } from "../stage.ts";
import { lockedDep, lockedOut } from "../stage-state.ts";
import { diffValues, type ValuesDiff, type ViewValues } from "../values.ts";
import { openView, type View } from "../view.ts";
import { rememberData, rememberedData } from "./collect-cache.ts";
import type { QueueTask } from "./queue-task.ts";
import { allExperiments, baselinesOf, type Experiment, experimentAt, type Home, openHome } from "./refs.ts";
import { tasksOf } from "./tasks.ts";

/** What `dvc.lock` or a `.dvc` file says about a path. */
export interface RecordedContent {
  readonly md5: string | null;
  readonly bytes: number | null;
  readonly files: number | null;
}

export interface RecordedOutput extends RecordedContent {
  readonly cache: boolean;
  /** Whether no command makes it. */
  readonly data: boolean;
}

/** What is known of a commit, or of the folder. Paths are from the project's root. */
export interface ExperimentData {
  /** null for the folder. */
  readonly timeMs: number | null;
  readonly params: ViewValues;
  readonly metrics: ViewValues;
  readonly deps: ReadonlyMap<string, RecordedContent>;
  readonly outs: ReadonlyMap<string, RecordedOutput>;
}

/** A commit, or the folder, with what is known of it. */
export interface ExperimentState {
  /** 40 hex digits, or `workspace`. */
  readonly revision: string;
  /** Of an experiment its name; of a baseline its tag or branch. */
  readonly name: string | null;
  readonly data: ExperimentData | null;
  readonly error: { readonly type: string; readonly message: string } | null;
}

/** An experiment in the table of its baseline. */
export interface ShownExperiment {
  /** null for one of DVC's queue that has none yet. */
  readonly name: string | null;
  /** Its commits, the newest first. */
  readonly states: readonly ExperimentState[];
  /** In the queue, or made by it; null for any other. */
  readonly task: QueueTask | null;
}

/** A baseline with its experiments. */
export interface ShownBaseline extends ExperimentState {
  /** null for the folder. */
  readonly experiments: readonly ShownExperiment[] | null;
}

export interface ShowExperimentsOptions {
  /** HEAD without any. */
  readonly revs?: readonly string[];
  readonly count?: number;
  readonly allBranches?: boolean;
  readonly allTags?: boolean;
  readonly allCommits?: boolean;
  readonly hideWorkspace?: boolean;
  readonly hideQueued?: boolean;
  readonly hideFailed?: boolean;
  /** Commits without the names of branches and tags. */
  readonly shaOnly?: boolean;
  /** Only params that stages depend on. */
  readonly paramDeps?: boolean;
}

/** The folder, and baselines with their experiments, as `dvc exp show` (dvc/repo/experiments/collect.py). @throws {ExperimentError} */
export function showExperiments(project: Project, options: ShowExperimentsOptions = {}): readonly ShownBaseline[] {
  const home = openHome(project);
  const baselines = shownBaselines(home, options);
  const names = options.shaOnly === true ? new Map<string, string>() : baselineNames(home);
  const collect = (revision: string, name: string | null): ExperimentState =>
    stateOf(project, { revision, name, depsOnly: options.paramDeps === true });
  const workspace = options.hideWorkspace === true ? [] : [{ ...collect("workspace", null), experiments: null }];
  const all = allExperiments(home);
  const tasks = tasksOf(home);
  const hidden = new Set<string>([
    ...(options.hideQueued === true ? ["queued"] : []),
    ...(options.hideFailed === true ? ["failed"] : []),
  ]);
  const shown = baselines.map((baseline): ShownBaseline => {
    const own = <T extends { readonly baseline: string }>(list: readonly T[]): readonly T[] =>
      list.filter((one) => one.baseline === baseline);
    const those = (state: QueueTask["state"]): readonly ShownExperiment[] =>
      hidden.has(state)
        ? []
        : byTime(own(tasks.filter((task) => task.state === state)).map((one) => taskRange(one, collect)));
    const saved = own(all).map((one) => {
      const task = tasks.find(({ state, ref }) => state === "success" && ref === one.ref) ?? null;
      return savedRange(home, one, { collect, task });
    });
    // dvc/repo/experiments/collect.py, collect
    const experiments = [...those("running"), ...byTime(saved), ...those("queued"), ...those("failed")];
    // DVC shows the baseline's own params whatever was asked.
    const state = stateOf(project, { revision: baseline, name: names.get(baseline) ?? null, depsOnly: false });
    return { ...state, experiments: experiments.length === 0 ? null : experiments };
  });
  return [...workspace, ...shown];
}

type Collect = (revision: string, name: string | null) => ExperimentState;

function savedRange(
  home: Home,
  { name, commit, baseline }: Experiment,
  { collect, task }: { readonly collect: Collect; readonly task: QueueTask | null },
): ShownExperiment {
  const list = callGit(home.top, ["rev-list", "--first-parent", commit, `^${baseline}`]).split("\n");
  const commits = list.filter((line) => line !== "");
  return { name, task, states: commits.map((one, i) => collect(one, i === 0 ? name : null)) };
}

function taskRange(task: QueueTask, collect: Collect): ShownExperiment {
  const { name, commit, state } = task;
  const running = runningState(task);
  if (running !== null) return { name, task, states: [running] };
  const own = collect(commit, name);
  // What its commit holds of metrics is the baseline's.
  const data = own.data === null || state === "failed" ? own.data : { ...own.data, metrics: new Map() };
  const error = state === "failed" ? { type: "", message: "Experiment run failed" } : own.error;
  return { name, task, states: [{ ...own, data, error }] };
}

/** As it is where it runs; null while that is made, and when it is over. */
function runningState({ commit, name, folder: root }: QueueTask): ExperimentState | null {
  if (root === null || !existsSync(join(root, ".dvc"))) return null;
  const copy = { root, dvcFolder: join(root, ".dvc"), stemmaFolder: join(root, "stemma") };
  return { ...stateOf(copy, { revision: "workspace", name, depsOnly: false }), revision: commit };
}

function byTime(ranges: readonly ShownExperiment[]): readonly ShownExperiment[] {
  const timeOf = ({ states: [head] }: ShownExperiment): number => head?.data?.timeMs ?? 0;
  const revisionOf = ({ states: [head] }: ShownExperiment): string => head?.revision ?? "";
  const byRevision = (a: string, b: string): number => (a === b ? 0 : a < b ? 1 : -1);
  return ranges.toSorted((a, b) => timeOf(b) - timeOf(a) || byRevision(revisionOf(a), revisionOf(b)));
}

// dvc/scm.py, iter_revs
function shownBaselines(home: Home, options: ShowExperimentsOptions): readonly string[] {
  const { revs = [], count = 1, allBranches, allTags, allCommits: everything } = options;
  const asked = [allBranches, allTags, everything].includes(true);
  const named = revs.length > 0 ? revs : asked ? [] : ["HEAD"];
  const commitOf = (kind: "heads" | "tags", name: string): readonly string[] => {
    const commit = commitAt(home.top, `refs/${kind}/${name}`);
    return commit === null ? [] : [commit];
  };
  const branches = (): readonly string[] =>
    refNames(home.top, "heads").flatMap((name) => baselinesOf(home, { revs: commitOf("heads", name), count }));
  const found = [
    ...(named.length === 0 ? [] : baselinesOf(home, { revs: named, count })),
    ...(everything === true ? allCommits(home.top) : []),
    ...(everything !== true && allBranches === true ? branches() : []),
    ...(everything !== true && allTags === true
      ? refNames(home.top, "tags").flatMap((name) => commitOf("tags", name))
      : []),
  ];
  return [...new Set(found)];
}

/** Commits by the names that people know: the branch that is checked out, tags, branches (experiments/utils.py, describe). */
export function baselineNames(home: Home): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { ref } of listRefs(home.top, "refs/heads/").toReversed()) {
    names.set(commitAt(home.top, ref) ?? "", ref.slice("refs/heads/".length));
  }
  for (const { ref } of listRefs(home.top, "refs/tags/").toReversed()) {
    names.set(commitAt(home.top, ref) ?? "", ref.slice("refs/tags/".length));
  }
  const branch = callGit(home.top, ["rev-parse", "--abbrev-ref", "HEAD"]).trim();
  if (branch !== "HEAD") names.set(home.head, branch);
  return names;
}

interface Wanted {
  readonly revision: string;
  readonly name: string | null;
  readonly depsOnly: boolean;
}

/** What goes wrong in one commit is told with it: the others are shown. */
function stateOf(project: Project, { revision, name, depsOnly }: Wanted): ExperimentState {
  try {
    const lasting = !depsOnly && revision !== "workspace";
    const known = lasting ? rememberedData(project, revision) : null;
    const data = known ?? dataOf(project, revision, depsOnly);
    if (lasting && known === null) rememberData(project, revision, data);
    return { revision, name, data, error: null };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { revision, name, data: null, error: { type: error.name, message: error.message } };
  }
}

function dataOf(project: Project, revision: string, depsOnly: boolean): ExperimentData {
  const view = openView(project, revision);
  return {
    timeMs: view.commit === null ? null : commitTime(project.root, view.commit),
    params: paramsOf(view, { depsOnly }),
    metrics: metricsOf(view, []),
    deps: new Map(view.pipelines.stages.flatMap((stage) => depsOf(project, stage))),
    outs: outsOf(project, view),
  };
}

const none: RecordedContent = { md5: null, bytes: null, files: null };

function depsOf(project: Project, stage: GraphStage): readonly (readonly [string, RecordedContent])[] {
  if (stage.kind === "data") {
    return stage.record.deps.flatMap(({ path, repo, content }) => {
      const facts = plainValue(content) as Readonly<Record<string, unknown>>;
      const md5 = facts["md5"] ?? facts["etag"] ?? facts["checksum"] ?? null;
      const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
      const own = {
        md5: md5 === null ? null : String(md5),
        bytes: number(facts["size"]),
        files: number(facts["nfiles"]),
      };
      return repo === null ? [[path, own] as const] : [];
    });
  }
  return stage.deps.map((dep) => [shown(project, dep), contentOf(lockedDep(stage, dep))] as const);
}

function outsOf(project: Project, view: View): ReadonlyMap<string, RecordedOutput> {
  return new Map(
    view.pipelines.stages.flatMap((stage) =>
      stage.outs.flatMap((out, i) => {
        if (out.kind !== "out") return [];
        const entry = stage.kind === "stage" ? lockedOut(stage, out) : (stage.record.outs[i] ?? null);
        const own = { ...contentOf(entry), cache: out.cache, data: stage.kind === "data" };
        return [[shown(project, out), own] as const];
      }),
    ),
  );
}

function contentOf(
  entry: { readonly md5: string | null; readonly size: number | null; readonly nfiles: number | null } | null,
): RecordedContent {
  return entry === null ? none : { md5: entry.md5, bytes: entry.size, files: entry.nfiles };
}

function shown(project: Project, { path, absolute }: StagePath): string {
  return path ?? relative(project.root, absolute);
}

/** How two experiments, commits or the folder differ, as `dvc exp diff`. @param revisions `workspace` for the folder @throws {ExperimentError} */
export function diffExperiments(
  project: Project,
  revisions: readonly [string, string],
  options: { readonly all?: boolean; readonly paramDeps?: boolean } = {},
): { readonly metrics: ValuesDiff; readonly params: ValuesDiff } {
  const home = openHome(project);
  const at = (revision: string): ExperimentData => {
    const known = revision === "workspace" ? revision : experimentAt(home, revision);
    return dataOf(project, known, options.paramDeps === true);
  };
  const [old, now] = [at(revisions[0]), at(revisions[1])];
  const all = options.all === true;
  return { metrics: diffValues(old.metrics, now.metrics, all), params: diffValues(old.params, now.params, all) };
}
