import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { lockStageValue, pythonJson, type YamlMap } from "../../format/index.ts";
import { callGit, commitAt, ignoredPaths, setRef, writeCommit, writeWorkingTree } from "../../git/index.ts";
import type { Project } from "../../store/index.ts";
import { lockFileOf } from "../load-pipelines.ts";
import { collectPlots, sourcesOf } from "../plots/index.ts";
import { openSession } from "../session.ts";
import { type GraphStage, stageId } from "../stage.ts";
import { openView } from "../view.ts";
import { ExperimentNameTakenError } from "./error.ts";
import { type Experiment, type Home, refOf } from "./refs.ts";

/** What is written down of an experiment. */
export interface RecordedExperiment {
  readonly name: string;
  readonly baseline: string;
  readonly force: boolean;
  /** Of the commit; DVC's without it. */
  readonly message: string | null;
}

/**
 * The digest in the message of an experiment's commit: of what `dvc.lock` says about stages (executor/base.py, hash_exp).
 *
 * @param ids of the stages
 */
export function experimentDigest(project: Project, ids: ReadonlySet<string>): string {
  const entries = new Map<string, YamlMap>();
  for (const stage of openSession(project).graph.stages) {
    if (stage.kind === "stage" && stage.lock !== null && ids.has(stageId(stage))) {
      entries.set(stage.name, lockStageValue(stage.lock) as YamlMap);
    }
  }
  return createHash("sha256")
    .update(pythonJson(entries, { sorted: true }))
    .digest("hex");
}

/** Files of the project that an experiment's commit has although git may not know them yet: absolute. */
export function filesToAdd(project: Project, stages: readonly GraphStage[]): readonly string[] {
  const outs = stages.flatMap((stage) => stage.outs.filter((out) => out.cache && out.path !== null));
  const inside = (path: string): boolean =>
    outs.some(
      (out) => out.path === path || path.startsWith(`${out.path}/`) || out.path?.startsWith(`${path}/`) === true,
    );
  const files = [...stages.flatMap(filesOfStage), ...topLevelFiles(project)].filter((path) => !inside(path));
  const present = [...new Set(files)].filter((path) => existsSync(join(project.root, path)));
  const ignored = ignoredPaths(project.root, present);
  return present.filter((path) => !ignored.has(path)).map((path) => join(project.root, path));
}

// dvc/stage/utils.py, _get_stage_files
function filesOfStage(stage: GraphStage): readonly string[] {
  if (stage.kind === "data") return [stage.file];
  const own = [stage.file, lockFileOf(stage.file)];
  const read = [...stage.deps, ...stage.params].flatMap(({ path }) => (path === null ? [] : [path]));
  const made = stage.outs.flatMap((out) => (out.cache || out.path === null ? [] : [out.path]));
  return [...own, ...read, ...made];
}

/** Metrics, params and plots that a `dvc.yaml` names beside its stages. */
export function topLevelFiles(project: Project): readonly string[] {
  const view = openView(project, "workspace");
  const named = view.pipelines.files.flatMap(({ file, top: { metrics, params } }) =>
    [...metrics, ...params].map((path) => posix.join(posix.dirname(file), path)),
  );
  const plots = collectPlots(view, { folder: "", targets: [], props: new Map() });
  const sources = [...plots.values()].flatMap(({ id, props }) => sourcesOf(id, props));
  return [...named, ...sources];
}

/** Makes the experiment of what lies in a folder's files now. @param top of the folder: the repository's, or a worktree's @throws {ExperimentNameTakenError} */
export function recordExperiment(
  home: Home,
  recorded: RecordedExperiment,
  from: { readonly top: string; readonly digest: string; readonly add: readonly string[] },
): Experiment {
  const { name, baseline, force } = recorded;
  const tree = writeWorkingTree(from.top, { add: from.add });
  const message = recorded.message ?? `dvc: commit experiment ${from.digest}`;
  const ref = refOf(baseline, name);
  const old = commitAt(home.top, ref);
  if (old !== null && !force) {
    if (callGit(home.top, ["rev-parse", `${old}^{tree}`]).trim() !== tree) throw new ExperimentNameTakenError(name);
    return { name, baseline, commit: old, ref };
  }
  const commit = writeCommit(home.top, { tree, parents: [baseline], message });
  setRef(home.top, { ref, commit });
  return { name, baseline, commit, ref };
}
