import { type Cell, type Column, type ColumnType, csvBytes, parquetBytes } from "../../frame/index.ts";
import type { RunRecord } from "../record.ts";

/** Runs as a table, one a row, with the columns of MLflow's `search_runs()`. */
export interface RunTable {
  readonly rows: number;
  csv(): Promise<Uint8Array>;
  parquet(): Promise<Uint8Array>;
  /** A JSON list of records; NaN and infinities as texts, which JSON has no numbers for. */
  json(): string;
}

/**
 * The runs, each with its facts, then `metrics.…` (the latest points), `params.…` and `tags.…` of all of them; empty where
 * a run has none.
 */
export function runTable(runs: readonly RunRecord[]): RunTable {
  const columns: readonly Column[] = [
    ...facts.map(({ name, type, of }) => ({ name, type, values: runs.map(of) })),
    ...namesOf(runs, "metrics").map((name) =>
      column(`metrics.${name}`, "double", (run) => run.metrics[name]?.value)(runs),
    ),
    ...namesOf(runs, "params").map((name) => column(`params.${name}`, "string", (run) => run.params[name])(runs)),
    ...namesOf(runs, "tags").map((name) => column(`tags.${name}`, "string", (run) => run.tags[name])(runs)),
  ];
  const frame = { rows: runs.length, columns };
  return {
    rows: runs.length,
    csv: () => csvBytes(frame),
    parquet: () => parquetBytes(frame),
    json: () => jsonOf(columns, runs.length),
  };
}

interface Fact {
  readonly name: string;
  readonly type: ColumnType;
  readonly of: (run: RunRecord) => Cell;
}

const facts: readonly Fact[] = [
  { name: "run_id", type: "string", of: ({ id }) => id },
  { name: "run_name", type: "string", of: ({ name }) => name },
  { name: "experiment_id", type: "string", of: ({ experimentId }) => experimentId },
  { name: "experiment", type: "string", of: ({ experiment }) => experiment },
  { name: "status", type: "string", of: ({ status }) => status },
  { name: "user_id", type: "string", of: ({ user }) => user },
  { name: "start_time", type: "timestamp", of: ({ startMs }) => startMs },
  { name: "end_time", type: "timestamp", of: ({ endMs }) => endMs },
  { name: "parent_run_id", type: "string", of: ({ parentId }) => parentId },
];

function column(
  name: string,
  type: ColumnType,
  of: (run: RunRecord) => Cell | undefined,
): (runs: readonly RunRecord[]) => Column {
  return (runs) => ({ name, type, values: runs.map((run) => of(run) ?? null) });
}

function namesOf(runs: readonly RunRecord[], of: "metrics" | "params" | "tags"): readonly string[] {
  return [...new Set(runs.flatMap((run) => Object.keys(run[of])))].sort();
}

function jsonOf(columns: readonly Column[], rows: number): string {
  const records = Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(columns.map(({ name, type, values }) => [name, jsonValue(values[row] ?? null, type)])),
  );
  return `${JSON.stringify(records, null, 2)}\n`;
}

function jsonValue(cell: Cell, type: ColumnType): unknown {
  if (type === "timestamp" && cell !== null) return new Date(Number(cell)).toISOString();
  return typeof cell === "number" && !Number.isFinite(cell) ? String(cell) : cell;
}
