import { fileURLToPath } from "node:url";
import { type AnsweredRun, parseExperimentAnswer, parseRunAnswer, printPairs } from "../../format/index.ts";
import {
  ExperimentDeletedError,
  ExperimentNotFoundError,
  ParamChangedError,
  RunDeletedError,
  RunNotFoundError,
} from "../errors.ts";
import { generatedName } from "../names.ts";
import { type RunRecord, runStatuses } from "../record.ts";
import type { NewRun, RunStore } from "../run-store.ts";
import { ServerAnswerError, ServerRefusedError } from "./rest-errors.ts";
import type { Server } from "./rest-server.ts";

/** Runs as a server makes, gives and changes them. */
export function restRuns(
  server: Server,
): Pick<RunStore, "createRun" | "run" | "updateRun" | "deleteRun" | "restoreRun"> {
  const existing = async (id: string): Promise<RunRecord> => recordOf(server, await answeredRun(server, id));
  return {
    createRun: (run) => createRun(server, run),
    run: async (id) => {
      const run = await findRun(server, id);
      return run === null ? null : recordOf(server, run);
    },
    updateRun: async (id, { status, endMs, name }) => {
      const change = {
        run_id: id,
        ...(status === undefined ? {} : { status }),
        ...(endMs === undefined ? {} : { end_time: Math.trunc(endMs) }),
        ...(name === undefined ? {} : { run_name: name }),
      };
      await changing(server, id, () => server.post("runs/update", change, nothing));
      return existing(id);
    },
    deleteRun: (id) => changing(server, id, () => server.post("runs/delete", { run_id: id }, nothing)),
    restoreRun: (id) => changing(server, id, () => server.post("runs/restore", { run_id: id }, nothing)),
  };
}

// MLflow's request has no place for a status: one that starts later is told so behind.
async function createRun(server: Server, run: NewRun): Promise<RunRecord> {
  try {
    const made = await server.make("runs/create", createBody(run), parseRunAnswer);
    const { status = "RUNNING" } = run;
    if (status !== "RUNNING") await server.post("runs/update", { run_id: made.id, status }, nothing);
    return recordOf(server, { ...made, status });
  } catch (thrown) {
    if (!(thrown instanceof ServerRefusedError)) throw thrown;
    throw (await refusedExperiment(server, run.experimentId)) ?? thrown;
  }
}

async function refusedExperiment(server: Server, id: string): Promise<Error | null> {
  try {
    const { name, lifecycle } = await server.get("experiments/get", { experiment_id: id }, parseExperimentAnswer);
    return lifecycle === "deleted" ? new ExperimentDeletedError(name) : null;
  } catch (thrown) {
    if (!(thrown instanceof ServerRefusedError)) throw thrown;
    return new ExperimentNotFoundError(id, []);
  }
}

/** For answers that say no more than that it is done. */
export function nothing(): void {}

/** Whether a server refused with one of MLflow's error codes. */
export function refusedAs(thrown: unknown, code: string): boolean {
  return thrown instanceof ServerRefusedError && thrown.serverCode === code;
}

/** A run as the server has it. @throws {RunNotFoundError} */
export async function answeredRun(server: Server, id: string): Promise<AnsweredRun> {
  const run = await findRun(server, id);
  if (run === null) throw new RunNotFoundError(id);
  return run;
}

/** Records of answered runs, with the names of their experiments. */
export async function recordsOf(server: Server, runs: readonly AnsweredRun[]): Promise<readonly RunRecord[]> {
  const names = new Map<string, string>();
  for (const id of new Set(runs.map(({ experimentId }) => experimentId)))
    names.set(id, (await server.get("experiments/get", { experiment_id: id }, parseExperimentAnswer)).name);
  return runs.map((run) => {
    const status = runStatuses.find((known) => known === run.status);
    if (status === undefined) throw new ServerAnswerError(server.url, `gives run ${run.id} the status ${run.status}`);
    const { artifactUri, ...same } = run;
    return {
      ...same,
      status,
      experiment: names.get(run.experimentId) ?? "",
      artifactFolder: localFolder(artifactUri) ?? artifactUri,
    };
  });
}

/** The folder that an artifact URI names on this machine; null for one that lies elsewhere. */
export function localFolder(uri: string): string | null {
  if (uri.startsWith("/")) return uri;
  if (!uri.startsWith("file:")) return null;
  return URL.canParse(uri) && new URL(uri).host === "" ? fileURLToPath(uri) : null;
}

/**
 * Does a change, and when the server refuses it asks why: the codes alone do not tell a deleted run from a param that was
 * there before.
 *
 * @throws {RunNotFoundError} @throws {RunDeletedError} @throws {ParamChangedError} @throws {ServerRefusedError} for other reasons
 */
export async function changing(
  server: Server,
  id: string,
  change: (() => Promise<void>) & { readonly params?: Readonly<Record<string, string>> },
): Promise<void> {
  try {
    await change();
  } catch (thrown) {
    if (!(thrown instanceof ServerRefusedError)) throw thrown;
    throw (await reasonOf(server, id, change.params ?? {})) ?? thrown;
  }
}

async function reasonOf(server: Server, id: string, params: Readonly<Record<string, string>>): Promise<Error | null> {
  const run = await findRun(server, id);
  if (run === null) return new RunNotFoundError(id);
  if (run.lifecycle === "deleted") return new RunDeletedError(id);
  for (const [key, now] of Object.entries(params)) {
    const before = Object.hasOwn(run.params, key) ? run.params[key] : undefined;
    if (before !== undefined && before !== now) return new ParamChangedError(key, { before, now });
  }
  return null;
}

async function findRun(server: Server, id: string): Promise<AnsweredRun | null> {
  // What MLflow takes for an id (mlflow/utils/validation.py); it answers others with another error.
  if (!/^[a-zA-Z0-9][\w-]{0,255}$/.test(id)) return null;
  try {
    return await server.get("runs/get", { run_id: id }, parseRunAnswer);
  } catch (thrown) {
    if (refusedAs(thrown, "RESOURCE_DOES_NOT_EXIST")) return null;
    throw thrown;
  }
}

async function recordOf(server: Server, run: AnsweredRun): Promise<RunRecord> {
  const [record] = await recordsOf(server, [run]);
  if (record === undefined) throw new RangeError(`one answer gave no record: run ${run.id}`);
  return record;
}

// A stock server sets the tag of the name itself, and those of the user and the parent not at all.
function createBody(run: NewRun): Readonly<Record<string, unknown>> {
  const parent = run.parentId === null ? {} : { "mlflow.parentRunId": run.parentId };
  const { "mlflow.runName": _, ...given } = run.tags;
  const tags = { "mlflow.user": run.user, ...given, ...parent };
  return {
    experiment_id: run.experimentId,
    user_id: run.user,
    run_name: run.name === "" ? generatedName() : run.name,
    start_time: Math.trunc(run.startMs),
    tags: printPairs(tags),
  };
}
