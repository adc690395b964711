/** Models and their versions as MLflow's REST API writes them (protos/model_registry.proto, protos/service.proto). */
import { list, type MlflowPoint, printMetric, printPairs, type Wire } from "./mlflow-api.ts";

export interface MlflowVersion {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly stage: string;
  readonly source: string;
  readonly runId: string | null;
  readonly runLink: string | null;
  readonly modelId: string | null;
  readonly status: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly aliases: readonly string[];
}

export interface MlflowRegisteredModel {
  readonly name: string;
  readonly description: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly aliases: Readonly<Record<string, number>>;
  readonly latest: readonly MlflowVersion[];
}

export interface MlflowModelMetric extends MlflowPoint {
  readonly key: string;
  readonly runId: string;
  readonly datasetName: string | null;
  readonly datasetDigest: string | null;
}

export interface MlflowLoggedModel {
  readonly id: string;
  readonly experimentId: string;
  readonly name: string;
  readonly modelType: string | null;
  readonly status: string;
  readonly sourceRunId: string | null;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
  readonly metrics: readonly MlflowModelMetric[];
  readonly artifactUri: string;
}

/** A logged model and what it is registered as, which answers say in a tag. */
export interface MlflowRegisteredLoggedModel extends MlflowLoggedModel {
  readonly registrations: readonly { readonly name: string; readonly version: number }[];
}

/** A registered model as `registered-models/get` answers it; the versions in it have no aliases there, as in MLflow. */
export function printRegisteredModel(model: MlflowRegisteredModel): Wire {
  return {
    name: model.name,
    creation_timestamp: model.createdMs,
    last_updated_timestamp: model.updatedMs,
    ...(model.description === "" ? {} : { description: model.description }),
    ...list(
      "latest_versions",
      model.latest.map((version) => printVersion({ ...version, aliases: [] })),
    ),
    ...list("tags", printPairs(model.tags)),
    ...list(
      "aliases",
      Object.entries(model.aliases).map(([alias, version]) => ({ alias, version: String(version) })),
    ),
  };
}

/** A version as `model-versions/get` answers it; its number is text there. */
export function printVersion(version: MlflowVersion): Wire {
  return {
    name: version.name,
    version: String(version.version),
    creation_timestamp: version.createdMs,
    last_updated_timestamp: version.updatedMs,
    current_stage: version.stage,
    description: version.description,
    source: version.source,
    run_id: version.runId ?? "",
    status: version.status,
    ...list("tags", printPairs(version.tags)),
    run_link: version.runLink ?? "",
    ...list("aliases", version.aliases),
    ...(version.modelId === null ? {} : { model_id: version.modelId }),
  };
}

/** A logged model as `logged-models/<id>` answers it. */
export function printLoggedModel(model: MlflowRegisteredLoggedModel): Wire {
  return {
    info: {
      model_id: model.id,
      experiment_id: model.experimentId,
      name: model.name,
      creation_timestamp_ms: model.createdMs,
      last_updated_timestamp_ms: model.updatedMs,
      artifact_uri: model.artifactUri,
      status: wireStatus[model.status] ?? "LOGGED_MODEL_STATUS_UNSPECIFIED",
      ...(model.modelType === null ? {} : { model_type: model.modelType }),
      ...(model.sourceRunId === null ? {} : { source_run_id: model.sourceRunId }),
      ...list("tags", printPairs(modelTags(model))),
    },
    data: {
      ...list("params", printPairs(model.params)),
      ...list(
        "metrics",
        model.metrics.map((metric) => printModelMetric(metric, model.id)),
      ),
    },
  };
}

// Clients read from this tag what the model is registered as; its JSON is as Python writes it.
function modelTags({ tags, registrations }: MlflowRegisteredLoggedModel): Readonly<Record<string, string>> {
  if (registrations.length === 0 || "mlflow.modelVersions" in tags) return tags;
  const versions = registrations.map(({ name, version }) => `{"name": ${JSON.stringify(name)}, "version": ${version}}`);
  return { ...tags, "mlflow.modelVersions": `[${versions.join(", ")}]` };
}

function printModelMetric(metric: MlflowModelMetric, modelId: string): Wire {
  return {
    ...printMetric(metric.key, metric),
    ...(metric.datasetName === null ? {} : { dataset_name: metric.datasetName }),
    ...(metric.datasetDigest === null ? {} : { dataset_digest: metric.datasetDigest }),
    model_id: modelId,
    run_id: metric.runId,
  };
}

const wireStatus: Readonly<Record<string, string>> = {
  PENDING: "LOGGED_MODEL_PENDING",
  READY: "LOGGED_MODEL_READY",
  FAILED: "LOGGED_MODEL_UPLOAD_FAILED",
};

/** The names of {@link wireStatus}, and protobuf's numbers for them. */
export function readModelStatus(wire: string | number | null): "PENDING" | "READY" | "FAILED" | null {
  if (wire === "LOGGED_MODEL_PENDING" || wire === 1) return "PENDING";
  if (wire === "LOGGED_MODEL_READY" || wire === 2) return "READY";
  return wire === "LOGGED_MODEL_UPLOAD_FAILED" || wire === 3 ? "FAILED" : null;
}
