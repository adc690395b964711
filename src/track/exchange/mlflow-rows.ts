import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { openDatabase, type Project } from "../../store/index.ts";
import { type RunRow, recordsOf } from "../local/index.ts";
import type { DatasetInput, MetricPoint, RunRecord } from "../record.ts";
import { readSeries } from "../series/index.ts";
import { type InsertRow, inserter, type Row } from "./insert-rows.ts";
import { type ModelCounts, type ModelTarget, putLoggedModels, putRegistry } from "./mlflow-model-rows.ts";
import { writtenRevision } from "./mlflow-revisions.ts";
import { mlflowSchema } from "./mlflow-schema.ts";
import { foreignArtifactsTag, foreignIdTag } from "./put-run.ts";

/** An experiment to export, by its row. */
export interface ExperimentRow {
  readonly id: number;
  readonly name: string;
  readonly lifecycle: string;
  readonly created: number;
  readonly updated: number;
}

/** Writes experiments and runs into an empty database of MLflow's. */
export interface MlflowRows {
  /** @param root folder of all artifacts; null where they stay in the project @returns its number there */
  putExperiment(experiment: ExperimentRow, root: string | null): bigint | number;
  /** @returns points written */
  putRun(run: RunRow, place: RunPlace): number;
  /** The logged models of experiments, whose runs are there already, and the registry where it is asked for. */
  putModels(options: Pick<ModelTarget, "experiments" | "root"> & { readonly registry: boolean }): ModelCounts;
  commit(): void;
}

export interface RunPlace {
  readonly experiment: bigint | number;
  /** With the run's artifacts: absolute. */
  readonly folder: string;
}

/** Makes the tables; nothing is in the file before `commit()`. */
export function mlflowRows(connection: DatabaseSync, project: Project): MlflowRows {
  // A file that is not whole has no name yet: nothing has to be taken back.
  connection.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON; BEGIN");
  connection.exec(mlflowSchema);
  const target: Target = { connection, project, datasets: new Map(), insert: inserter(connection) };
  target.insert("alembic_version", { version_num: writtenRevision });
  return {
    putExperiment: (experiment, root) => putExperiment(target, { experiment, root }),
    putRun: (run, place) => putRun(target, { run, place }),
    putModels: ({ registry, ...options }) => {
      const models: ModelTarget = { project, insert: target.insert, ...options };
      return { ...putLoggedModels(models), versions: registry ? putRegistry(models) : 0 };
    },
    commit: () => {
      if (connection.prepare("SELECT 1 FROM experiments WHERE experiment_id = 0").get() === undefined)
        putDefault(target);
      connection.exec("COMMIT");
    },
  };
}

interface Target {
  readonly connection: DatabaseSync;
  readonly project: Project;
  /** Ids of data sets by experiment, name and digest: MLflow keeps each once. */
  readonly datasets: Map<string, string>;
  readonly insert: InsertRow;
}

/** MLflow makes it in each of its databases, and its client counts on it. */
function putDefault({ insert, project }: Target): void {
  const location = uriOf(join(project.stemmaFolder, "artifacts", "0"));
  insert("experiments", {
    experiment_id: 0,
    name: "Default",
    artifact_location: location,
    lifecycle_stage: "active",
    creation_time: 0,
    last_update_time: 0,
  });
}

function putExperiment(
  target: Target,
  { experiment, root }: { readonly experiment: ExperimentRow; readonly root: string | null },
): bigint | number {
  const tags = openDatabase(target.project).read<{ readonly key: string; readonly value: string }>(
    "SELECT key, value FROM experiment_tag WHERE experiment = ? ORDER BY key",
    experiment.id,
  );
  const foreign = tags.find(({ key }) => key === foreignIdTag)?.value ?? "";
  const id = /^\d{1,18}$/.test(foreign) ? BigInt(foreign) : experiment.id;
  const kept = join(target.project.stemmaFolder, "artifacts", String(experiment.id));
  target.insert("experiments", {
    experiment_id: id,
    name: experiment.name,
    artifact_location: uriOf(root === null ? kept : join(root, String(id))),
    lifecycle_stage: experiment.lifecycle,
    creation_time: experiment.created,
    last_update_time: experiment.updated,
  });
  for (const { key, value } of tags)
    if (key !== foreignIdTag) target.insert("experiment_tags", { key, value, experiment_id: id });
  return id;
}

function putRun(target: Target, { run: row, place }: { readonly run: RunRow; readonly place: RunPlace }): number {
  const [run] = recordsOf(target.project, [row]);
  if (run === undefined) return 0;
  const { [foreignArtifactsTag]: elsewhere, ...kept } = run.tags;
  const tags: Readonly<Record<string, string>> = {
    ...(run.parentId === null ? {} : { "mlflow.parentRunId": run.parentId }),
    "mlflow.runName": run.name,
    ...kept,
  };
  target.insert("runs", {
    ...runFields(run, sourceType(tags["mlflow.source.type"])),
    artifact_uri: elsewhere ?? uriOf(place.folder),
    experiment_id: place.experiment,
    deleted_time: run.lifecycle === "deleted" ? deletedMs(target.project, row.id) : null,
  });
  for (const [key, value] of Object.entries(run.params)) target.insert("params", { key, value, run_uuid: run.id });
  for (const [key, value] of Object.entries(tags)) target.insert("tags", { key, value, run_uuid: run.id });
  for (const input of run.inputs) putInput(target, input, { run: run.id, experiment: place.experiment });
  return putMetrics(target, { run, row });
}

function runFields(run: RunRecord, source: string): Row {
  return {
    run_uuid: run.id,
    name: run.name,
    source_type: source,
    source_name: "",
    entry_point_name: "",
    source_version: "",
    user_id: run.user,
    status: run.status,
    start_time: run.startMs,
    end_time: run.endMs,
    lifecycle_stage: run.lifecycle,
  };
}

// The table refuses others.
function sourceType(tag = ""): string {
  return ["NOTEBOOK", "JOB", "LOCAL", "PROJECT"].includes(tag) ? tag : "UNKNOWN";
}

function deletedMs(project: Project, run: number): number | null {
  const row = openDatabase(project).first<{ readonly deleted: number | null }>(
    "SELECT deleted FROM run WHERE id = ?",
    run,
  );
  return row?.deleted ?? null;
}

function putInput(
  target: Target,
  input: DatasetInput,
  { run, experiment }: { readonly run: string; readonly experiment: bigint | number },
): void {
  const key = JSON.stringify([String(experiment), input.name, input.digest]);
  const known = target.datasets.get(key);
  const dataset = known ?? randomUUID().replaceAll("-", "");
  if (known === undefined) {
    target.datasets.set(key, dataset);
    target.insert("datasets", {
      dataset_uuid: dataset,
      experiment_id: experiment,
      name: input.name,
      digest: input.digest,
      dataset_source_type: input.sourceType,
      dataset_source: input.source,
      dataset_schema: input.schema,
      dataset_profile: input.profile,
    });
  }
  const id = randomUUID().replaceAll("-", "");
  target.insert("inputs", {
    input_uuid: id,
    source_type: "DATASET",
    source_id: dataset,
    destination_type: "RUN",
    destination_id: run,
    step: 0,
  });
  for (const [name, value] of Object.entries(input.tags)) target.insert("input_tags", { input_uuid: id, name, value });
}

function putMetrics(target: Target, { run, row }: { readonly run: RunRecord; readonly row: RunRow }): number {
  let points = 0;
  const insert = target.connection.prepare(
    "INSERT OR IGNORE INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)",
  );
  for (const [key, latest] of Object.entries(run.metrics)) {
    const { steps, times, values } = readSeries(target.project, { row: row.id, id: run.id }, key);
    for (let i = 0; i < steps.length; i++) {
      const { value, isNan } = stored(values[i] ?? 0);
      insert.run(key, value, times[i] ?? 0, steps[i] ?? 0, isNan, run.id);
    }
    points += steps.length;
    // MLflow's search and tables read only these.
    target.insert("latest_metrics", latestRow(run.id, { key, latest }));
  }
  return points;
}

function latestRow(run: string, { key, latest }: { readonly key: string; readonly latest: MetricPoint }): Row {
  const { value, isNan } = stored(latest.value);
  return { key, value, timestamp: latest.timeMs, step: latest.step, is_nan: isNan, run_uuid: run };
}

/** As MLflow keeps a value: NaN apart, an infinity as the greatest double. */
function stored(value: number): { readonly value: number; readonly isNan: 0 | 1 } {
  if (Number.isNaN(value)) return { value: 0, isNan: 1 };
  return { value: Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value)), isNan: 0 };
}

function uriOf(folder: string): string {
  return pathToFileURL(folder).href;
}
