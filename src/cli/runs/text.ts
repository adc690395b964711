import { runsBundle } from "../../display/index.ts";
import type { ArtifactEntry, ComparisonRecord, RunRecord } from "../../track/index.ts";
import { printPairs, printTable, printTime } from "../text.ts";

/** Runs as a table, one a line. */
export function printRunList(runs: readonly RunRecord[], nowMs: number): string {
  const columns = ["RUN", "NAME", "EXPERIMENT", "STATUS", "STARTED"].map((title) => ({ title }));
  return printTable(
    [...columns, { title: "TIME", right: true }],
    runs.map((run) => [
      run.id.slice(0, 8),
      run.name,
      run.experiment,
      run.status,
      printTime(run.startMs),
      printSpan((run.endMs ?? nowMs) - run.startMs),
    ]),
  );
}

/** Runs side by side: the params that differ, the metrics, the best value marked; the text of `track.compare()` in a notebook. */
export function printComparison(comparison: ComparisonRecord): string {
  return `${String(runsBundle(comparison)["text/plain"]).trimEnd()}\n`;
}

/** Everything about one run. */
export function printRunPage(run: RunRecord, artifacts: readonly ArtifactEntry[], nowMs: number): string {
  const head: (readonly [string, string])[] = [
    ["Run", run.id],
    ["Name", run.name],
    ["Experiment", run.experiment],
    ["Status", run.lifecycle === "deleted" ? `${run.status}, deleted` : run.status],
    ["Started", `${printTime(run.startMs)} by ${run.user}`],
    ["Time", printSpan((run.endMs ?? nowMs) - run.startMs)],
    ...(run.parentId === null ? [] : [["Parent", run.parentId] as const]),
    ["Artifacts in", run.artifactFolder],
  ];
  const metrics = Object.entries(run.metrics).map(
    ([name, { value, step }]) => [name, step === 0 ? String(value) : `${value} (step ${step})`] as const,
  );
  const data = run.inputs.map((input) => [input.name, input.digest] as const);
  const files = artifacts.map(
    (entry) => [entry.folder ? `${entry.path}/` : entry.path, entry.bytes === null ? "" : `${entry.bytes} B`] as const,
  );
  return [
    printPairs(head),
    section("Params", Object.entries(run.params)),
    section("Metrics", metrics),
    section("Data", data),
    section("Artifacts", files),
    section("Tags", Object.entries(run.tags)),
  ].join("");
}

function section(title: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.length === 0 ? "" : `\n${title}\n${printPairs(pairs, "  ")}`;
}

function printSpan(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(0)} s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
