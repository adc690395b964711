import type { Clause, Condition, Entity, Operator, Order } from "./condition.ts";
import { FilterError } from "./filter-error.ts";
import { type Grammar, runGrammar } from "./grammar.ts";
import type { Token } from "./lex.ts";
import { isWord, Reader, shown } from "./reader.ts";
import { suggestion } from "./suggestion.ts";

const datasetKeys = ["name", "digest", "context"];

/** Brackets and NOTs in each other, and clauses in all, that a filter may have: SQLite takes no deeper expression. */
const deepest = 50;
const mostClauses = 500;

/**
 * What a filter says, in MLflow's grammar of clauses joined by AND, and with OR, NOT and brackets, which MLflow lacks.
 * NOT binds before AND, AND before OR, as in SQL.
 *
 * @throws {FilterError} @see mlflow/utils/search_utils.py, SearchUtils.parse_search_filter
 */
export function parseFilter(text: string, grammar: Grammar = runGrammar): Condition {
  if (text.trim() === "") return { kind: "all", parts: [] };
  const place: Place = { reader: new Reader(text, grammar), depth: 0, clauses: { count: 0 } };
  const found = alternatives(place);
  const { reader } = place;
  if (reader.isAt(")")) throw reader.error(reader.next(), 'this ")" closes nothing.');
  const rest = reader.peek();
  if (!reader.atEnd())
    throw reader.error(rest, `${shown(rest)} stands where AND or OR is wanted; texts with blanks go in quotes.`);
  return found;
}

/** Where the parser is. */
interface Place {
  readonly reader: Reader;
  readonly depth: number;
  readonly clauses: { count: number };
}

function alternatives(place: Place): Condition {
  return chain(place, "OR", () => chain(place, "AND", () => operand(place)));
}

function chain({ reader }: Place, word: "AND" | "OR", read: () => Condition): Condition {
  const parts = [read()];
  while (isWord(reader.peek(), word)) {
    reader.next();
    parts.push(read());
  }
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : { kind: word === "AND" ? "all" : "any", parts };
}

function operand(place: Place): Condition {
  const { reader, clauses } = place;
  const token = reader.peek();
  const deeper = { ...place, depth: place.depth + 1 };
  if (deeper.depth > deepest)
    throw reader.error(token, `brackets and NOTs stand in each other ${deepest} times at most.`);
  if (isWord(token, "NOT")) {
    reader.next();
    return { kind: "not", part: operand(deeper) };
  }
  if (reader.isAt("(")) {
    reader.next();
    const inside = alternatives(deeper);
    if (!reader.isAt(")")) throw notClosed(reader, token);
    reader.next();
    return inside;
  }
  if (++clauses.count > mostClauses)
    throw reader.error(token, `a filter has ${mostClauses} clauses at most; write lists of values as IN ('a', 'b').`);
  return { kind: "clause", clause: clause(reader) };
}

function notClosed(reader: Reader, open: Token): FilterError {
  const rest = reader.peek();
  return rest.kind === "end"
    ? reader.error(open, 'this "(" is not closed.')
    : reader.error(rest, `${shown(rest)} stands where AND, OR or ")" is wanted.`);
}

/** What `order_by` says, each key once. @throws {FilterError} */
export function parseOrder(texts: readonly string[], grammar: Grammar = runGrammar): readonly Order[] {
  const orders = texts.map((text) => parseOneOrder(new Reader(text, grammar)));
  const twice = orders.find((a, i) => orders.findIndex((b) => a.entity === b.entity && a.key === b.key) !== i);
  if (twice !== undefined)
    throw new FilterError(texts.join(", "), 0, `${twice.entity} ${twice.key} is in the order twice.`);
  return orders;
}

function parseOneOrder(reader: Reader): Order {
  const { entity, key, at } = identifier(reader);
  if (entity === "dataset") throw reader.error(at, "runs are not sorted by data sets.");
  const direction = reader.next();
  const descending = isWord(direction, "DESC");
  if (direction.kind !== "end" && !descending && !isWord(direction, "ASC"))
    throw reader.error(direction, `${shown(direction)} stands where ASC or DESC is wanted.`);
  if (direction.kind !== "end" && !reader.atEnd()) throw reader.error(reader.next(), "nothing may follow ASC or DESC.");
  return { entity, key, descending };
}

function clause(reader: Reader): Clause {
  const { entity, key } = identifier(reader);
  const operatorToken = reader.peek();
  const operator = readOperator(reader);
  const isNumber = entity === "metric" || (entity === "attribute" && reader.grammar.numberAttributes.includes(key));
  const allowed = operatorsOf(entity, isNumber);
  if (!allowed.includes(operator))
    throw reader.error(operatorToken, `${operator} does not go with ${entity} ${key}; take ${allowed.join(" ")}.`);
  if (operator === "IS NULL" || operator === "IS NOT NULL") return { entity, key, operator, value: null };
  const value = operator.endsWith("IN")
    ? list(reader)
    : isNumber
      ? number(reader, key)
      : string(reader, { entity, key });
  return { entity, key, operator, value };
}

function operatorsOf(entity: Entity, isNumber: boolean): readonly Operator[] {
  if (isNumber) return ["=", "!=", ">", ">=", "<", "<="];
  if (entity === "param" || entity === "tag") return ["=", "!=", "LIKE", "ILIKE", "IS NULL", "IS NOT NULL"];
  return ["=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"];
}

function identifier(reader: Reader): { readonly entity: Entity; readonly key: string; readonly at: Token } {
  const head = reader.next();
  if (head.kind === "end") throw reader.error(head, "the filter ends where a clause is wanted.");
  const isName = head.kind === "word" || head.kind === "quoted" || (head.kind === "string" && !reader.isAt("."));
  if (!isName) throw reader.error(head, `${shown(head)} stands where a name such as metrics.rmse is wanted.`);
  if (!reader.isAt(".")) return { entity: "attribute", key: attribute(reader, head), at: head };
  const { entities } = reader.grammar;
  const entity = Object.hasOwn(entities, head.text) ? entities[head.text] : undefined;
  if (entity === undefined)
    throw reader.error(
      head,
      `${shown(head)} is none of ${[...new Set(Object.values(entities))].map((known) => `${known}s`).join(", ")}.${suggestion(head.text, Object.keys(entities))}`,
    );
  reader.next();
  return { entity, key: keyOf(reader, entity), at: head };
}

function keyOf(reader: Reader, entity: Entity): string {
  const first = reader.next();
  if (first.kind !== "word" && first.kind !== "quoted" && first.kind !== "string" && first.kind !== "number")
    throw reader.error(first, `${shown(first)} stands where the name of a ${entity} is wanted.`);
  const key = first.text + dottedRest(reader, first);
  if (entity === "attribute") return attribute(reader, { ...first, text: key });
  if (entity === "dataset" && !datasetKeys.includes(key))
    throw reader.error(
      first,
      `a data set has no ${JSON.stringify(key)}; it has ${datasetKeys.join(", ")}.${suggestion(key, datasetKeys)}`,
    );
  return key;
}

// params.model.lr needs no quotes: the dots belong to the name.
function dottedRest(reader: Reader, first: Token): string {
  let rest = "";
  while (first.kind === "word" && reader.isAt(".")) {
    reader.next();
    rest += `.${reader.next().text}`;
  }
  return rest;
}

function attribute(reader: Reader, token: Token): string {
  const { what, aliases, textAttributes, numberAttributes } = reader.grammar;
  const key = Object.hasOwn(aliases, token.text) ? (aliases[token.text] ?? token.text) : token.text;
  const known = [...textAttributes, ...numberAttributes];
  if (!known.includes(key))
    throw reader.error(
      token,
      `${JSON.stringify(token.text)} is no attribute of ${what} (${known.join(", ")}); metrics, params and tags are written metrics.rmse.${suggestion(token.text, known)}`,
    );
  return key;
}

function readOperator(reader: Reader): Operator {
  const token = reader.next();
  if (token.kind === "sign" && ["=", "!=", ">", ">=", "<", "<="].includes(token.text)) return token.text as Operator;
  if (isWord(token, "LIKE")) return "LIKE";
  if (isWord(token, "ILIKE")) return "ILIKE";
  if (isWord(token, "IN")) return "IN";
  if (isWord(token, "NOT") && isWord(reader.next(), "IN")) return "NOT IN";
  if (isWord(token, "IS")) {
    const next = reader.next();
    if (isWord(next, "NULL")) return "IS NULL";
    if (isWord(next, "NOT") && isWord(reader.next(), "NULL")) return "IS NOT NULL";
  }
  throw reader.error(token, `${shown(token)} stands where an operator (= != > >= < <= LIKE ILIKE IN) is wanted.`);
}

function number(reader: Reader, key: string): number {
  const token = reader.next();
  if (token.kind !== "number")
    throw reader.error(token, `${shown(token)} stands where a number is wanted; ${key} is a number.`);
  return Number(token.text);
}

function string(reader: Reader, { entity, key }: { readonly entity: Entity; readonly key: string }): string {
  const token = reader.next();
  if (token.kind !== "string")
    throw reader.error(token, `${shown(token)} stands where a text in quotes is wanted: ${entity} ${key} is a text.`);
  return token.text;
}

function list(reader: Reader): readonly string[] {
  const open = reader.next();
  if (open.text !== "(") throw reader.error(open, `${shown(open)} stands where "(" is wanted: IN ('a', 'b').`);
  const values: string[] = [];
  for (;;) {
    const value = reader.next();
    if (value.kind !== "string") throw reader.error(value, `${shown(value)} stands where a text in quotes is wanted.`);
    values.push(value.text);
    const next = reader.next();
    if (next.text === ")" && next.kind === "sign") return values;
    if (next.text !== ",") throw reader.error(next, `${shown(next)} stands where "," or ")" is wanted.`);
  }
}
