import type { Clause, Condition, Order } from "./condition.ts";

/** The text of a condition, names quoted wherever they may need it: read again it is the same condition. */
export function printFilter(wanted: Condition): string {
  switch (wanted.kind) {
    case "clause":
      return printClause(wanted.clause);
    case "all":
      return wanted.parts.map(printPart).join(" AND ");
    case "any":
      return wanted.parts.map(printPart).join(" OR ");
    case "not":
      return `NOT ${printPart(wanted.part)}`;
  }
}

/** One order as MLflow's `order_by` takes it. */
export function printOrder({ entity, key, descending }: Order): string {
  return `${printName(entity, key)} ${descending ? "DESC" : "ASC"}`;
}

/**
 * A condition in two: what a server of stock MLflow understands (clauses joined by AND, lists only of run ids), and what
 * is left to ask of the runs that it finds; null for nothing. One clause can stand in both.
 */
export function splitForMlflow(wanted: Condition): { readonly stock: Condition; readonly rest: Condition | null } {
  const parts = wanted.kind === "all" ? wanted.parts.flatMap(conjuncts) : conjuncts(wanted);
  const rest = parts.filter((part) => !isStock(part) || isInexact(part));
  return {
    stock: { kind: "all", parts: parts.filter(isStock) },
    rest: rest.length === 0 ? null : { kind: "all", parts: rest },
  };
}

// (a AND b) AND c is a AND b AND c.
function conjuncts(part: Condition): readonly Condition[] {
  return part.kind === "all" ? part.parts.flatMap(conjuncts) : [part];
}

function isStock(part: Condition): boolean {
  if (part.kind !== "clause") return false;
  const { entity, key, operator } = part.clause;
  const isList = operator === "IN" || operator === "NOT IN";
  return !isList || entity === "dataset" || (entity === "attribute" && key === "run_id");
}

// Stock MLflow finds a metric that is NaN unequal to any number.
function isInexact(part: Condition): boolean {
  return part.kind === "clause" && part.clause.entity === "metric" && part.clause.operator === "!=";
}

function printPart(part: Condition): string {
  return part.kind === "clause" || part.kind === "not" ? printFilter(part) : `(${printFilter(part)})`;
}

function printClause({ entity, key, operator, value }: Clause): string {
  const name = printName(entity, key);
  if (value === null) return `${name} ${operator}`;
  if (typeof value === "number") return `${name} ${operator} ${printNumber(value)}`;
  if (typeof value === "string") return `${name} ${operator} ${quoted(value)}`;
  return `${name} ${operator} (${value.map(quoted).join(", ")})`;
}

function printName(entity: Clause["entity"], key: string): string {
  if (entity === "attribute" || entity === "dataset") return `${entity}s.${key}`;
  return key.includes("`") ? `${entity}s."${key}"` : `${entity}s.\`${key}\``;
}

function quoted(text: string): string {
  return text.includes("'") ? `"${text}"` : `'${text}'`;
}

function printNumber(value: number): string {
  // MLflow's parser knows 1e21 and 1e-7, not 1e+21.
  return Object.is(value, -0) ? "-0" : String(value).replace("+", "");
}
