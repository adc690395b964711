import {
  type AnsweredPage,
  type MlflowExperiment,
  parseCreatedExperiment,
  parseExperimentAnswer,
  parseExperimentPage,
  parseRunPage,
  printPairs,
  type Wire,
} from "../../format/index.ts";
import { ExperimentDeletedError, ExperimentExistsError, ExperimentNotFoundError } from "../errors.ts";
import { checkExperimentName, checkName } from "../names.ts";
import type { ExperimentRecord } from "../record.ts";
import type { ExperimentStore } from "../run-store.ts";
import { ServerRefusedError } from "./rest-errors.ts";
import { nothing, refusedAs } from "./rest-runs.ts";
import type { Server } from "./rest-server.ts";

type Lifecycle = "active" | "deleted" | "all";

/** MLflow's ViewType of a lifecycle. */
export const viewTypes: Readonly<Record<Lifecycle, string>> = {
  active: "ACTIVE_ONLY",
  deleted: "DELETED_ONLY",
  all: "ALL",
};

/** Things of one answer when they are asked for page by page. */
const pageSize = 1000;

/** What opens runs by the names of experiments. */
export interface EnsureExperiment {
  /** The id of the experiment with a name; made where there is none. Asked once a name. @throws {ExperimentDeletedError} */
  ensureExperiment(name: string): Promise<string>;
}

function ensurer(server: Server): EnsureExperiment["ensureExperiment"] {
  const known = new Map<string, string>();
  const find = (name: string): Promise<MlflowExperiment | null> =>
    server.get("experiments/get-by-name", { experiment_name: name }, parseExperimentAnswer).catch(absent);
  const make = (name: string): Promise<MlflowExperiment | null> =>
    createExperiment(server, name, {}).catch((thrown) => {
      // Another process was quicker.
      if (thrown instanceof ExperimentExistsError) return find(name);
      throw thrown;
    });
  return async (name) => {
    checkExperimentName(name);
    const id = known.get(name);
    if (id !== undefined) return id;
    const found = (await find(name)) ?? (await make(name));
    if (found === null) throw new ExperimentNotFoundError(name, []);
    if (found.lifecycle === "deleted") throw new ExperimentDeletedError(name);
    known.set(name, found.id);
    return found.id;
  };
}

/** Experiments on a server. Their runs are counted by paging through them: MLflow's API has no count. */
export function restExperiments(server: Server): ExperimentStore & EnsureExperiment {
  const find = async (path: string, query: Readonly<Record<string, string>>): Promise<ExperimentRecord | null> => {
    const found = await server.get(path, query, parseExperimentAnswer).catch(absent);
    return found === null ? null : ((await counted(server, [found]))[0] ?? null);
  };
  const experiment = async (id: string): Promise<ExperimentRecord | null> =>
    /^\d+$/.test(id) ? find("experiments/get", { experiment_id: id }) : null;
  const experimentByName = async (name: string): Promise<ExperimentRecord | null> =>
    name === "" ? null : find("experiments/get-by-name", { experiment_name: name });
  const experiments = async (lifecycle: Lifecycle = "active"): Promise<readonly ExperimentRecord[]> => {
    const query = { view_type: viewTypes[lifecycle], order_by: ["last_update_time DESC"] };
    const found = await allPages((page) =>
      server.post("experiments/search", { ...query, ...page }, parseExperimentPage),
    );
    return counted(server, found);
  };
  return {
    createExperiment: (name, tags) => createExperiment(server, name, tags ?? {}),
    experiment,
    experimentByName,
    experiments,
    ensureExperiment: ensurer(server),
    ...changesOf(server, { experiment, experimentByName, experiments }),
  };
}

type Changes =
  | "renameExperiment"
  | "deleteExperiment"
  | "restoreExperiment"
  | "setExperimentTag"
  | "deleteExperimentTag";

function changesOf(
  server: Server,
  reads: Pick<ExperimentStore, "experiment" | "experimentByName" | "experiments">,
): Pick<ExperimentStore, Changes> {
  const change = async (path: string, body: Wire): Promise<void> => {
    try {
      await server.post(path, body, nothing);
    } catch (thrown) {
      if (!(thrown instanceof ServerRefusedError)) throw thrown;
      throw await reasonOf(reads, String(body["experiment_id"]), thrown);
    }
  };
  const setLifecycle = async (id: string, path: string, wanted: "active" | "deleted"): Promise<void> => {
    // A stock server refuses to delete what is deleted: then there is nothing to do.
    if ((await reads.experiment(id))?.lifecycle !== wanted) await change(path, { experiment_id: id });
  };
  return {
    renameExperiment: async (id, name) => {
      checkExperimentName(name);
      try {
        await change("experiments/update", { experiment_id: id, new_name: name });
      } catch (thrown) {
        // The servers' codes for it differ: stock MLflow says BAD_REQUEST.
        const holder = thrown instanceof ServerRefusedError ? await reads.experimentByName(name) : null;
        throw holder === null || holder.id === id ? thrown : new ExperimentExistsError(name);
      }
    },
    deleteExperiment: (id) => setLifecycle(id, "experiments/delete", "deleted"),
    restoreExperiment: (id) => setLifecycle(id, "experiments/restore", "active"),
    setExperimentTag: async (id, key, value) => {
      checkName("tag", key);
      await change("experiments/set-experiment-tag", { experiment_id: id, key, value });
    },
    deleteExperimentTag: async (id, key) => {
      const known = await reads.experiment(id);
      if (known?.lifecycle === "active" && !Object.hasOwn(known.tags, key)) return;
      await change("experiments/delete-experiment-tag", { experiment_id: id, key });
    },
  };
}

/** Why a server refused to change an experiment: its codes alone do not tell a deleted one from one that is not there. */
async function reasonOf(
  { experiment, experiments }: Pick<ExperimentStore, "experiment" | "experiments">,
  id: string,
  refusal: ServerRefusedError,
): Promise<Error> {
  const known = await experiment(id);
  if (known === null)
    return new ExperimentNotFoundError(
      id,
      (await experiments()).map(({ name }) => name),
    );
  return known.lifecycle === "deleted" ? new ExperimentDeletedError(known.name) : refusal;
}

/** All items of an answer that comes in pages. */
export async function allPages<T>(ask: (page: Wire) => Promise<AnsweredPage<T>>): Promise<readonly T[]> {
  const items: T[] = [];
  for (let token: string | null = ""; token !== null; ) {
    const page: AnsweredPage<T> = await ask({
      max_results: pageSize,
      ...(token === "" ? {} : { page_token: token }),
    });
    items.push(...page.items);
    token = page.nextPageToken;
  }
  return items;
}

async function createExperiment(
  server: Server,
  name: string,
  tags: Readonly<Record<string, string>>,
): Promise<ExperimentRecord> {
  checkExperimentName(name);
  for (const key of Object.keys(tags)) checkName("tag", key);
  try {
    const id = await server.make("experiments/create", { name, tags: printPairs(tags) }, parseCreatedExperiment);
    const made = await server.get("experiments/get", { experiment_id: id }, parseExperimentAnswer);
    return { ...made, runCount: 0 };
  } catch (thrown) {
    if (refusedAs(thrown, "RESOURCE_ALREADY_EXISTS")) throw new ExperimentExistsError(name);
    throw thrown;
  }
}

async function counted(server: Server, found: readonly MlflowExperiment[]): Promise<readonly ExperimentRecord[]> {
  if (found.length === 0) return [];
  const counts = new Map<string, number>();
  const query = { experiment_ids: found.map(({ id }) => id), run_view_type: "ACTIVE_ONLY" };
  for (const run of await allPages((page) => server.post("runs/search", { ...query, ...page }, parseRunPage)))
    counts.set(run.experimentId, (counts.get(run.experimentId) ?? 0) + 1);
  return found.map((experiment) => ({ ...experiment, runCount: counts.get(experiment.id) ?? 0 }));
}

function absent(thrown: unknown): null {
  if (refusedAs(thrown, "RESOURCE_DOES_NOT_EXIST")) return null;
  throw thrown;
}
