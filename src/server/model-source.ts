import { realpathSync } from "node:fs";
import { isAbsolute, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { artifactUri, MlflowError } from "../format/index.ts";
import type { Served } from "./route.ts";

/** What a request says a source belongs to. */
export interface SourceOwner {
  readonly runId: string | null;
  readonly modelId: string | null;
}

/**
 * Lets a version be made of a source, or says why not: whoever may name any path would read any file of this machine as
 * "model files" (CVE-2023-6909 and its kin).
 *
 * @throws {MlflowError} a path or an artifact that is not of the named run or logged model, a path with `..`
 */
export async function checkSource(served: Served, source: string, owner: SourceOwner): Promise<void> {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(source)?.[1]?.toLowerCase() ?? "file";
  if (scheme === "models") return checkModels(source, owner);
  if (scheme === "file") return checkLocal(served, source, owner);
  if (/(^|[/\\])\.\.([/\\]|$)/.test(decoded(source)) || /[#?]/.test(source)) {
    throw refused(source, "It may have no '..', '#' or '?'.");
  }
  if (scheme === "runs" && owner.runId !== /^runs:\/([^/]+)\/./.exec(source)?.[1]) {
    throw refused(source, "run_id has to be the run that is in it.");
  }
  if (scheme === "mlflow-artifacts") await checkProxied(served, source, owner);
}

function checkModels(source: string, { modelId }: SourceOwner): void {
  const [, id = "", version] = /^models:\/([^/@]+)(?:\/(\d+)|@.+)?$/.exec(source) ?? [];
  if (id === "") throw refused(source, "Write models:/m-… or models:/name/3.");
  const isLogged = id.startsWith("m-") && version === undefined;
  if (isLogged && modelId !== id) throw refused(source, "model_id has to be the logged model that is in it.");
}

async function checkLocal(served: Served, source: string, owner: SourceOwner): Promise<void> {
  const path = source.startsWith("file:") ? pathOf(source) : source;
  const folders = await foldersOf(served, owner);
  const real = path !== null && isAbsolute(path) ? realPath(path) : null;
  if (real !== null && folders.some((folder) => real === folder || real.startsWith(folder + sep))) return;
  throw refused(source, "A path has to lie in the artifacts of the run that run_id names.");
}

async function checkProxied(served: Served, source: string, { runId, modelId }: SourceOwner): Promise<void> {
  const run = runId === null ? null : await served.runs().run(runId);
  const model = modelId === null ? null : await served.models().loggedModel(modelId);
  const roots = [run === null ? [] : [artifactUri(run)], model === null ? [] : [model.artifactUri]].flat();
  if (roots.some((root) => source === root || source.startsWith(`${root}/`))) return;
  throw refused(source, "It has to lie in the artifacts of the run or model that run_id or model_id names.");
}

async function foldersOf(served: Served, { runId, modelId }: SourceOwner): Promise<readonly string[]> {
  const run = runId === null ? null : await served.runs().run(runId);
  const model = modelId === null ? null : await served.models().loggedModel(modelId);
  return [run?.artifactFolder, model?.artifactFolder]
    .map((folder) => (folder == null ? null : realPath(folder)))
    .filter((folder) => folder !== null);
}

function pathOf(uri: string): string | null {
  try {
    return fileURLToPath(uri);
  } catch {
    // Another host, or percent signs that hide a slash: no path of ours.
    return null;
  }
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    // What is not there is inside of nothing.
    return null;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign is a letter like any other.
    return text;
  }
}

function refused(source: string, way: string): MlflowError {
  return new MlflowError("INVALID_PARAMETER_VALUE", `Invalid model version source: '${source}'. ${way}`);
}
