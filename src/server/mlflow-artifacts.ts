import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  artifactUri,
  invalidValue,
  list,
  MlflowError,
  printFile,
  queryBody,
  readRunId,
  requestFields,
} from "../format/index.ts";
import type { ArtifactEntry } from "../track/index.ts";
import { type Answer, json } from "./answer.ts";
import { artifactSegments, findInside, placeInside } from "./artifact-path.ts";
import { type ArtifactRoot, proxiedPlace, runRoot, sourcePlace } from "./artifact-root.ts";
import { existingRun, existingVersion } from "./existing.ts";
import { servedFolder } from "./projects.ts";
import type { Call } from "./request.ts";
import type { Handler, Route, Served } from "./route.ts";

/** MLflow's routes of artifacts, below `/api/2.0/mlflow/`. */
export const artifactRoutes: readonly Route[] = [
  { method: "GET", path: "artifacts/list", handle: listOfRun },
  { method: "POST", path: "artifacts/presigned-upload-url", handle: notOffered("Presigned uploads") },
  { method: "POST", path: "upload-artifact", handle: uploadToRun },
];

/** Downloads that MLflow has at the root and below `ajax-api`. */
export const getArtifactRoutes: readonly Route[] = ["", "/ajax-api/2.0/mlflow"].flatMap((base) => [
  { method: "GET", path: `${base}/get-artifact`, handle: download } as const,
  { method: "GET", path: `${base}/model-versions/get-artifact`, handle: downloadOfVersion } as const,
]);

const proxies = ["/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts"];

/** What a client reads and writes `mlflow-artifacts:` URIs through. */
export const proxyRoutes: readonly Route[] = proxies.flatMap((base) => [
  { method: "GET", path: `${base}/artifacts`, handle: listProxied } as const,
  { method: "GET", path: `${base}/artifacts/*`, handle: downloadProxied } as const,
  { method: "PUT", path: `${base}/artifacts/*`, handle: uploadProxied } as const,
  { method: "DELETE", path: `${base}/artifacts/*`, handle: deleteProxied } as const,
  // One PUT takes a file of any size here; clients fall back to it at this answer, as with MLflow's own local folder.
  { method: "POST", path: `${base}/mpu/*`, handle: notOffered("Multipart uploads") } as const,
  { method: "GET", path: `${base}/presigned/*`, handle: notOffered("Presigned downloads") } as const,
]);

function notOffered(what: string): Handler {
  return async () => {
    throw new MlflowError("NOT_IMPLEMENTED", `${what} are not offered: send and fetch files in one request each.`);
  };
}

async function listOfRun(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(queryBody(call.query));
  const run = await existingRun(served, readRunId(fields));
  const files = await entries(runRoot(served, run), fields.optionalText("path") ?? "");
  return json({ root_uri: artifactUri(run), ...list("files", files.map(printEntry)) });
}

async function download(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(queryBody(call.query));
  // The panel's addition to MLflow's question: a run of a project below the served folder.
  const folder = fields.optionalText("folder");
  const place = folder === null ? served : servedFolder(served, folder);
  return file(runRoot(place, await existingRun(place, readRunId(fields))), fields.text("path"));
}

async function downloadOfVersion(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(queryBody(call.query));
  const version = await existingVersion(fields, served);
  const { root, path } = await sourcePlace(served, await served.models().downloadUri(version));
  return file(root, [path, fields.text("path")].filter((part) => part !== "").join("/"));
}

/** The upload of MLflow's pages. */
async function uploadToRun(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(queryBody(call.query));
  const run = await existingRun(served, readRunId(fields));
  return upload(call, served, { root: runRoot(served, run), path: fields.text("path") });
}

async function listProxied(call: Call, served: Served): Promise<Answer> {
  const { root, path } = await proxiedPlace(served, requestFields(queryBody(call.query)).text("path"));
  const files = await entries(root, path);
  // Names, not paths: the client puts the folder in front itself.
  return json(
    list(
      "files",
      files.map((entry) => printEntry({ ...entry, path: basename(entry.path) })),
    ),
  );
}

async function downloadProxied(call: Call, served: Served): Promise<Answer> {
  const { root, path } = await proxiedPlace(served, call.parts["*"] ?? "");
  return file(root, path);
}

async function uploadProxied(call: Call, served: Served): Promise<Answer> {
  return upload(call, served, await proxiedPlace(served, call.parts["*"] ?? ""));
}

async function deleteProxied(call: Call, served: Served): Promise<Answer> {
  const { root, path } = await proxiedPlace(served, call.parts["*"] ?? "");
  await root.checkWritable();
  if (path === "") throw invalidValue("path", "", "name a file or folder of it; runs are deleted with runs/delete.");
  const found = await findInside(root.folder, artifactSegments(path));
  if (found !== null) await rm(found, { recursive: true });
  return json({});
}

interface Target {
  readonly root: ArtifactRoot;
  readonly path: string;
}

async function upload(call: Call, served: Served, { root, path }: Target): Promise<Answer> {
  await root.checkWritable();
  const target = await placeInside(root.folder, artifactSegments(path));
  await receive(call.message, target, join(served.project.stemmaFolder, "tmp"));
  return json({});
}

async function entries(root: ArtifactRoot, path: string): Promise<readonly ArtifactEntry[]> {
  const segments = artifactSegments(path.replace(/\/$/, ""));
  const folder = await findInside(root.folder, segments);
  // A file has no entries, as in MLflow: this is how its client tells files from folders.
  if (folder === null || !(await stat(folder)).isDirectory()) return [];
  return segments.length === 0 ? root.list() : root.list(segments.join("/"));
}

async function file(root: ArtifactRoot, path: string): Promise<Answer> {
  const found = await findInside(root.folder, artifactSegments(path));
  const facts = found === null ? null : await stat(found);
  if (found === null || !facts?.isFile()) {
    throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `${root.owner} has no artifact file ${JSON.stringify(path)}.`);
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
