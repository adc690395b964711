import type { SqlValue } from "../../store/index.ts";
import { comparison, isWord, joined, type Operator, type Piece, Reader, shown } from "../search/index.ts";

type Token = ReturnType<Reader["peek"]>;

/** What a clause of a filter can look at. */
export interface Field {
  /** SQL of its value. */
  readonly value: Piece;
  readonly kind: "text" | "number";
  /** Turns the test into a condition where the value is not one of the row itself: an EXISTS. */
  readonly within?: (test: Piece) => Piece;
}

/** The words of one kind of filter. */
export interface Grammar {
  /** "registered model", for sentences. */
  readonly of: string;
  /** Attributes that can be asked for. */
  readonly attributes: Readonly<Record<string, Field>>;
  /** What stands behind `tags.`, `params.`, `metrics.`; by the entity without its s. */
  readonly keyed: Readonly<Record<string, (key: string) => Field>>;
  /** Takes a clause for itself; null for one that is like all others. */
  readonly special?: (clause: Clause) => Piece | null;
}

/** One clause, read. */
export interface Clause {
  /** "attribute", or the entity. */
  readonly entity: string;
  readonly key: string;
  readonly operator: Operator;
  readonly value: number | string | readonly string[];
}

const deepest = 50;

/**
 * A filter as a condition on rows: MLflow's clauses joined by AND, and OR, NOT and brackets besides.
 *
 * @throws {FilterError}
 */
export function filterPiece(text: string, grammar: Grammar): Piece {
  if (text.trim() === "") return { sql: "1", values: [] };
  const reader = new Reader(text);
  const found = chain({ reader, grammar, depth: 0 }, "OR");
  const rest = reader.peek();
  if (!reader.atEnd()) throw reader.error(rest, `${shown(rest)} stands where AND or OR is wanted.`);
  return found;
}

interface Place {
  readonly reader: Reader;
  readonly grammar: Grammar;
  readonly depth: number;
}

function chain(place: Place, word: "AND" | "OR"): Piece {
  const read = (): Piece => (word === "OR" ? chain(place, "AND") : operand(place));
  const parts = [read()];
  while (isWord(place.reader.peek(), word)) {
    place.reader.next();
    parts.push(read());
  }
  return joined(parts, ` ${word} `);
}

function operand(place: Place): Piece {
  const { reader } = place;
  const token = reader.peek();
  const deeper = { ...place, depth: place.depth + 1 };
  if (deeper.depth > deepest) throw reader.error(token, `brackets stand in each other ${deepest} times at most.`);
  if (isWord(token, "NOT")) {
    reader.next();
    const { sql, values } = operand(deeper);
    return { sql: `((${sql}) IS NOT TRUE)`, values };
  }
  if (!reader.isAt("(")) return clause(place);
  reader.next();
  const inside = chain(deeper, "OR");
  if (!reader.isAt(")")) throw reader.error(reader.peek(), `the bracket of column ${token.at + 1} is not closed.`);
  reader.next();
  return inside;
}

function clause({ reader, grammar }: Place): Piece {
  const { entity, key, field } = identifier(reader, grammar);
  const operator = operatorOf(reader, field);
  const value = operator.endsWith("IN") ? list(reader) : field.kind === "number" ? number(reader, key) : text(reader);
  const special = grammar.special?.({ entity, key, operator, value }) ?? null;
  if (special !== null) return special;
  const test = comparison({ operator, value });
  const within = field.within ?? ((piece: Piece) => piece);
  return within({ sql: `${field.value.sql} ${test.sql}`, values: [...field.value.values, ...test.values] });
}

interface Named {
  readonly entity: string;
  readonly key: string;
  readonly field: Field;
}

function identifier(reader: Reader, grammar: Grammar): Named {
  const head = reader.next();
  if (head.kind !== "word" && head.kind !== "quoted")
    throw reader.error(head, `${shown(head)} stands where a name such as ${example(grammar)} is wanted.`);
  if (!reader.isAt(".")) return attribute(reader, grammar, head);
  reader.next();
  const entity = head.text
    .replace(/s$/, "")
    .replace(/^attr$/, "attribute")
    .replace(/^parameter$/, "param");
  const first = reader.next();
  if (first.kind === "end" || first.kind === "sign")
    throw reader.error(first, `${shown(first)} stands where the name of a ${entity} is wanted.`);
  const key = first.text + dotted(reader, first);
  if (entity === "attribute") return attribute(reader, grammar, { ...first, text: key });
  const field = grammar.keyed[entity]?.(key);
  if (field === undefined)
    throw reader.error(head, `a ${grammar.of} has no ${head.text}; it has ${Object.keys(grammar.keyed).join("s, ")}s.`);
  return { entity, key, field };
}

// tags.mlflow.user needs no quotes: the dots belong to the name.
function dotted(reader: Reader, first: Token): string {
  let rest = "";
  while (first.kind === "word" && reader.isAt(".")) {
    reader.next();
    rest += `.${reader.next().text}`;
  }
  return rest;
}

function attribute(reader: Reader, grammar: Grammar, token: Token): Named {
  const field = Object.hasOwn(grammar.attributes, token.text) ? grammar.attributes[token.text] : undefined;
  if (field !== undefined) return { entity: "attribute", key: token.text, field };
  const known = Object.keys(grammar.attributes).join(", ");
  throw reader.error(
    token,
    `${shown(token)} is no attribute of a ${grammar.of} (${known}); tags are written tags.team.`,
  );
}

function example(grammar: Grammar): string {
  return Object.keys(grammar.attributes)[0] ?? "name";
}

const signs: readonly Operator[] = ["=", "!=", ">", ">=", "<", "<="];
const texts: readonly Operator[] = ["=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"];

function operatorOf(reader: Reader, field: Field): Operator {
  const token = reader.next();
  const second = isWord(token, "NOT") ? ` ${reader.next().text.toUpperCase()}` : "";
  const written = token.text.toUpperCase() + second;
  const found = (field.kind === "number" ? signs : texts).find((operator) => operator === written);
  if (found !== undefined) return found;
  const allowed = (field.kind === "number" ? signs : texts).join(" ");
  throw reader.error(token, `${shown(token)} stands where one of ${allowed} is wanted.`);
}

function number(reader: Reader, key: string): number {
  const token = reader.next();
  // MLflow's own client quotes version numbers.
  const value = token.kind === "string" && token.text.trim() !== "" ? Number(token.text) : Number.NaN;
  if (token.kind === "number") return Number(token.text);
  if (!Number.isNaN(value)) return value;
  throw reader.error(token, `${shown(token)} stands where a number is wanted; ${key} is a number.`);
}

function text(reader: Reader): string {
  const token = reader.next();
  if (token.kind !== "string") throw reader.error(token, `${shown(token)} stands where a text in quotes is wanted.`);
  return token.text;
}

function list(reader: Reader): readonly string[] {
  const open = reader.next();
  if (open.text !== "(") throw reader.error(open, `${shown(open)} stands where "(" is wanted: IN ('a', 'b').`);
  const values = [text(reader)];
  for (;;) {
    const next = reader.next();
    if (next.kind === "sign" && next.text === ")") return values;
    if (next.kind !== "sign" || next.text !== ",")
      throw reader.error(next, `${shown(next)} stands where "," or ")" is wanted.`);
    if (reader.isAt(")")) continue;
    values.push(text(reader));
  }
}

/** A column of the row itself. */
export function column(sql: string, kind: Field["kind"] = "text"): Field {
  return { value: { sql, values: [] }, kind };
}

/** A value by key in a table of its own; the clause is false where there is no such key. */
export function keyedField(select: string, key: SqlValue): Field {
  return { value: { sql: `(${select})`, values: [key] }, kind: "text" };
}
