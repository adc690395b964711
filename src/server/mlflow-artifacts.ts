import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { artifactUri, list, MlflowError, printFile, queryBody, readRunId, requestFields } from "../format/index.ts";
import type { ArtifactEntry, RunRecord } from "../track/index.ts";
import { type Answer, json } from "./answer.ts";
import { artifactSegments, findInside, placeInside } from "./artifact-path.ts";
import { existingRun, writableRun } from "./mlflow-runs.ts";
import { servedFolder } from "./projects.ts";
import type { Call } from "./request.ts";
import type { Route, Served } from "./route.ts";

/** MLflow's routes of artifacts, below `/api/2.0/mlflow/`. */
export const artifactRoutes: readonly Route[] = [{ method: "GET", path: "artifacts/list", handle: listOfRun }];

/** `get-artifact`, which MLflow has at the root and below `ajax-api`. */
export const getArtifactRoutes: readonly Route[] = [
  { method: "GET", path: "/get-artifact", handle: download },
  { method: "GET", path: "/ajax-api/2.0/mlflow/get-artifact", handle: download },
];

const proxies = ["/api/2.0/mlflow-artifacts/artifacts", "/ajax-api/2.0/mlflow-artifacts/artifacts"];

/** What a client reads and writes `mlflow-artifacts:` URIs through. */
export const proxyRoutes: readonly Route[] = proxies.flatMap((base) => [
  { method: "GET", path: base, handle: listProxied } as const,
  { method: "GET", path: `${base}/*`, handle: downloadProxied } as const,
  { method: "PUT", path: `${base}/*`, handle: uploadProxied } as const,
]);

async function listOfRun(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(queryBody(call.query));
  const run = await existingRun(served, readRunId(fields));
  const files = await entries(served, run, fields.optionalText("path") ?? "");
  return json({ root_uri: artifactUri(run), ...list("files", files.map(printEntry)) });
}

async function download(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(queryBody(call.query));
  // The panel's addition to MLflow's question: a run of a project below the served folder.
  const folder = fields.optionalText("folder");
  const place = folder === null ? served : servedFolder(served, folder);
  return file(await existingRun(place, readRunId(fields)), fields.text("path"));
}

async function listProxied(call: Call, served: Served): Promise<Answer> {
  const { run, path } = await proxied(served, requestFields(queryBody(call.query)).text("path"));
  const files = await entries(served, run, path);
  // Names, not paths: the client puts the folder in front itself.
  return json(
    list(
      "files",
      files.map((entry) => printEntry({ ...entry, path: basename(entry.path) })),
    ),
  );
}

async function downloadProxied(call: Call, served: Served): Promise<Answer> {
  const { run, path } = await proxied(served, restOfPath(call));
  return file(run, path);
}

async function uploadProxied(call: Call, served: Served): Promise<Answer> {
  const { run, path } = await proxied(served, restOfPath(call));
  await writableRun(served, run.id);
  const target = await placeInside(run.artifactFolder, artifactSegments(path));
  await receive(call.message, target, join(served.project.stemmaFolder, "tmp"));
  return json({});
}

function restOfPath(call: Call): string {
  const base = proxies.find((path) => call.path.startsWith(`${path}/`)) ?? "";
  return call.path.slice(base.length + 1);
}

/** The run and the path in its artifacts that `<experiment>/<run>/artifacts/<path>` names. */
async function proxied(served: Served, path: string): Promise<{ readonly run: RunRecord; readonly path: string }> {
  const [experiment, id, folder, ...rest] = artifactSegments(path.replace(/\/$/, ""));
  const run = id === undefined ? null : await served.runs().run(id);
  if (run !== null && run.experimentId === experiment && folder === "artifacts") return { run, path: rest.join("/") };
  throw new MlflowError(
    "RESOURCE_DOES_NOT_EXIST",
    `No artifacts at ${JSON.stringify(path)}. Artifacts of runs are at <experiment id>/<run id>/artifacts/<path>.`,
  );
}

async function entries(served: Served, run: RunRecord, path: string): Promise<readonly ArtifactEntry[]> {
  const segments = artifactSegments(path.replace(/\/$/, ""));
  const folder = await findInside(run.artifactFolder, segments);
  // A file has no entries, as in MLflow: this is how its client tells files from folders.
  if (folder === null || !(await stat(folder)).isDirectory()) return [];
  return segments.length === 0 ? served.runs().artifacts(run.id) : served.runs().artifacts(run.id, segments.join("/"));
}

async function file(run: RunRecord, path: string): Promise<Answer> {
  const found = await findInside(run.artifactFolder, artifactSegments(path));
  const facts = found === null ? null : await stat(found);
  if (found === null || !facts?.isFile()) {
    throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `The run ${run.id} has no artifact file ${JSON.stringify(path)}.`);
  }
  return { kind: "file", path: found, name: basename(path), bytes: facts.size };
}

function printEntry(entry: ArtifactEntry): ReturnType<typeof printFile> {
  return printFile(entry.path, entry.folder, entry.bytes);
}

// Written aside in the same file system, and on the disk before it has its name: a broken upload leaves nothing behind.
async function receive(message: IncomingMessage, target: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const aside = join(folder, randomUUID());
  try {
    await pipeline(message, createWriteStream(aside, { flags: "wx", flush: true }));
    await rename(aside, target);
  } finally {
    await rm(aside, { force: true });
  }
  const parent = await open(dirname(target), "r");
  await parent.sync().finally(() => parent.close());
}
