import { type MessagePort, parentPort } from "node:worker_threads";
import { type ErrorFacts, errorFacts } from "../../error.ts";
import type { ArtifactEntry, ExperimentRecord, MetricPoint, RunRecord } from "../record.ts";
import type { RunPage, RunQuery } from "../run-store.ts";
import { columnsFrom, pointsFrom, thinned } from "../series/index.ts";
import { openRestRuns, type RestRuns } from "./rest.ts";
import type { RestOptions } from "./rest-address.ts";
import { realMachine } from "./rest-server.ts";

/** What can be asked and waited for. */
export interface Answers {
  run(id: string): Promise<RunRecord | null>;
  searchRuns(query: RunQuery): Promise<RunPage>;
  countRuns(query: RunQuery): Promise<number>;
  experimentByName(name: string): Promise<ExperimentRecord | null>;
  experiments(lifecycle?: "active" | "deleted" | "all"): Promise<readonly ExperimentRecord[]>;
  metricHistory(id: string, key: string): Promise<readonly MetricPoint[]>;
  histories(ids: readonly string[], limit: number): Promise<Record<string, Record<string, readonly MetricPoint[]>>>;
  artifacts(id: string, folder?: string): Promise<readonly ArtifactEntry[]>;
  readArtifact(id: string, path: string): Promise<Uint8Array>;
}

export interface BlockingJob {
  readonly options: RestOptions;
  readonly environment: Readonly<Record<string, string>>;
  readonly method: keyof Answers;
  readonly values: readonly unknown[];
  readonly port: MessagePort;
  /** Set to 1 when the answer is in the port. */
  readonly done: Int32Array;
}

export interface BlockingAnswer {
  readonly error: ErrorFacts | null;
  readonly value: unknown;
}

parentPort?.on("message", (job: BlockingJob) => {
  void answer(job).then((said) => {
    job.port.postMessage(said);
    Atomics.store(job.done, 0, 1);
    Atomics.notify(job.done, 0);
    job.port.close();
  });
});

async function answer({ options, environment, method, values }: BlockingJob): Promise<BlockingAnswer> {
  try {
    for (const name of Object.keys(process.env))
      if (name.startsWith("MLFLOW_") && !Object.hasOwn(environment, name)) delete process.env[name];
    Object.assign(process.env, environment);
    const answers: Readonly<Record<keyof Answers, unknown>> = answersOf(
      openRestRuns(options, { ...realMachine, attempts: 3 }),
    );
    const value = await (answers[method] as (...values: readonly unknown[]) => unknown)(...values);
    return { error: null, value };
  } catch (error) {
    return { error: errorFacts(error), value: null };
  }
}

function answersOf(server: RestRuns): Answers {
  return {
    run: (id) => server.run(id),
    searchRuns: (query) => server.searchRuns(query),
    countRuns: (query) => countRuns(server, query),
    experimentByName: (name) => server.experimentByName(name),
    experiments: (lifecycle) => server.experiments(lifecycle),
    metricHistory: (id, key) => server.metricHistory(id, key),
    histories: (ids, limit) => histories(server, ids, limit),
    artifacts: (id, folder) => server.artifacts(id, folder),
    readArtifact: (id, path) => server.readArtifact(id, path),
  };
}

// MLflow's API has no count.
async function countRuns(server: RestRuns, query: RunQuery): Promise<number> {
  let count = 0;
  for (let pageToken: string | null = ""; pageToken !== null; ) {
    const page: RunPage = await server.searchRuns({ ...query, limit: 1000, pageToken });
    count += page.runs.length;
    pageToken = page.nextPageToken;
  }
  return count;
}

const askedAtOnce = 8;

async function histories(server: RestRuns, ids: readonly string[], limit: number): ReturnType<Answers["histories"]> {
  const curves: { readonly id: string; readonly name: string }[] = [];
  await eachOf(ids, async (id) => {
    for (const name of Object.keys((await server.run(id))?.metrics ?? {})) curves.push({ id, name });
  });
  const found: Record<string, Record<string, readonly MetricPoint[]>> = {};
  await eachOf(curves, async ({ id, name }) => {
    const points = await server.metricHistory(id, name);
    if (points.length < 2) return;
    found[name] = { ...found[name], [id]: pointsFrom(thinned(columnsFrom(points), limit)) };
  });
  return found;
}

async function eachOf<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: askedAtOnce }, worker));
}
