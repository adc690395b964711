import { join } from "node:path";
import { errorFacts, StemmaError } from "../../error.ts";
import { openDatabase, type Project } from "../../store/index.ts";
import { RunNotFoundError } from "../errors.ts";
import { dropTag, runRow } from "../local/index.ts";
import type { ArtifactEntry, MetricPoint, RunRecord } from "../record.ts";
import type { NamedPoint } from "../run-store.ts";
import { unsentTag } from "../server-tags.ts";
import {
  localStore,
  type RestRuns,
  readRun,
  ServerAnswerError,
  ServerAuthError,
  ServerDownError,
} from "../stores/index.ts";
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
  /** What the server does not take, in sentences. */
  readonly problems: readonly string[];
}

/**
 * Sends what a server does not have of a run: found by comparing, so that it may be done again, and after any failure.
 *
 * @throws {RunNotFoundError} @throws {ServerDownError} @throws {ServerAuthError} @throws {ServerAnswerError}
 */
export async function pushRun(project: Project, server: RestRuns, id: string): Promise<Pushed> {
  const record = readRun(project, id);
  if (record === null) throw new RunNotFoundError(id);
  const known = await findOnServer(server, record);
  if (known?.lifecycle === "deleted") await server.restoreRun(known.id);
  const found = known ?? (await createOnServer(project, server, record));
  const push: Push = { project, server, record, found, problems: [] };
  const values = (await pushParams(push)) + (await pushTags(push)) + (await pushInputs(push));
  const points = await pushPoints(push);
  const artifacts = await pushArtifacts(push);
  await pushStatus(push);
  if (push.problems.length === 0 && record.status !== "RUNNING")
    openDatabase(project).write((sql) => dropTag(sql, runRow(sql, id).id, unsentTag));
  const { problems } = push;
  const { name } = record;
  return { id, name, serverId: found.id, isNew: known === null, points, values, artifacts, problems };
}

interface Push {
  readonly project: Project;
  readonly server: RestRuns;
  readonly record: RunRecord;
  readonly found: RunRecord;
  readonly problems: string[];
}

/** Sends one thing; what the server does not take is noted, and the rest goes on. @returns how many arrived */
async function send(push: Push, what: string, work: () => Promise<unknown>): Promise<0 | 1> {
  try {
    await work();
    return 1;
  } catch (error) {
    const isOver = [ServerDownError, ServerAuthError, ServerAnswerError].some((type) => error instanceof type);
    if (isOver || !(error instanceof StemmaError)) throw error;
    push.problems.push(`${what}: ${errorFacts(error).message}`);
    return 0;
  }
}

/** Sends texts together or, where one of them is refused, each by itself. */
async function sendTexts(
  push: Push,
  texts: Readonly<Record<string, string>>,
  log: (texts: Readonly<Record<string, string>>) => Promise<void>,
): Promise<number> {
  const names = Object.keys(texts);
  if (names.length === 0) return 0;
  const quiet: Push = { ...push, problems: [] };
  if ((await send(quiet, "", () => log(texts))) === 1) return names.length;
  let sent = 0;
  for (const name of names) sent += await send(push, name, () => log({ [name]: texts[name] ?? "" }));
  return sent;
}

function pushParams(push: Push): Promise<number> {
  const { server, record, found } = push;
  const missing = Object.entries(record.params).filter(([name, text]) => own(found.params, name) !== text);
  return sendTexts(push, Object.fromEntries(missing), (texts) => server.logParams(found.id, texts));
}

function pushTags(push: Push): Promise<number> {
  const { server, record, found } = push;
  const wanted = { ...sentTags(record), ...(found.id === record.id ? {} : { [pushedIdTag]: record.id }) };
  const missing = Object.entries(wanted).filter(([name, text]) => own(found.tags, name) !== text);
  return sendTexts(push, Object.fromEntries(missing), (texts) => server.setTags(found.id, texts));
}

function own(texts: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(texts, name) ? texts[name] : undefined;
}

async function pushInputs(push: Push): Promise<number> {
  const { server, record, found } = push;
  const known = new Set(found.inputs.map(({ name, digest }) => JSON.stringify([name, digest])));
  const missing = record.inputs.filter(({ name, digest }) => !known.has(JSON.stringify([name, digest])));
  if (missing.length === 0) return 0;
  return (await send(push, "inputs", () => server.logInputs(found.id, missing))) * missing.length;
}

async function pushPoints(push: Push): Promise<number> {
  const { project, server, record, found } = push;
  let sent = 0;
  for (const key of Object.keys(record.metrics)) {
    const points = await localStore(project).metricHistory(record.id, key);
    const known = Object.hasOwn(found.metrics, key) ? await server.metricHistory(found.id, key) : [];
    const there = new Set(known.map(printed));
    const missing = points.flatMap((point): NamedPoint[] => (there.has(printed(point)) ? [] : [{ key, ...point }]));
    if (missing.length === 0) continue;
    sent += (await send(push, `metric ${key}`, () => server.logMetrics(found.id, missing))) * missing.length;
  }
  return sent;
}

// A stock server keeps -0 as 0, and infinities as the largest numbers.
function printed({ value, step, timeMs }: MetricPoint): string {
  const kept = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
  return `${step} ${timeMs} ${kept}`;
}

async function pushArtifacts(push: Push): Promise<number> {
  const { project, server, record, found } = push;
  const local = localStore(project);
  const entries = await walk((folder) => local.artifacts(record.id, folder));
  if (entries.length === 0) return 0;
  const there = new Map<string, number | null>();
  const listed = await walk((folder) => server.artifacts(found.id, folder));
  for (const { path, bytes } of listed) there.set(path, bytes);
  let sent = 0;
  for (const { path, bytes } of entries) {
    if (there.get(path) === bytes) continue;
    const file = join(record.artifactFolder, ...path.split("/"));
    sent += await send(push, `artifact ${path}`, () => server.uploadArtifact(found.id, path, file));
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
  const { server, record, found } = push;
  const { status, endMs, lifecycle } = record;
  const isOver = found.endMs !== null && found.status !== "RUNNING" && found.status !== "SCHEDULED";
  // A run that was gone on with elsewhere: the server knows better how it ended than who was not heard of any more.
  const knowsBetter = status === "RUNNING" || (status === "KILLED" && isOver);
  const differs = status !== found.status || (endMs !== null && endMs !== found.endMs);
  if (differs && !knowsBetter)
    await send(push, `status ${status}`, () =>
      server.updateRun(found.id, { status, ...(endMs === null ? {} : { endMs }) }),
    );
  if (lifecycle === "deleted") await send(push, "deletion", () => server.deleteRun(found.id));
}
