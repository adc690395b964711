import { MlflowError } from "../format/index.ts";
import type { ArtifactEntry, LoggedModel, RunRecord } from "../track/index.ts";
import { artifactSegments } from "./artifact-path.ts";
import { existingModel, existingRun, writableRun } from "./existing.ts";
import type { Served } from "./route.ts";

/** The files of one run, or of one logged model. */
export interface ArtifactRoot {
  /** "The run 3f2a…", for sentences. */
  readonly owner: string;
  /** Absolute; need not be there yet. */
  readonly folder: string;
  list(folder?: string): Promise<readonly ArtifactEntry[]>;
  /** @throws {MlflowError} the owner takes no files: it is deleted */
  checkWritable(): Promise<void>;
}

/** A place in them; `path` is relative, with `/`. */
export interface ProxiedPlace {
  readonly root: ArtifactRoot;
  readonly path: string;
}

export function runRoot(served: Served, run: RunRecord): ArtifactRoot {
  return {
    owner: `The run ${run.id}`,
    folder: run.artifactFolder,
    list: (folder) => served.runs().artifacts(run.id, folder),
    checkWritable: async () => void (await writableRun(served, run.id)),
  };
}

/** @throws {MlflowError} its files are not on this machine */
export function modelRoot(served: Served, model: LoggedModel): ArtifactRoot {
  if (model.artifactFolder === null) {
    throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `The files of model ${model.id} are not on this server.`);
  }
  return {
    owner: `The model ${model.id}`,
    folder: model.artifactFolder,
    list: (folder) => served.models().modelFiles(model.id, folder),
    checkWritable: async () => void (await existingModel(served, model.id)),
  };
}

/**
 * What `<experiment>/<run>/artifacts/<path>` or `<experiment>/models/<model>/artifacts/<path>` names: the part of an
 * `mlflow-artifacts:` URI behind the server.
 *
 * @throws {MlflowError} there is no such run or model, or the path may not be used
 */
export async function proxiedPlace(served: Served, path: string): Promise<ProxiedPlace> {
  const [experiment = "", ...below] = artifactSegments(path.replace(/\/$/, ""));
  const [id = "", folder, ...rest] = below[0] === "models" ? below.slice(1) : below;
  const root = folder === "artifacts" ? await rootOf(served, { experiment, id, isModel: below[0] === "models" }) : null;
  if (root !== null) return { root, path: rest.join("/") };
  throw new MlflowError(
    "RESOURCE_DOES_NOT_EXIST",
    `No artifacts at ${JSON.stringify(path)}. Artifacts of runs are at <experiment id>/<run id>/artifacts/<path>, those of models at <experiment id>/models/<model id>/artifacts/<path>.`,
  );
}

/** The files that a version is made of, and the folder in them. @throws {MlflowError} they are not on this server */
export async function sourcePlace(served: Served, uri: string): Promise<ProxiedPlace> {
  const [, run, path = ""] = /^runs:\/([^/]+)\/(.*)$/.exec(uri) ?? [];
  if (run !== undefined) return { root: runRoot(served, await existingRun(served, run)), path };
  const proxied = /^mlflow-artifacts:\/+(.*)$/.exec(uri)?.[1];
  if (proxied !== undefined) return proxiedPlace(served, proxied);
  throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `The files of ${JSON.stringify(uri)} are not on this server.`);
}

interface Owner {
  readonly experiment: string;
  readonly id: string;
  readonly isModel: boolean;
}

async function rootOf(served: Served, { experiment, id, isModel }: Owner): Promise<ArtifactRoot | null> {
  if (isModel) {
    const model = await served.models().loggedModel(id);
    return model?.experimentId === experiment ? modelRoot(served, model) : null;
  }
  const run = await served.runs().run(id);
  return run?.experimentId === experiment ? runRoot(served, run) : null;
}
