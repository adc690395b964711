import { join } from "node:path";
import { openDatabase, type Project } from "../../store/index.ts";
import { RunNotFoundError } from "../errors.ts";
import { dropTag, runRow } from "../local/index.ts";
import type { ArtifactEntry } from "../record.ts";
import { localRegistry } from "../registry/index.ts";
import { unsentTag } from "../server-tags.ts";
import { localStore, readRun } from "../stores/index.ts";
import { missingPoints } from "./missing-points.ts";
import type { Push, PushServer } from "./push.ts";
import { whilePushing } from "./push-lock.ts";
import { pushModels } from "./push-models.ts";
import { send, sendTexts } from "./send.ts";
import { createOnServer, findOnServer, pushedIdTag, sentTags } from "./server-run.ts";

/** What was sent of a run. */
export interface Pushed {
  /** The run's id in the project. */
  readonly id: string;
  readonly name: string;
  /** Its id on the server, which is the same for a run that was opened there. */
  readonly serverId: string;
  /** Whether the server had nothing of it before. */
  readonly isNew: boolean;
  readonly points: number;
  /** Params, tags and inputs. */
  readonly values: number;
  readonly artifacts: number;
  /** Logged models, and versions of artifacts. */
  readonly models: number;
  /** What the server does not take, in sentences. */
  readonly problems: readonly string[];
}

/**
 * Sends what a server does not have of a run: found by comparing, so that it may be done again, and after any failure.
 *
 * @throws {RunNotFoundError} @throws {PushLockedError} @throws {ServerDownError} @throws {ServerTrustError}
 * @throws {ServerAuthError} @throws {ServerAnswerError}
 */
export function pushRun(project: Project, server: PushServer, id: string): Promise<Pushed> {
  return whilePushing(project, server.runs.url, () => push(project, server, id));
}

async function push(project: Project, server: PushServer, id: string): Promise<Pushed> {
  const record = readRun(project, id);
  if (record === null) throw new RunNotFoundError(id);
  const known = await findOnServer(server.runs, record);
  if (known?.lifecycle === "deleted") await server.runs.restoreRun(known.id);
  const found = known ?? (await createOnServer(project, server.runs, record));
  const here = { runs: localStore(project), models: localRegistry(project) };
  const push: Push = { here, server, record, found, problems: [] };
  const values = (await pushParams(push)) + (await pushTags(push)) + (await pushInputs(push));
  const points = await pushPoints(push);
  const artifacts = await pushArtifacts(push);
  const models = await pushModels(push);
  await pushStatus(push);
  if (push.problems.length === 0 && record.status !== "RUNNING")
    openDatabase(project).write((sql) => dropTag(sql, runRow(sql, id).id, unsentTag));
  const { problems } = push;
  const { name } = record;
  return { id, name, serverId: found.id, isNew: known === null, points, values, artifacts, models, problems };
}

function pushParams(push: Push): Promise<number> {
  const {
    server: { runs },
    record,
    found,
  } = push;
  const missing = Object.entries(record.params).filter(([name, text]) => own(found.params, name) !== text);
  return sendTexts(push, Object.fromEntries(missing), (texts) => runs.logParams(found.id, texts));
}

function pushTags(push: Push): Promise<number> {
  const {
    server: { runs },
    record,
    found,
  } = push;
  const wanted = { ...sentTags(record), ...(found.id === record.id ? {} : { [pushedIdTag]: record.id }) };
  const missing = Object.entries(wanted).filter(([name, text]) => own(found.tags, name) !== text);
  return sendTexts(push, Object.fromEntries(missing), (texts) => runs.setTags(found.id, texts));
}

function own(texts: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(texts, name) ? texts[name] : undefined;
}

async function pushInputs(push: Push): Promise<number> {
  const {
    server: { runs },
    record,
    found,
  } = push;
  const known = new Set(found.inputs.map(({ name, digest }) => JSON.stringify([name, digest])));
  const missing = record.inputs.filter(({ name, digest }) => !known.has(JSON.stringify([name, digest])));
  if (missing.length === 0) return 0;
  return (await send(push, "inputs", () => runs.logInputs(found.id, missing))) * missing.length;
}

async function pushPoints(push: Push): Promise<number> {
  const {
    here,
    server: { runs },
    record,
    found,
  } = push;
  let sent = 0;
  for (const key of Object.keys(record.metrics)) {
    const points = await here.runs.metricHistory(record.id, key);
    const known = Object.hasOwn(found.metrics, key) ? await runs.metricHistory(found.id, key) : [];
    const missing = missingPoints(points, known).map((point) => ({ key, ...point }));
    if (missing.length === 0) continue;
    sent += (await send(push, `metric ${key}`, () => runs.logMetrics(found.id, missing))) * missing.length;
  }
  return sent;
}

async function pushArtifacts(push: Push): Promise<number> {
  const {
    here,
    server: { runs },
    record,
    found,
  } = push;
  const entries = await walk((folder) => here.runs.artifacts(record.id, folder));
  if (entries.length === 0) return 0;
  const there = new Map<string, number | null>();
  const listed = await walk((folder) => runs.artifacts(found.id, folder));
  for (const { path, bytes } of listed) there.set(path, bytes);
  let sent = 0;
  for (const { path, bytes } of entries) {
    if (there.get(path) === bytes) continue;
    const file = join(record.artifactFolder, ...path.split("/"));
    sent += await send(push, `artifact ${path}`, () => runs.uploadArtifact(found.id, path, file));
  }
  return sent;
}

/** The files of a tree of artifacts. */
async function walk(list: (folder: string) => Promise<readonly ArtifactEntry[]>): Promise<readonly ArtifactEntry[]> {
  const files: ArtifactEntry[] = [];
  const folders = [""];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift())
    for (const entry of await list(folder)) {
      if (entry.folder) folders.push(entry.path);
      else files.push(entry);
    }
  return files;
}

async function pushStatus(push: Push): Promise<void> {
  const {
    server: { runs },
    record,
    found,
  } = push;
  const { status, endMs, lifecycle } = record;
  const isOver = found.endMs !== null && found.status !== "RUNNING" && found.status !== "SCHEDULED";
  // A run that was gone on with elsewhere: the server knows better how it ended than who was not heard of any more.
  const knowsBetter = status === "RUNNING" || (status === "KILLED" && isOver);
  const differs = status !== found.status || (endMs !== null && endMs !== found.endMs);
  if (differs && !knowsBetter)
    await send(push, `status ${status}`, () =>
      runs.updateRun(found.id, { status, ...(endMs === null ? {} : { endMs }) }),
    );
  if (lifecycle === "deleted") await send(push, "deletion", () => runs.deleteRun(found.id));
}
