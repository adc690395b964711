import type { RunStore } from "../run-store.ts";
import { findExperiments } from "../search/index.ts";
import { addressOf, type RestOptions } from "./rest-address.ts";
import { type ArtifactFiles, restArtifacts } from "./rest-artifacts.ts";
import { ServerAnswerError, ServerRefusedError } from "./rest-errors.ts";
import { type EnsureExperiment, restExperiments } from "./rest-experiments.ts";
import { restRuns } from "./rest-runs.ts";
import { searchRuns } from "./rest-search.ts";
import { type Machine, openServer, type Server } from "./rest-server.ts";
import { restValues } from "./rest-values.ts";

/** The runs on a tracking server. */
export interface RestRuns extends RunStore, ArtifactFiles, EnsureExperiment {
  /** The server's address, without its secrets. */
  readonly url: string;
}

/**
 * The runs on an MLflow tracking server, or on `stemma serve`, over MLflow's REST API 2.0. Nothing is asked until the first call.
 *
 * Busy servers and broken connections are tried five times in about 8 s, what makes a run or an experiment only where the
 * server surely did not take it. A stock MLflow server keeps infinities as ±1.8e308 and -0 as 0.
 *
 * @throws {ValueError} no address, or one that is not http or https; the calls throw {@link ServerDownError},
 * {@link ServerAuthError}, {@link ServerAnswerError}, {@link ServerRefusedError} and what the local store throws
 */
export function openRestRuns(options: RestOptions = {}, machine?: Machine): RestRuns {
  const server = openServer(addressOf(options), machine);
  const isOurs = once(() => isStemma(server));
  const experiments = restExperiments(server);
  return {
    url: server.url,
    ...experiments,
    searchExperiments: async (query) => findExperiments(await experiments.experiments(query.lifecycle), query),
    ...restRuns(server),
    ...restValues(server, isOurs),
    ...restArtifacts(server),
    searchRuns: (query) => searchRuns(server, query, isOurs),
  };
}

async function isStemma(server: Server): Promise<boolean> {
  const path = "/api/3.0/mlflow/server-info";
  try {
    const info = await server.send({ method: "GET", path, repeatable: true, read: (response) => response.json() });
    return typeof info === "object" && info !== null && "store_type" in info && info.store_type === "StemmaStore";
  } catch (thrown) {
    // MLflow before 3.9 has no such route, and answers with a page.
    if (thrown instanceof ServerAnswerError || thrown instanceof ServerRefusedError) return false;
    throw thrown;
  }
}

/** Asks once; when that failed, the next caller asks again. */
function once(ask: () => Promise<boolean>): () => Promise<boolean> {
  let answer: Promise<boolean> | null = null;
  return () => {
    answer ??= ask().catch((thrown) => {
      answer = null;
      throw thrown;
    });
    return answer;
  };
}
