import type { RunRecord } from "../record.ts";
import type { Clause, Condition } from "./condition.ts";

/** Whether a filter finds a run: what {@link condition} asks of the database, asked of a record. */
export function matches(wanted: Condition, run: RunRecord): boolean {
  return holds(wanted, (clause) => valuesOf(clause, run));
}

/** Whether a condition is true of something. @param values what a clause looks at: nothing where the thing has no such value */
export function holds(wanted: Condition, values: (clause: Clause) => readonly (string | number)[]): boolean {
  switch (wanted.kind) {
    case "clause":
      return clauseHolds(wanted.clause, values(wanted.clause));
    case "all":
      return wanted.parts.every((part) => holds(part, values));
    case "any":
      return wanted.parts.some((part) => holds(part, values));
    case "not":
      return !holds(wanted.part, values);
  }
}

function clauseHolds(clause: Clause, values: readonly (string | number)[]): boolean {
  if (clause.operator === "IS NULL") return values.length === 0;
  return values.some(passes(clause));
}

/** What a clause looks at: nothing where the run does not have it, several for data sets. */
function valuesOf({ entity, key }: Clause, run: RunRecord): readonly (string | number)[] {
  const present = (value: string | number | null | undefined): readonly (string | number)[] =>
    value === undefined || value === null ? [] : [value];
  switch (entity) {
    case "metric":
      return Object.hasOwn(run.metrics, key) ? present(run.metrics[key]?.value) : [];
    case "param":
      return Object.hasOwn(run.params, key) ? present(run.params[key]) : [];
    case "tag":
      return Object.hasOwn(run.tags, key) ? present(run.tags[key]) : [];
    case "attribute":
      return present(attributes[key]?.(run));
    case "dataset":
      return run.inputs.flatMap((input) =>
        present(key === "name" ? input.name : key === "digest" ? input.digest : input.tags["mlflow.data.context"]),
      );
  }
}

const attributes: Readonly<Record<string, (run: RunRecord) => string | number | null>> = {
  run_id: ({ id }) => id,
  run_name: ({ name }) => name,
  status: ({ status }) => status,
  user_id: ({ user }) => user,
  start_time: ({ startMs }) => startMs,
  end_time: ({ endMs }) => endMs,
  // Of a run on a server; the database has the one that our own server would give.
  artifact_uri: ({ artifactFolder }) => artifactFolder,
};

/** What a clause asks of a value that is there. */
export function passes({ operator, value: wanted }: Clause): (value: string | number) => boolean {
  const limit = Number(wanted);
  switch (operator) {
    case "=":
      return (value) => value === wanted;
    case "!=":
      // As in the database, where NaN is neither equal nor unequal.
      return (value) => value !== wanted && !Number.isNaN(value);
    case "<":
      return (value) => Number(value) < limit;
    case "<=":
      return (value) => Number(value) <= limit;
    case ">":
      return (value) => Number(value) > limit;
    case ">=":
      return (value) => Number(value) >= limit;
    case "LIKE":
      return texts(like(String(wanted)), (value) => value);
    case "ILIKE":
      return texts(like(lowerAscii(String(wanted))), lowerAscii);
    case "IN":
      return (value) => Array.isArray(wanted) && wanted.includes(value);
    case "NOT IN":
      return (value) => Array.isArray(wanted) && !wanted.includes(value);
    default:
      return () => operator === "IS NOT NULL";
  }
}

function texts(pattern: RegExp, form: (text: string) => string): (value: string | number) => boolean {
  return (value) => pattern.test(form(String(value)));
}

/** SQL's LIKE: `%` is any text, `_` one character. */
function like(pattern: string): RegExp {
  const source = pattern
    .replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
    .replaceAll("%", ".*")
    .replaceAll("_", ".");
  return new RegExp(`^${source}$`, "su");
}

// SQLite's ILIKE takes only A to Z for a to z.
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
