import { MlflowError, type RequestFields } from "../format/index.ts";
import type { ExperimentRecord, LoggedModel, ModelVersion, RunRecord, VersionKey } from "../track/index.ts";
import type { Served } from "./route.ts";

/** @throws {MlflowError} there is none with this id */
export async function existingExperiment(served: Served, id: string): Promise<ExperimentRecord> {
  const experiment = await served.runs().experiment(id);
  if (experiment !== null) return experiment;
  throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `No Experiment with id=${id} exists`);
}

/** @throws {MlflowError} there is none with this id */
export async function existingRun(served: Served, id: string): Promise<RunRecord> {
  const run = await served.runs().run(id);
  if (run === null) throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `Run with id=${id} not found`);
  return run;
}

/** @throws {MlflowError} there is none with this id, or it is deleted */
export async function writableRun(served: Served, id: string): Promise<RunRecord> {
  const run = await existingRun(served, id);
  if (run.lifecycle === "active") return run;
  throw new MlflowError(
    "INVALID_PARAMETER_VALUE",
    `The run ${id} must be in the 'active' state. Current state is deleted. Restore it with runs/restore.`,
  );
}

/** @throws {MlflowError} there is none with this id, or it is deleted */
export async function existingModel(served: Served, id: string): Promise<LoggedModel> {
  const model = await served.models().loggedModel(id);
  if (model !== null) return model;
  throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `Logged model with ID '${id}' not found.`);
}

/** The version that a request names. @throws {MlflowError} it is no number, or there is none */
export async function existingVersion(fields: RequestFields, served: Served): Promise<ModelVersion> {
  const key = readVersionKey(fields);
  const version = await served.models().version(key);
  if (version !== null) return version;
  throw new MlflowError(
    "RESOURCE_DOES_NOT_EXIST",
    `Model Version (name=${key.name}, version=${key.version}) not found.`,
  );
}

function readVersionKey(fields: RequestFields): VersionKey {
  const name = fields.text("name");
  const text = fields.text("version");
  if (/^\d{1,15}$/.test(text)) return { name, version: Number(text) };
  throw new MlflowError("INVALID_PARAMETER_VALUE", `Model version must be an integer, got '${text}'`);
}
