import {
  invalidValue,
  list,
  printMetric,
  queryBody,
  type RequestFields,
  readLimit,
  readRunId,
  requestFields,
} from "../format/index.ts";
import type { MetricPoint } from "../track/index.ts";
import { type Answer, json } from "./answer.ts";
import { existingRun } from "./existing.ts";
import { pageOf } from "./page.ts";
import type { Call } from "./request.ts";
import type { Route, Served } from "./route.ts";

/** MLflow's routes of metric series, below `/api/2.0/mlflow/`. */
export const metricRoutes: readonly Route[] = [
  { method: "GET", path: "metrics/get-history", handle: history },
  { method: "GET", path: "metrics/get-history-bulk", handle: bulk },
  { method: "GET", path: "metrics/get-history-bulk-interval", handle: interval },
];

async function history(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(queryBody(call.query));
  const key = fields.text("metric_key");
  const limit =
    fields.optionalWhole("max_results") === null ? null : readLimit(fields, 25_000, Number.MAX_SAFE_INTEGER);
  const run = await existingRun(served, readRunId(fields));
  const points = await served.runs().metricHistory(run.id, key);
  const page = pageOf(points, limit, fields.optionalText("page_token") || null);
  return json({
    ...list(
      "metrics",
      page.items.map((point) => printMetric(key, point)),
    ),
    ...(page.nextToken === null ? {} : { next_page_token: page.nextToken }),
  });
}

/** One metric of up to 100 runs, run by run, at most 25,000 points in all. */
async function bulk(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(queryBody(call.query, ["run_id"]));
  const ids = fields.texts("run_id");
  if (ids.length < 1 || ids.length > 100) throw invalidValue("run_id", ids.length, "want 1 to 100 runs.");
  const key = fields.text("metric_key");
  const limit = Math.min(readLimit(fields, 25_000, Number.MAX_SAFE_INTEGER), 25_000);
  const metrics = [];
  for (const id of ids.toSorted()) {
    if (metrics.length >= limit) break;
    const run = await existingRun(served, id);
    const points = await served.runs().metricHistory(run.id, key);
    metrics.push(...points.map((point) => printMetric(key, point, run.id)));
  }
  return json(list("metrics", metrics.slice(0, limit)));
}

/** What MLflow's charts ask: one metric of up to 100 runs, at most `max_results` points of each. */
async function interval(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(queryBody(call.query, ["run_ids"]));
  const ids = fields.texts("run_ids");
  if (ids.length < 1 || ids.length > 100) throw invalidValue("run_ids", ids.length, "want 1 to 100 runs.");
  const key = fields.text("metric_key");
  const limit = readLimit(fields, 2500, 2500);
  const inside = readInterval(fields);
  const metrics = [];
  for (const id of ids) {
    const run = await existingRun(served, id);
    const points = (await served.runs().metricHistory(run.id, key)).filter(inside);
    metrics.push(...sample(points, limit).map((point) => printMetric(key, point, run.id)));
  }
  return json(list("metrics", metrics));
}

function readInterval(fields: RequestFields): (point: MetricPoint) => boolean {
  const start = fields.optionalWhole("start_step");
  const end = fields.optionalWhole("end_step");
  if (start === null && end === null) return () => true;
  if (start === null || end === null) throw invalidValue("start_step", start, "give start_step and end_step, or none.");
  if (start > end) throw invalidValue("end_step", end, `want at least start_step, ${start}.`);
  return ({ step }) => step >= start && step <= end;
}

/** Evenly spaced points, first and last among them. */
function sample(points: readonly MetricPoint[], limit: number): readonly MetricPoint[] {
  if (points.length <= limit) return points;
  const stride = (points.length - 1) / Math.max(1, limit - 1);
  const picked = Array.from({ length: limit }, (_, i) => points[Math.round(i * stride)]);
  return picked.filter((point) => point !== undefined);
}
