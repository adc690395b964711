import {
  type AnsweredPage,
  type MlflowPoint,
  parseHistoryPage,
  printDatasetInput,
  printMetric,
  printPairs,
  type Wire,
} from "../../format/index.ts";
import { checkName } from "../names.ts";
import { ValueError } from "../params.ts";
import type { MetricPoint } from "../record.ts";
import type { NamedPoint, RunBatch, RunStore } from "../run-store.ts";
import { answeredRun, changing, nothing, refusedAs } from "./rest-runs.ts";
import type { Server } from "./rest-server.ts";

/** What one request may hold (mlflow/utils/validation.py). */
const maxPoints = 1000;
const maxTexts = 100;
const maxInputs = 1000;
/** What MLflow's own client asks for at once; without a number its server answers an empty page for ever. */
const historyPage = 25_000;
/** Longer texts are cut by stock MLflow without a word. */
const longest = { param: 6000, tag: 8000 };

type Values = Pick<
  RunStore,
  "logParams" | "logMetrics" | "setTags" | "deleteTag" | "logBatch" | "logInputs" | "metricHistory"
>;

/** Values of runs on a server, sent in batches that it takes. @param keepsAll whether it keeps texts of any length */
export function restValues(server: Server, keepsAll: () => Promise<boolean>): Values {
  const log = (id: string, batches: readonly Wire[]): Promise<void> =>
    inTurn(batches, (batch) => server.post("runs/log-batch", { run_id: id, ...batch }, nothing));
  const checkTexts = async (what: "param" | "tag", texts: Readonly<Record<string, string>>): Promise<void> => {
    for (const key of Object.keys(texts)) checkName(what, key);
    const long = Object.entries(texts).find(([, text]) => [...text].length > longest[what]);
    if (long === undefined || (await keepsAll())) return;
    const length = [...long[1]].length;
    throw new ValueError(
      `The ${what} ${JSON.stringify(long[0])} has ${length} characters, and an MLflow server cuts it at ${longest[what]}. Log it as an artifact instead.`,
    );
  };
  return {
    logParams: async (id, params) => {
      await checkTexts("param", params);
      const batches = chunks(printPairs(params), maxTexts).map((part) => ({ params: part }));
      const send = (): Promise<void> => log(id, batches);
      await changing(server, id, Object.assign(send, { params }));
    },
    logMetrics: async (id, points) => {
      for (const point of points) checkPoint(point);
      const metrics = points.map((point) => printMetric(point.key, point));
      const batches = chunks(metrics, maxPoints).map((part) => ({ metrics: part }));
      await changing(server, id, () => log(id, batches));
    },
    setTags: async (id, tags) => {
      await checkTexts("tag", tags);
      const batches = chunks(printPairs(tags), maxTexts).map((part) => ({ tags: part }));
      await changing(server, id, () => log(id, batches));
    },
    logBatch: async (id, { metrics = [], params = {}, tags = {} }) => {
      await checkTexts("param", params);
      await checkTexts("tag", tags);
      for (const point of metrics) checkPoint(point);
      const send = (): Promise<void> => log(id, requests({ metrics, params, tags }));
      await changing(server, id, Object.assign(send, { params }));
    },
    deleteTag: (id, key) => changing(server, id, () => deleteTag(server, id, key)),
    logInputs: (id, inputs) => {
      const batches = chunks(inputs.map(printDatasetInput), maxInputs);
      const send = (datasets: readonly Wire[]): Promise<void> =>
        server.post("runs/log-inputs", { run_id: id, datasets }, nothing);
      return changing(server, id, () => inTurn(batches, send));
    },
    metricHistory: (id, key) => history(server, id, key),
  };
}

async function deleteTag(server: Server, id: string, key: string): Promise<void> {
  try {
    await server.post("runs/delete-tag", { run_id: id, key }, nothing);
  } catch (thrown) {
    // Of a run that is there, it is the tag that is not: nothing to do.
    if (!refusedAs(thrown, "RESOURCE_DOES_NOT_EXIST") || (await answeredRun(server, id)).lifecycle === "deleted")
      throw thrown;
  }
}

async function history(server: Server, id: string, key: string): Promise<readonly MetricPoint[]> {
  const points: MlflowPoint[] = [];
  for (let token: string | null = ""; token !== null; ) {
    const query: Record<string, string> = { run_id: id, metric_key: key, max_results: String(historyPage) };
    const page: AnsweredPage<MlflowPoint> = await server
      .get("metrics/get-history", { ...query, ...(token === "" ? {} : { page_token: token }) }, parseHistoryPage)
      .catch(async (thrown) => {
        await answeredRun(server, id);
        throw thrown;
      });
    points.push(...page.items);
    token = page.nextPageToken;
  }
  // A stock server answers a run that is not there with no points.
  if (points.length === 0) await answeredRun(server, id);
  return once(points.sort(byStep));
}

// NaN stands behind all numbers, wherever it was.
function byStep(a: MlflowPoint, b: MlflowPoint): number {
  return (
    a.step - b.step ||
    a.timeMs - b.timeMs ||
    Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value)) ||
    a.value - b.value ||
    0
  );
}

function once(points: readonly MlflowPoint[]): readonly MetricPoint[] {
  return points.filter((point, i) => {
    const before = points[i - 1];
    return before === undefined || byStep(before, point) !== 0 || !Object.is(before.value, point.value);
  });
}

function checkPoint({ key, step, timeMs, value }: NamedPoint): void {
  checkName("metric", key);
  if (typeof value !== "number") throw new ValueError(`Metric ${key} is ${JSON.stringify(value)}; a number is wanted.`);
  if (!Number.isSafeInteger(step)) throw new ValueError(`Metric ${key} has step ${step}; a whole number is wanted.`);
  if (!Number.isSafeInteger(timeMs) || timeMs < 0)
    throw new ValueError(
      `Metric ${key} has time ${timeMs}; an MLflow server takes milliseconds since 1970, 0 or more.`,
    );
}

/** A batch as one request where it fits; else its params and tags first, which may be refused. */
function requests({ metrics, params, tags }: Required<RunBatch>): readonly Wire[] {
  const whole = {
    metrics: metrics.map((point) => printMetric(point.key, point)),
    params: printPairs(params),
    tags: printPairs(tags),
  };
  const fits =
    whole.params.length <= maxTexts &&
    whole.tags.length <= maxTexts &&
    whole.metrics.length + whole.params.length + whole.tags.length <= maxPoints;
  if (fits) return [whole];
  return [
    ...chunks(whole.params, maxTexts).map((part) => ({ params: part })),
    ...chunks(whole.tags, maxTexts).map((part) => ({ tags: part })),
    ...chunks(whole.metrics, maxPoints).map((part) => ({ metrics: part })),
  ];
}

/** Lists of at most `size`; one empty list for none, so that a run that is not there is found out. */
function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.max(1, Math.ceil(items.length / size));
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}

// One after the other: a later point must not arrive before an earlier one is kept.
async function inTurn<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (const item of items) await act(item);
}
