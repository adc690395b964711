import { openDatabase, type Project } from "../../store/index.ts";
import type { Destination } from "../destination.ts";
import { RunDeletedError, RunNotFoundError } from "../errors.ts";
import { draftRun, type RunDraft, type RunStart, resumeRun, startRun } from "../open-run.ts";
import { flatParams } from "../params.ts";
import type { RunKey } from "../series/index.ts";
import { serverTag, unsentTag } from "../server-tags.ts";
import { type RestRuns, readRun, ServerDownError } from "../stores/index.ts";
import { mirror } from "./mirror.ts";
import { offlineSentence } from "./sentence.ts";
import { warn } from "./warn.ts";

/** A run that is open in the project. */
export interface OpenedRun {
  readonly key: RunKey;
  /** Whether the server has it too, under the same id. */
  readonly isOnServer: boolean;
}

/**
 * Opens a new run on a server, which gives it its id, and in the project. Where the server does not answer it is opened in
 * the project only, to be pushed later, and the user is told so.
 *
 * @throws {ServerAuthError} @throws {ServerAnswerError} @throws {ServerRefusedError} @throws {ExperimentDeletedError}
 */
export async function openOnServer(project: Project, start: RunStart, target: Destination): Promise<OpenedRun> {
  const draft = draftRun(project, start);
  const { url } = target.server;
  const id = await createOnServer(project, draft, target);
  if (id === null) return { key: startRun(project, draft, { tags: { [unsentTag]: url } }), isOnServer: false };
  return { key: startRun(project, draft, { id, tags: { [serverTag]: url, [unsentTag]: url } }), isOnServer: true };
}

/** Makes a run on a server only. @returns its id; null where the server does not answer, or does not know the parent */
export async function createOnServer(project: Project, draft: RunDraft, target: Destination): Promise<string | null> {
  if (hasOfflineParent(project, draft, target.server.url)) return null;
  return online(target, (server) => create(server, draft));
}

/**
 * Goes on with a run that a server has; the project gets what the server knows of it.
 *
 * @throws {RunNotFoundError} neither has it @throws {RunDeletedError} @throws {ParamChangedError} @throws {ServerDownError}
 *   it does not answer, and the project does not have the run
 */
export async function resumeOnServer(
  project: Project,
  { id, start }: { readonly id: string; readonly start: RunStart },
  target: Destination,
): Promise<OpenedRun> {
  const params = flatParams(start.params);
  const local = readRun(project, id);
  const found =
    local === null
      ? await target.server.run(id)
      : await online(target, async (server) => (await server.run(id)) ?? local);
  if (found === null && local === null) throw new RunNotFoundError(id);
  if (found === null || found === local) {
    const key = resumeRun(project, id, { params, tags: { ...start.tags, [unsentTag]: target.server.url } });
    return { key, isOnServer: false };
  }
  if (found.lifecycle === "deleted") throw new RunDeletedError(id);
  await mirror(project, found, target.server);
  const key = resumeRun(project, id, { params, tags: start.tags });
  await target.server.updateRun(id, { status: "RUNNING" });
  return { key, isOnServer: true };
}

async function create(server: RestRuns, { experiment, run }: RunDraft): Promise<string> {
  const experimentId = await server.ensureExperiment(experiment);
  return (await server.createRun({ ...run, experimentId })).id;
}

/** Servers that did not answer, and when they are asked again. */
const askAgain = new Map<string, number>();
const downMs = 30_000;

/** What a server answers; null where it does not, which the user is told once. */
async function online<T>({ server, hasty }: Destination, ask: (server: RestRuns) => Promise<T>): Promise<T | null> {
  if ((askAgain.get(server.url) ?? 0) > Date.now()) return null;
  try {
    const answer = await ask(hasty);
    askAgain.delete(server.url);
    return answer;
  } catch (error) {
    if (!(error instanceof ServerDownError)) throw error;
    if (!askAgain.has(server.url)) warn(offlineSentence(server.url, error));
    askAgain.set(server.url, Date.now() + downMs);
    return null;
  }
}

// The server does not know the parent's id: the whole tree is pushed later.
function hasOfflineParent(project: Project, { run }: RunDraft, url: string): boolean {
  if (run.parentId === null) return false;
  const parent = openDatabase(project).first("SELECT id FROM run WHERE uuid = ?", run.parentId);
  if (parent === null) return false;
  return readRun(project, run.parentId)?.tags[serverTag] !== url;
}
