import type { Sql, SqlValue } from "../../store/index.ts";
import { knownNameId } from "../series/index.ts";
import type { Clause, Condition, Order } from "./condition.ts";

/** A piece of SQL and the values of its question marks. */
export interface Piece {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** One thing to sort by. */
export interface Term extends Piece {
  readonly descending: boolean;
}

/** Where the latest points of metrics lie; {@link liveMetrics} says when it is the view. */
export type MetricTable = "series" | "live_series";

export interface Names {
  readonly sql: Pick<Sql, "read" | "first">;
  readonly metrics: MetricTable;
}

const attributeColumns: Readonly<Record<string, string>> = {
  run_id: "run.uuid",
  run_name: "run.name",
  status: "run.status",
  user_id: "run.user",
  start_time: "run.started",
  end_time: "run.ended",
  // What the server tells MLflow's clients.
  artifact_uri: "('mlflow-artifacts:/' || run.experiment || '/' || run.uuid || '/artifacts')",
};

/**
 * What a filter says of the rows of `run`. A clause on what a run does not have is false, also for `!=`; so NOT gives
 * exactly the runs that are not found without it.
 */
export function condition(names: Names, wanted: Condition): Piece {
  switch (wanted.kind) {
    case "clause":
      return clauseCondition(names, wanted.clause);
    case "all":
    case "any": {
      const parts = wanted.parts.map((part) => condition(names, part));
      return joined(parts, wanted.kind === "all" ? " AND " : " OR ");
    }
    case "not": {
      const { sql, values } = condition(names, wanted.part);
      return { sql: `((${sql}) IS NOT TRUE)`, values };
    }
  }
}

function clauseCondition(names: Names, clause: Clause): Piece {
  if (clause.entity === "dataset") return datasetCondition(clause);
  const value = shownValue(names, clause.entity, clause.key);
  const test = comparison(clause);
  return { sql: `${value.sql} ${test.sql}`, values: [...value.values, ...test.values] };
}

/**
 * What rows are sorted by: numbers and texts first, then NaN, then what is missing, whichever the direction; at the end the
 * newest run first, then the id.
 */
export function orderTerms(names: Names, orders: readonly Order[]): readonly Term[] {
  const chosen = orders.flatMap((order): readonly Term[] => {
    const value = shownValue(names, order.entity, order.key);
    const rank = rankOf(names, order, value);
    return [
      { ...rank, descending: false },
      { ...value, descending: order.descending },
    ];
  });
  // Runs of one millisecond: oldest first means them too.
  const oldestFirst = orders.some(({ key, descending }) => key === "start_time" && !descending);
  return [
    ...chosen,
    { sql: "run.started", values: [], descending: true },
    { sql: "run.id", values: [], descending: !oldestFirst },
  ];
}

/** The condition that a row stands behind another one, whose terms have `values`. */
export function behind(terms: readonly Term[], values: readonly SqlValue[]): Piece {
  const alternatives = terms.map((term, i): Piece => {
    const equal = terms.slice(0, i).map(
      (before, j): Piece => ({
        sql: `${before.sql} IS ?`,
        values: [...before.values, values[j] ?? null],
      }),
    );
    const next = { sql: `${term.sql} ${term.descending ? "<" : ">"} ?`, values: [...term.values, values[i] ?? null] };
    return joined([...equal, next], " AND ");
  });
  return joined(alternatives, " OR ");
}

/** Pieces in brackets, with a word between them; "1" for none. */
export function joined(pieces: readonly Piece[], word: " AND " | " OR "): Piece {
  if (pieces.length === 0) return { sql: "1", values: [] };
  return { sql: `(${pieces.map(({ sql }) => sql).join(word)})`, values: pieces.flatMap(({ values }) => values) };
}

function shownValue(names: Names, entity: Clause["entity"], key: string): Piece {
  if (entity === "attribute") return { sql: attributeColumns[key] ?? "NULL", values: [] };
  const id = knownNameId(names.sql, key) ?? -1;
  if (entity === "metric")
    return { sql: `(SELECT m.last FROM ${names.metrics} m WHERE m.name = ? AND m.run = run.id)`, values: [id] };
  return { sql: `(SELECT v.text FROM ${entity} v WHERE v.name = ? AND v.run = run.id)`, values: [id] };
}

function rankOf(names: Names, { entity, key }: Order, value: Piece): Piece {
  if (entity !== "metric") return { sql: `(${value.sql} IS NULL)`, values: value.values };
  const id = knownNameId(names.sql, key) ?? -1;
  return {
    sql: `coalesce((SELECT m.last IS NULL FROM ${names.metrics} m WHERE m.name = ? AND m.run = run.id), 2)`,
    values: [id],
  };
}

function datasetCondition(clause: Clause): Piece {
  const column =
    clause.key === "context" ? "json_extract(input.tags, '$.\"mlflow.data.context\"')" : `dataset.${clause.key}`;
  const test = comparison(clause);
  return {
    sql: `EXISTS (SELECT 1 FROM input JOIN dataset ON dataset.id = input.dataset WHERE input.run = run.id AND ${column} ${test.sql})`,
    values: test.values,
  };
}

/** The right side of a test: the operator, and a question mark for what stands behind it. */
export function comparison({ operator, value }: Pick<Clause, "operator" | "value">): Piece {
  switch (operator) {
    case "IS NULL":
    case "IS NOT NULL":
      return { sql: operator, values: [] };
    case "IN":
    case "NOT IN":
      return { sql: `${operator} (SELECT value FROM json_each(?))`, values: [JSON.stringify(value)] };
    // SQLite's LIKE does not tell cases apart, its GLOB does.
    case "LIKE":
      return { sql: "GLOB ?", values: [globOf(String(value))] };
    case "ILIKE":
      return { sql: "LIKE ?", values: [String(value)] };
    default:
      return { sql: `${operator} ?`, values: [typeof value === "number" ? value : String(value)] };
  }
}

function globOf(pattern: string): string {
  return pattern.replace(/[*?[]/g, "[$&]").replaceAll("%", "*").replaceAll("_", "?");
}
