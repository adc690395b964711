import type { ArtifactEntry, MetricPoint } from "../record.ts";

/** The stages of a version before there were aliases; MLflow keeps them for old projects. */
export type ModelStage = "None" | "Staging" | "Production" | "Archived";

export const modelStages: readonly ModelStage[] = ["None", "Staging", "Production", "Archived"];

/** A version by what names it. */
export interface VersionKey {
  readonly name: string;
  /** Counted from 1; the number of a deleted version is not given again. */
  readonly version: number;
}

/** A name in the registry, with what all its versions share. */
export interface RegisteredModel {
  readonly name: string;
  /** Markdown; empty where there is none. */
  readonly description: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Version by alias: `{ champion: 3 }`. */
  readonly aliases: Readonly<Record<string, number>>;
  /** The newest version of each stage that has one, by rising version. */
  readonly latest: readonly ModelVersion[];
}

/** One version of a registered model. */
export interface ModelVersion extends VersionKey {
  readonly description: string;
  readonly stage: ModelStage;
  /** Where it came from: `models:/m-…`, `runs:/<run>/model`, a folder, or another URI. */
  readonly source: string;
  readonly runId: string | null;
  /** The logged model that it is a version of; null for one that MLflow 2 or a foreign tool registered. */
  readonly modelId: string | null;
  readonly runLink: string | null;
  readonly status: "PENDING_REGISTRATION" | "READY" | "FAILED_REGISTRATION";
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly tags: Readonly<Record<string, string>>;
  /** By name. */
  readonly aliases: readonly string[];
}

export interface NewVersion {
  readonly source: string;
  readonly runId?: string | null;
  readonly modelId?: string | null;
  readonly runLink?: string | null;
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** What is asked of the registry; MLflow's grammar, and OR, NOT and brackets. */
export interface RegistryQuery {
  /** Models: `name`, `tags`. Versions: `name`, `version_number`, `run_id`, `source_path`, `tags`. */
  readonly filter?: string;
  /** `name ASC`, `last_updated_timestamp DESC`, for versions also `version_number`, `creation_timestamp`. */
  readonly orderBy?: readonly string[];
  /** Of one page: models 1 to 1,000 (100 where absent), versions 1 to 200,000 (10,000). */
  readonly limit?: number;
  readonly pageToken?: string;
}

export interface ModelPage<T> {
  readonly items: readonly T[];
  /** Null at the end. */
  readonly nextPageToken: string | null;
}

/**
 * The registry: names, their versions and aliases. Kept in the project's database or on a tracking server; both pass one
 * conformance suite. Names and limits are MLflow's.
 *
 * Calls on a model that is not there throw {@link ModelNotFoundError}, on a version {@link VersionNotFoundError};
 * names, tags and aliases that MLflow refuses throw {@link NameError}, other values {@link ValueError}.
 */
export interface ModelStore {
  /** @throws {ModelExistsError} */
  createModel(
    name: string,
    options?: { readonly description?: string; readonly tags?: Readonly<Record<string, string>> },
  ): Promise<RegisteredModel>;
  model(name: string): Promise<RegisteredModel | null>;
  /** Versions, tags and aliases go with it. @throws {ModelExistsError} */
  renameModel(name: string, newName: string): Promise<RegisteredModel>;
  updateModel(name: string, change: { readonly description: string }): Promise<RegisteredModel>;
  /** Deletes it with its versions; the logged models stay. */
  deleteModel(name: string): Promise<void>;
  /** By name where no order is given; prompts, which MLflow keeps as models, are left out. @throws {FilterError} @throws {PageTokenError} */
  searchModels(query?: RegistryQuery): Promise<ModelPage<RegisteredModel>>;
  setModelTag(name: string, key: string, value: string): Promise<void>;
  /** Nothing happens where there is no such tag. */
  deleteModelTag(name: string, key: string): Promise<void>;

  /** Points an alias at a version; it leaves the one it was at. */
  setAlias(key: VersionKey, alias: string): Promise<void>;
  /** Nothing happens where there is no such alias. */
  deleteAlias(name: string, alias: string): Promise<void>;
  /** `latest` is the highest version. @throws {AliasNotFoundError} */
  versionByAlias(name: string, alias: string): Promise<ModelVersion>;

  /** The next version of a model that there is. */
  createVersion(name: string, version: NewVersion): Promise<ModelVersion>;
  version(key: VersionKey): Promise<ModelVersion | null>;
  updateVersion(key: VersionKey, change: { readonly description: string }): Promise<ModelVersion>;
  deleteVersion(key: VersionKey): Promise<void>;
  /** Newest change first where no order is given. @throws {FilterError} @throws {PageTokenError} */
  searchVersions(query?: RegistryQuery): Promise<ModelPage<ModelVersion>>;
  /** The newest version of each of these stages, or of all. */
  latestVersions(name: string, stages?: readonly string[]): Promise<readonly ModelVersion[]>;
  /** @param options `archiveExisting` moves what else is in Staging or Production to Archived */
  setStage(key: VersionKey, stage: string, options?: { readonly archiveExisting?: boolean }): Promise<ModelVersion>;
  setVersionTag(key: VersionKey, tag: string, value: string): Promise<void>;
  deleteVersionTag(key: VersionKey, tag: string): Promise<void>;
  /** Where the files lie: the source, followed to the logged model or version that it names. */
  downloadUri(key: VersionKey): Promise<string>;
}

export type LoggedModelStatus = "PENDING" | "READY" | "FAILED";

/** A model as MLflow 3 logs it: a thing of its own in an experiment, made by a run. */
export interface LoggedModel {
  /** `m-` and 32 hex digits. */
  readonly id: string;
  readonly experimentId: string;
  readonly name: string;
  /** The kind of flavour, free text: `onnx`, `agent`. */
  readonly modelType: string | null;
  readonly status: LoggedModelStatus;
  readonly sourceRunId: string | null;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
  /** The latest point of each metric, run and data set. */
  readonly metrics: readonly ModelMetric[];
  readonly registrations: readonly VersionKey[];
  /** What clients of a server are told: `mlflow-artifacts:/<experiment>/models/<id>/artifacts`, or what a foreign server has. */
  readonly artifactUri: string;
  /** Absolute; null where the files are not on this machine. */
  readonly artifactFolder: string | null;
}

/** A point that a run measured of a model. */
export interface ModelMetric extends MetricPoint {
  readonly key: string;
  readonly runId: string;
  readonly datasetName: string | null;
  readonly datasetDigest: string | null;
}

export interface NewLoggedModel {
  readonly experimentId: string;
  /** Generated where absent. */
  readonly name?: string;
  readonly modelType?: string | null;
  readonly sourceRunId?: string | null;
  readonly params?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface LoggedModelOrder {
  /** `name`, `creation_time` …, or `metrics.rmse`. */
  readonly field: string;
  /** True where absent. */
  readonly ascending?: boolean;
  readonly datasetName?: string;
  readonly datasetDigest?: string;
}

export interface LoggedModelQuery {
  readonly experimentIds: readonly string[];
  /** On `name`, `model_id`, `model_type`, `status`, `source_run_id`, `creation_time`, `last_updated_time`, metrics, params, tags. */
  readonly filter?: string;
  /** Metrics count only where they were measured on one of these; models without such a metric are not found. */
  readonly datasets?: readonly { readonly name: string; readonly digest?: string }[];
  /** Newest first where absent. */
  readonly orderBy?: readonly LoggedModelOrder[];
  /** 50 where absent. */
  readonly limit?: number;
  readonly pageToken?: string;
}

/** The models of a run: those it took, and those it made. */
export interface RunModels {
  readonly inputs: readonly { readonly modelId: string }[];
  readonly outputs: readonly { readonly modelId: string; readonly step: number }[];
}

/**
 * Logged models with their files. Calls on one that is not there, or is deleted, throw {@link LoggedModelNotFoundError}.
 */
export interface LoggedModelStore {
  /** Status PENDING until it is finalized. */
  createLoggedModel(model: NewLoggedModel): Promise<LoggedModel>;
  loggedModel(id: string): Promise<LoggedModel | null>;
  finalizeLoggedModel(id: string, status: LoggedModelStatus): Promise<LoggedModel>;
  /** Its files stay until `gc`. */
  deleteLoggedModel(id: string): Promise<void>;
  searchLoggedModels(query: LoggedModelQuery): Promise<ModelPage<LoggedModel>>;
  logLoggedModelParams(id: string, params: Readonly<Record<string, string>>): Promise<void>;
  /** The points are the run's too, as in MLflow; the same point twice is kept once. */
  logLoggedModelMetrics(id: string, metrics: readonly ModelMetric[]): Promise<void>;
  setLoggedModelTags(id: string, tags: Readonly<Record<string, string>>): Promise<void>;
  /** @throws {ValueError} there is no such tag */
  deleteLoggedModelTag(id: string, key: string): Promise<void>;

  logModelInputs(runId: string, modelIds: readonly string[]): Promise<void>;
  logModelOutputs(runId: string, outputs: RunModels["outputs"]): Promise<void>;
  /** The models of one run. @throws {RunNotFoundError} */
  runModels(runId: string): Promise<RunModels>;

  /** The experiment of a run. @throws {RunNotFoundError} */
  experimentOfRun(runId: string): Promise<string>;

  modelFiles(id: string, folder?: string): Promise<readonly ArtifactEntry[]>;
  writeModelFile(id: string, path: string, bytes: Uint8Array): Promise<void>;
  /** Keeps a copy of a file of this machine, which passes through without being held in memory. */
  uploadModelFile(id: string, path: string, file: string): Promise<void>;
  readModelFile(id: string, path: string): Promise<Uint8Array>;
}
