import { MlflowError } from "../format/index.ts";
import type { ExperimentRecord } from "../track/index.ts";

type Test = (experiment: ExperimentRecord) => boolean;
type Order = (a: ExperimentRecord, b: ExperimentRecord) => number;

/**
 * Experiments that match MLflow's filter, in the order asked for; newest first where none is.
 *
 * @param filter `name LIKE 'fit%' AND tags.team = 'epi' AND creation_time > 0`: clauses joined by AND, no OR, no parentheses
 * @param orderBy `name ASC`, `creation_time DESC`, `last_update_time`, `experiment_id`
 * @throws {MlflowError} a clause or an order that MLflow does not know
 */
export function searchExperiments(
  experiments: readonly ExperimentRecord[],
  filter: string,
  orderBy: readonly string[],
): readonly ExperimentRecord[] {
  const tests = clauses(filter).map(readClause);
  const orders = [...orderBy.map(readOrder), readOrder("creation_time DESC"), readOrder("experiment_id DESC")];
  const compare: Order = (a, b) => orders.reduce((order, next) => order || next(a, b), 0);
  return experiments.filter((experiment) => tests.every((test) => test(experiment))).sort(compare);
}

const attributes: Readonly<Record<string, (experiment: ExperimentRecord) => string | number>> = {
  name: ({ name }) => name,
  experiment_id: ({ id }) => Number(id),
  creation_time: ({ createdMs }) => createdMs,
  last_update_time: ({ updatedMs }) => updatedMs,
};

const clausePattern =
  /^(?:(?<entity>attributes?|attr|tags?)\.)?(?<key>[\w.-]+|`[^`]+`|"[^"]+")\s*(?<op>>=|<=|!=|=|>|<|LIKE\b|ILIKE\b|IS\s+NOT\s+NULL\b|IS\s+NULL\b)\s*(?<value>'[^']*'|"[^"]*"|-?\d+(?:\.\d+)?|)$/i;

// Splits at AND outside of quotes.
function clauses(filter: string): readonly string[] {
  if (filter.trim() === "") return [];
  const pieces = filter.match(/'[^']*'|"[^"]*"|`[^`]*`|[^\s'"`]+|\s+/g) ?? [];
  const found = [""];
  for (const piece of pieces) {
    if (/^AND$/i.test(piece)) found.push("");
    else found.push((found.pop() ?? "") + piece);
  }
  return found.map((clause) => clause.trim());
}

function readClause(clause: string): Test {
  const parts = clausePattern.exec(clause)?.groups;
  if (parts === undefined) throw invalidClause(clause);
  const { entity = "", key = "", op = "", value = "" } = parts;
  const name = key.replace(/^[`"]|[`"]$/g, "");
  const wanted = /^['"]/.test(value) ? value.slice(1, -1) : value === "" ? null : Number(value);
  const compare = comparison(op.toUpperCase().replace(/\s+/g, " "), wanted);
  const tagged = entity.toLowerCase().startsWith("tag");
  const read = tagged ? (experiment: ExperimentRecord) => experiment.tags[name] : attributes[name];
  const numeric = !tagged && name.endsWith("_time");
  if (read === undefined || compare === null || (wanted !== null && numeric !== (typeof wanted === "number"))) {
    throw invalidClause(clause);
  }
  return (experiment) => compare(read(experiment));
}

function comparison(op: string, wanted: string | number | null): ((value?: string | number) => boolean) | null {
  if (op === "IS NULL") return (value) => value === undefined;
  if (op === "IS NOT NULL") return (value) => value !== undefined;
  if (wanted === null) return null;
  // A clause on a tag that is not there is false, `!=` too.
  if (op === "=") return (value) => value === wanted;
  if (op === "!=") return (value) => value !== undefined && value !== wanted;
  if (typeof wanted === "number") return order(op, wanted);
  const pattern = op === "LIKE" ? like(wanted, "") : op === "ILIKE" ? like(wanted, "i") : null;
  return pattern === null ? null : (value) => value !== undefined && pattern.test(String(value));
}

function order(op: string, wanted: number): ((value?: string | number) => boolean) | null {
  const number = (value?: string | number): number => (value === undefined ? Number.NaN : Number(value));
  if (op === ">") return (value) => number(value) > wanted;
  if (op === ">=") return (value) => number(value) >= wanted;
  if (op === "<") return (value) => number(value) < wanted;
  return op === "<=" ? (value) => number(value) <= wanted : null;
}

/** SQL's LIKE: `%` is any text, `_` one letter. */
function like(pattern: string, flags: string): RegExp {
  const source = [...pattern]
    .map((c) => (c === "%" ? ".*" : c === "_" ? "." : c.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&")))
    .join("");
  return new RegExp(`^${source}$`, `su${flags}`);
}

function readOrder(clause: string): Order {
  const parts = /^(?:attributes?\.)?`?(?<key>\w+)`?(?:\s+(?<way>ASC|DESC))?$/i.exec(clause.trim())?.groups;
  const read = attributes[parts?.["key"] ?? ""];
  if (read === undefined) {
    throw new MlflowError(
      "INVALID_PARAMETER_VALUE",
      `Invalid order_by '${clause}'. Use one of ${Object.keys(attributes).join(", ")}, with ASC or DESC.`,
    );
  }
  const sign = parts?.["way"]?.toUpperCase() === "DESC" ? -1 : 1;
  return (a, b) => sign * (read(a) < read(b) ? -1 : read(a) > read(b) ? 1 : 0);
}

function invalidClause(clause: string): MlflowError {
  return new MlflowError(
    "INVALID_PARAMETER_VALUE",
    `Invalid clause(s) in filter string: '${clause}'. Use name, creation_time, last_update_time or tags.KEY, joined by AND.`,
  );
}
