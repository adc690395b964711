import type { Clause, Condition } from "../condition.ts";
import { passes } from "../matches.ts";
import type { Column, Columns, NumberColumn, TextColumn } from "./columns.ts";
import { columnName } from "./layout.ts";

/** The attributes that a snapshot has; the others are asked of the database. */
const attributes = new Set(["run_name", "status", "user_id", "start_time", "end_time"]);

/** Whether a snapshot can answer a condition. */
export function isAnswerable(wanted: Condition): boolean {
  switch (wanted.kind) {
    case "clause":
      return hasColumn(wanted.clause);
    case "not":
      return isAnswerable(wanted.part);
    default:
      return wanted.parts.every(isAnswerable);
  }
}

/** Whether a snapshot has what a clause or an order looks at. */
export function hasColumn({ entity, key }: Pick<Clause, "entity" | "key">): boolean {
  return entity !== "dataset" && (entity !== "attribute" || attributes.has(key));
}

/** The column that a clause or an order looks at; null where no run has a value. */
export function columnOf(columns: Columns, { entity, key }: Pick<Clause, "entity" | "key">): Column | null {
  if (entity === "dataset") throw new RangeError("a snapshot has no data sets");
  return columns.column(columnName(entity === "attribute" ? "run" : entity, key));
}

/** For each run of a snapshot 1 where a condition finds it, else 0. */
export function passing(columns: Columns, wanted: Condition): Uint8Array {
  switch (wanted.kind) {
    case "clause":
      return passingClause(columns, wanted.clause);
    case "not":
      return passing(columns, wanted.part).map((found) => 1 - found);
    case "all":
      return combined(columns, wanted.parts, (a, b) => a & b) ?? new Uint8Array(columns.runs).fill(1);
    case "any":
      return combined(columns, wanted.parts, (a, b) => a | b) ?? new Uint8Array(columns.runs);
  }
}

/** Null for no parts. */
function combined(
  columns: Columns,
  parts: readonly Condition[],
  both: (a: number, b: number) => number,
): Uint8Array | null {
  let found: Uint8Array | null = null;
  for (const part of parts) {
    const more = passing(columns, part);
    if (found !== null) for (let i = 0; i < more.length; i++) more[i] = both(found[i] ?? 0, more[i] ?? 0);
    found = more;
  }
  return found;
}

function passingClause(columns: Columns, clause: Clause): Uint8Array {
  const column = columnOf(columns, clause);
  const found = new Uint8Array(columns.runs);
  if (column === null) return clause.operator === "IS NULL" ? found.fill(1) : found;
  if (column.kind === "text") passingTexts(column, clause, found);
  else passingNumbers(column, clause, found);
  return found;
}

/** Each different text is looked at once. */
function passingTexts({ codes, texts }: TextColumn, clause: Clause, found: Uint8Array): void {
  const verdicts = verdictsOf(texts, clause);
  for (let i = 0; i < found.length; i++) found[i] = verdicts[codes[i] ?? 0] ?? 0;
}

/** By code; the first one is that of runs without the text. */
function verdictsOf(texts: TextColumn["texts"], clause: Clause): Uint8Array {
  const verdicts = new Uint8Array(texts.count + 1);
  const { operator, value } = clause;
  if (operator === "IS NULL") {
    verdicts[0] = 1;
  } else if (operator === "=" || operator === "!=") {
    // Found without reading every text: there may be as many as there are runs.
    if (operator === "!=") verdicts.fill(1, 1);
    const place = texts.placeOf(String(value));
    if (Number.isInteger(place)) verdicts[place + 1] = operator === "=" ? 1 : 0;
  } else {
    const test = passes(clause);
    for (let i = 0; i < texts.count; i++) verdicts[i + 1] = test(texts.at(i)) ? 1 : 0;
  }
  return verdicts;
}

function passingNumbers({ values, ranks }: NumberColumn, clause: Clause, found: Uint8Array): void {
  const test = passes(clause);
  for (let i = 0; i < found.length; i++) found[i] = ranks[i] === 0 && test(values[i] ?? 0) ? 1 : 0;
}
