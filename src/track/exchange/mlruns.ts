import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type MlrunsMeta, parseMlrunsMetric } from "../../format/index.ts";
import { type DatasetInput, type RunStatus, runStatuses } from "../record.ts";
import { columnsFrom } from "../series/index.ts";
import { artifactFoldersOf } from "./artifact-folders.ts";
import { ImportSourceError } from "./errors.ts";
import type { ForeignExperiment, ForeignMetric, ForeignRun, ForeignSource } from "./foreign.ts";
import type { ForeignRunModel } from "./foreign-models.ts";
import { filesIn, foldersIn, metaOf, numberOf, textOf, textsIn, trash } from "./mlruns-files.ts";
import { mlrunsModels } from "./mlruns-models.ts";

/** Folders of an experiment that are no runs. */
const reserved = new Set(["tags", "datasets", "traces", "models"]);

/** Whether a folder is MLflow's file store: it has experiments, or deleted ones. */
export function isMlruns(folder: string): boolean {
  return experimentFolders(folder).length > 0;
}

/** A `mlruns/` folder, as MLflow's file store wrote it until 3.6. @throws {FormatError} */
export function mlrunsFolder(folder: string): ForeignSource {
  const experiments = new Map(experimentFolders(folder).map((path) => [basename(path), path]));
  const runs = new Map<string, string>();
  const skipped: string[] = [];
  for (const [experiment, path] of experiments) {
    for (const run of foldersIn(path).filter((name) => !reserved.has(name))) {
      if (existsSync(join(path, run, "meta.yaml"))) runs.set(run, experiment);
      else skipped.push(join(basename(path), run));
    }
  }
  const runFolder = (id: string): string => join(experiments.get(runs.get(id) ?? "") ?? folder, id);
  return {
    title: "MLflow file store",
    experiments: () => [...experiments].map(([id, path]) => readExperiment(id, path)),
    runIds: (experiment) => [...runs].flatMap(([id, of]) => (of === experiment ? [id] : [])),
    run: (id) => readRun(runFolder(id), folder),
    metrics: (id) => readMetrics(runFolder(id)),
    countPoints: (id) => [...readMetrics(runFolder(id))].reduce((sum, { columns }) => sum + columns.steps.length, 0),
    models: () => mlrunsModels(folder, experiments),
    notes: () => skipped.map((path) => `${path} has no meta.yaml and was left out.`),
    close: () => {},
  };
}

function experimentFolders(folder: string): readonly string[] {
  return [folder, join(folder, trash)].flatMap((parent) =>
    foldersIn(parent)
      .map((name) => join(parent, name))
      .filter((path) => basename(path) !== "models" && existsSync(join(path, "meta.yaml"))),
  );
}

function readExperiment(id: string, folder: string): ForeignExperiment {
  const meta = metaOf(folder);
  const created = numberOf(meta, "creation_time") ?? 0;
  return {
    id,
    name: textOf(meta, "name") ?? id,
    lifecycle:
      basename(dirname(folder)) === trash || textOf(meta, "lifecycle_stage") === "deleted" ? "deleted" : "active",
    createdMs: created,
    updatedMs: numberOf(meta, "last_update_time") ?? created,
    deletedMs: null,
    tags: Object.fromEntries(textsIn(join(folder, "tags"))),
  };
}

function readRun(folder: string, store: string): ForeignRun {
  const meta = metaOf(folder);
  const tags = textsIn(join(folder, "tags"));
  const id = basename(folder);
  const uri = textOf(meta, "artifact_uri") ?? "";
  const beside = dirname(store);
  return {
    id,
    name: textOf(meta, "run_name") || tags.get("mlflow.runName") || id,
    status: statusOf(meta, folder),
    lifecycle: textOf(meta, "lifecycle_stage") === "deleted" ? "deleted" : "active",
    user: textOf(meta, "user_id") ?? tags.get("mlflow.user") ?? "",
    startMs: numberOf(meta, "start_time") ?? 0,
    endMs: numberOf(meta, "end_time"),
    deletedMs: numberOf(meta, "deleted_time"),
    params: textsIn(join(folder, "params")),
    tags,
    inputs: readInputs(folder),
    models: readRunModels(folder),
    artifactUri: uri,
    artifactFolders: [join(folder, "artifacts"), ...artifactFoldersOf(uri, { owner: id, beside })],
  };
}

// mlflow/protos/service.proto, RunStatus.
const statusNumbers: readonly RunStatus[] = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];

function statusOf(meta: MlrunsMeta, folder: string): RunStatus {
  const text = textOf(meta, "status") ?? "";
  const named = runStatuses.find((status) => status === text) ?? statusNumbers[Number(text) - 1];
  if (named !== undefined) return named;
  throw new ImportSourceError(`${join(folder, "meta.yaml")}: status is ${JSON.stringify(text)}; want 1 to 5.`);
}

/** The data sets of a run: each input names one of those that lie with the experiment. */
function readInputs(folder: string): readonly DatasetInput[] {
  const datasets = join(dirname(folder), "datasets");
  return foldersIn(join(folder, "inputs")).flatMap((input) => {
    const meta = metaOf(join(folder, "inputs", input));
    const source = textOf(meta, "source_id") ?? "";
    const path = join(datasets, source);
    if (textOf(meta, "source_type") !== "DATASET" || !existsSync(join(path, "meta.yaml"))) return [];
    const dataset = metaOf(path);
    const tags = meta.get("tags");
    return [
      {
        name: textOf(dataset, "name") ?? "",
        digest: textOf(dataset, "digest") ?? "",
        sourceType: textOf(dataset, "source_type") ?? "",
        source: textOf(dataset, "source") ?? "",
        schema: textOf(dataset, "schema"),
        profile: textOf(dataset, "profile"),
        tags: tags instanceof Map ? Object.fromEntries(tags) : {},
      },
    ];
  });
}

/** The logged models that a run took, and those it made. */
function readRunModels(folder: string): readonly ForeignRunModel[] {
  const inputs = foldersIn(join(folder, "inputs")).flatMap((input): readonly ForeignRunModel[] => {
    const meta = metaOf(join(folder, "inputs", input));
    const model = textOf(meta, "source_id");
    return textOf(meta, "source_type") === "MODEL" && model !== null ? [{ role: "input", model, step: 0 }] : [];
  });
  const outputs = foldersIn(join(folder, "outputs")).map((model): ForeignRunModel => {
    const step = numberOf(metaOf(join(folder, "outputs", model)), "step") ?? 0;
    return { role: "output", model, step };
  });
  return [...inputs, ...outputs];
}

function* readMetrics(folder: string): Iterable<ForeignMetric> {
  for (const [name, path] of filesIn(join(folder, "metrics"))) {
    const points = parseMlrunsMetric(readFileSync(path, "utf8"), path);
    if (points.length > 0) yield { name, columns: columnsFrom(points) };
  }
}
