import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openDatabase, type Project } from "../../store/index.ts";
import { copyArtifacts } from "./copy-artifacts.ts";
import type { InsertRow } from "./insert-rows.ts";

/** Where a run or logged model of ours goes in the exported database. */
export interface ModelTarget {
  readonly project: Project;
  readonly insert: InsertRow;
  /** The number there of each experiment that is exported, by its row here. */
  readonly experiments: ReadonlyMap<number, bigint | number>;
  /** Folder of all artifacts; null where they stay in the project. */
  readonly root: string | null;
}

/** What was written. */
export interface ModelCounts {
  readonly models: number;
  readonly versions: number;
  readonly files: number;
  readonly bytes: number;
}

interface LoggedRow {
  readonly id: number;
  readonly uuid: string;
  readonly experiment: number;
  readonly name: string;
  readonly type: string | null;
  readonly status: string;
  readonly lifecycle: string;
  readonly source_run: string | null;
  readonly created: number;
  readonly updated: number;
}

/** Writes the logged models of the experiments, with what their runs took and made of them. */
export function putLoggedModels(target: ModelTarget): Omit<ModelCounts, "versions"> {
  const database = openDatabase(target.project);
  const rows = database
    .read<LoggedRow>("SELECT * FROM logged_model ORDER BY id")
    .filter(({ experiment }) => target.experiments.has(experiment));
  const copied = { files: 0, bytes: 0 };
  for (const row of rows) {
    const from = join(target.project.stemmaFolder, "artifacts", String(row.experiment), "models", row.uuid);
    const folder = loggedFolder(target, row);
    if (target.root !== null) {
      const { files, bytes } = copyArtifacts(from, folder);
      copied.files += files;
      copied.bytes += bytes;
    }
    putLoggedModel(target, row, folder);
  }
  putLinks(target);
  return { models: rows.length, ...copied };
}

function loggedFolder(
  { project, root, experiments }: ModelTarget,
  { experiment, uuid }: Pick<LoggedRow, "experiment" | "uuid">,
): string {
  if (root === null) return join(project.stemmaFolder, "artifacts", String(experiment), "models", uuid);
  return join(root, String(experiments.get(experiment)), "models", uuid, "artifacts");
}

// mlflow/entities/logged_model_status.py
const statusNumbers: Readonly<Record<string, number>> = { PENDING: 1, READY: 2, FAILED: 3 };

function putLoggedModel({ project, insert, experiments }: ModelTarget, row: LoggedRow, folder: string): void {
  const experiment_id = experiments.get(row.experiment) ?? row.experiment;
  const { uuid: model_id } = row;
  insert("logged_models", {
    model_id,
    experiment_id,
    name: row.name,
    artifact_location: pathToFileURL(folder).href,
    creation_timestamp_ms: row.created,
    last_updated_timestamp_ms: row.updated,
    status: statusNumbers[row.status] ?? 0,
    lifecycle_stage: row.lifecycle,
    model_type: row.type ?? "",
    source_run_id: row.source_run,
  });
  const database = openDatabase(project);
  for (const { key, value } of database.read<Pair>("SELECT key, value FROM logged_model_tag WHERE model = ?", row.id))
    insert("logged_model_tags", { model_id, experiment_id, tag_key: key, tag_value: value });
  for (const { key, value } of database.read<Pair>("SELECT key, value FROM logged_model_param WHERE model = ?", row.id))
    insert("logged_model_params", { model_id, experiment_id, param_key: key, param_value: value });
  for (const metric of database.read<MetricRow>("SELECT * FROM logged_model_metric WHERE model = ?", row.id)) {
    // Its runs are in the file, or MLflow's foreign key refuses it.
    if (database.first("SELECT 1 FROM run WHERE uuid = ? AND experiment = ?", metric.run, row.experiment) === null)
      continue;
    insert("logged_model_metrics", {
      model_id,
      experiment_id,
      metric_name: metric.key,
      metric_timestamp_ms: metric.time,
      metric_step: metric.step,
      metric_value: metric.value,
      run_id: metric.run,
      dataset_name: metric.dataset_name || null,
      dataset_digest: metric.dataset_digest || null,
    });
  }
}

interface Pair {
  readonly key: string;
  readonly value: string;
}

interface MetricRow {
  readonly key: string;
  readonly run: string;
  readonly dataset_name: string;
  readonly dataset_digest: string;
  readonly step: number;
  readonly time: number;
  readonly value: number | null;
}

function putLinks({ project, insert, experiments }: ModelTarget): void {
  const links = openDatabase(project).read<{
    readonly uuid: string;
    readonly experiment: number;
    readonly role: "input" | "output";
    readonly model: string;
    readonly step: number;
  }>("SELECT run.uuid, run.experiment, m.role, m.model, m.step FROM run_model m JOIN run ON run.id = m.run");
  for (const { uuid, experiment, role, model, step } of links) {
    if (!experiments.has(experiment)) continue;
    insert("inputs", {
      input_uuid: randomUUID().replaceAll("-", ""),
      source_type: role === "input" ? "RUN_INPUT" : "RUN_OUTPUT",
      source_id: uuid,
      destination_type: role === "input" ? "MODEL_INPUT" : "MODEL_OUTPUT",
      destination_id: model,
      step,
    });
  }
}

interface RegisteredRow {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly created: number;
  readonly updated: number;
}

interface VersionRow {
  readonly id: number;
  readonly version: number;
  readonly stage: string;
  readonly description: string;
  readonly source: string;
  readonly location: string;
  readonly run: string | null;
  readonly run_link: string | null;
  readonly status: string;
  readonly deleted: number;
  readonly created: number;
  readonly updated: number;
}

/** Writes the registry. @returns versions written */
export function putRegistry(target: ModelTarget): number {
  const database = openDatabase(target.project);
  let versions = 0;
  for (const model of database.read<RegisteredRow>("SELECT * FROM registered_model ORDER BY id")) {
    const { name } = model;
    target.insert("registered_models", {
      name,
      creation_time: model.created,
      last_updated_time: model.updated,
      description: model.description,
    });
    for (const { key, value } of database.read<Pair>(
      "SELECT key, value FROM registered_model_tag WHERE model = ?",
      model.id,
    ))
      target.insert("registered_model_tags", { key, value, name });
    for (const row of database.read<VersionRow>(
      "SELECT * FROM model_version WHERE model = ? ORDER BY version",
      model.id,
    )) {
      putVersion(target, name, row);
      versions += 1 - row.deleted;
    }
    for (const { alias, version } of database.read<{ readonly alias: string; readonly version: number }>(
      "SELECT alias, version FROM model_alias WHERE model = ?",
      model.id,
    ))
      target.insert("registered_model_aliases", { alias, version, name });
  }
  return versions;
}

function putVersion(target: ModelTarget, name: string, row: VersionRow): void {
  target.insert("model_versions", {
    name,
    version: row.version,
    creation_time: row.created,
    last_updated_time: row.updated,
    description: row.description,
    user_id: null,
    current_stage: row.deleted === 1 ? "Deleted_Internal" : row.stage,
    source: row.source,
    run_id: row.run,
    status: row.status,
    run_link: row.run_link,
    storage_location: locationOf(target, row.location),
  });
  const tags = openDatabase(target.project).read<Pair>(
    "SELECT key, value FROM model_version_tag WHERE version = ?",
    row.id,
  );
  for (const { key, value } of tags) target.insert("model_version_tags", { key, value, name, version: row.version });
}

/** Where the files of a version lie for MLflow: our own addresses mean something to our server only. */
function locationOf(target: ModelTarget, location: string): string {
  const [, experiment = "", path = ""] = /^mlflow-artifacts:\/(\d+)\/(.+)$/.exec(location) ?? [];
  if (path === "") return location;
  const [, model] = /^models\/([^/]+)\/artifacts$/.exec(path) ?? [];
  if (model !== undefined)
    return pathToFileURL(loggedFolder(target, { experiment: Number(experiment), uuid: model })).href;
  const [run = "", , ...rest] = path.split("/");
  const folder =
    target.root === null
      ? join(target.project.stemmaFolder, "artifacts", experiment, run)
      : join(target.root, String(target.experiments.get(Number(experiment)) ?? experiment), run, "artifacts");
  return pathToFileURL(join(folder, ...rest)).href;
}
