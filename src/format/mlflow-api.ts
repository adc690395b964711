/**
 * What goes over the wire of MLflow's REST API, as its protobuf JSON writes it: snake_case, whole numbers as numbers,
 * empty lists and unset fields left out (mlflow/utils/proto_json_utils.py, message_to_json).
 */

/** A metric point: NaN and the infinities are kept. */
export interface MlflowPoint {
  readonly value: number;
  readonly step: number;
  readonly timeMs: number;
}

export interface MlflowExperiment {
  readonly id: string;
  readonly name: string;
  readonly lifecycle: "active" | "deleted";
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly tags: Readonly<Record<string, string>>;
}

export interface MlflowDataset {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface MlflowRun {
  readonly id: string;
  readonly name: string;
  readonly experimentId: string;
  readonly status: string;
  readonly lifecycle: "active" | "deleted";
  readonly user: string;
  readonly startMs: number;
  readonly endMs: number | null;
  readonly parentId: string | null;
  readonly params: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, MlflowPoint>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly inputs: readonly MlflowDataset[];
}

/** A JSON object on its way out. */
export interface Wire {
  readonly [field: string]: unknown;
}

/** `mlflow-artifacts:/<experiment>/<run>/artifacts`: a client reads and writes it through the server that gave it. */
export function artifactUri(run: { readonly experimentId: string; readonly id: string }): string {
  return `mlflow-artifacts:/${run.experimentId}/${run.id}/artifacts`;
}

/** An experiment as `experiments/get` answers it. */
export function printExperiment(experiment: MlflowExperiment): Wire {
  return {
    experiment_id: experiment.id,
    name: experiment.name,
    artifact_location: `mlflow-artifacts:/${experiment.id}`,
    lifecycle_stage: experiment.lifecycle,
    last_update_time: experiment.updatedMs,
    creation_time: experiment.createdMs,
    ...list("tags", printPairs(experiment.tags)),
  };
}

/** The logged models of a run. */
export interface MlflowRunModels {
  readonly inputs: readonly { readonly modelId: string }[];
  readonly outputs: readonly { readonly modelId: string; readonly step: number }[];
}

/** A run as `runs/get` answers it: info, data with the latest point of each metric, inputs, outputs. */
export function printRun(run: MlflowRun, models: MlflowRunModels = { inputs: [], outputs: [] }): Wire {
  const metrics = Object.entries(run.metrics).map(([key, point]) => printMetric(key, point));
  const inputs = run.inputs.map(printDatasetInput);
  return {
    info: printRunInfo(run),
    data: {
      ...list("metrics", metrics),
      ...list("params", printPairs(run.params)),
      ...list("tags", printPairs(runTags(run))),
    },
    inputs: {
      ...list("dataset_inputs", inputs),
      ...list(
        "model_inputs",
        models.inputs.map(({ modelId }) => ({ model_id: modelId })),
      ),
    },
    outputs: list(
      "model_outputs",
      models.outputs.map(({ modelId, step }) => ({ model_id: modelId, step })),
    ),
  };
}

/** A run without its data, as `runs/update` answers it; `run_uuid` is the id's older name, which old clients read. */
export function printRunInfo(run: MlflowRun): Wire {
  return {
    run_uuid: run.id,
    experiment_id: run.experimentId,
    run_name: run.name,
    user_id: run.user,
    status: run.status,
    start_time: run.startMs,
    ...(run.endMs === null ? {} : { end_time: run.endMs }),
    artifact_uri: artifactUri(run),
    lifecycle_stage: run.lifecycle,
    run_id: run.id,
  };
}

/** One metric point; `runId` only where several runs are in one answer. */
export function printMetric(key: string, point: MlflowPoint, runId?: string): Wire {
  return {
    key,
    value: printNumber(point.value),
    timestamp: point.timeMs,
    step: point.step,
    ...(runId === undefined ? {} : { run_id: runId }),
  };
}

/** A file or folder of an artifact listing; folders have no size. */
export function printFile(path: string, folder: boolean, bytes: number | null): Wire {
  return { path, is_dir: folder, ...(bytes === null || folder ? {} : { file_size: bytes }) };
}

/** A field that is left out when its list is empty. */
export function list(field: string, items: readonly unknown[]): Wire {
  return items.length === 0 ? {} : { [field]: items };
}

// protobuf's JSON writes "NaN", "Infinity" and "-Infinity" as strings, and its readers take any number as a string:
// the one way for -0 to outlive JSON.stringify.
function printNumber(value: number): number | string {
  if (Object.is(value, -0)) return "-0.0";
  return Number.isFinite(value) ? value : String(value);
}

// MLflow's clients read these three from the tags, where its own server keeps them.
function runTags(run: MlflowRun): Readonly<Record<string, string>> {
  return {
    ...run.tags,
    ...(run.name === "" ? {} : { "mlflow.runName": run.name }),
    ...(run.user === "" ? {} : { "mlflow.user": run.user }),
    ...(run.parentId === null ? {} : { "mlflow.parentRunId": run.parentId }),
  };
}

/** A data set of a run, as `runs/log-inputs` takes it and `runs/get` gives it. */
export function printDatasetInput(input: MlflowDataset): Wire {
  return {
    ...list("tags", printPairs(input.tags)),
    dataset: {
      name: input.name,
      digest: input.digest,
      source_type: input.sourceType,
      source: input.source,
      ...(input.schema === null ? {} : { schema: input.schema }),
      ...(input.profile === null ? {} : { profile: input.profile }),
    },
  };
}

/** The `{key, value}` list of params or tags. */
export function printPairs(record: Readonly<Record<string, string>>): readonly Wire[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}
