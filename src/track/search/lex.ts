import { FilterError } from "./filter-error.ts";

/** A part of a filter; `at` is its place, counted from 0. */
export interface Token {
  readonly kind: "word" | "quoted" | "string" | "number" | "sign" | "end";
  /** Without its quotes. */
  readonly text: string;
  readonly at: number;
}

const patterns: readonly (readonly [Token["kind"], RegExp])[] = [
  ["number", /-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y],
  // Letters of every script: a metric may be called β. A param may be called 1st.
  ["word", /[\p{L}\p{N}_][\p{L}\p{N}_\-/]*/uy],
  ["quoted", /`([^`]*)`/y],
  ["string", /'([^']*)'/y],
  ["string", /"([^"]*)"/y],
  ["sign", /!=|>=|<=|=|>|<|\(|\)|,|\./y],
];

/** The tokens of a filter, closed by one of kind "end". @throws {FilterError} */
export function lex(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = blanksFrom(text, 0);
  while (at < text.length) {
    const token = tokenAt(text, at);
    tokens.push(token.token);
    at = blanksFrom(text, token.end);
  }
  return [...tokens, { kind: "end", text: "", at: text.length }];
}

function tokenAt(text: string, at: number): { readonly token: Token; readonly end: number } {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) return { token: { kind, text: match[1] ?? match[0], at }, end: pattern.lastIndex };
  }
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  throw new FilterError(
    text,
    at,
    "'\"`".includes(character)
      ? `the quote ${character} is not closed.`
      : `${JSON.stringify(character)} has no meaning here; put names with such characters in backticks, texts in quotes.`,
  );
}

function blanksFrom(text: string, at: number): number {
  let next = at;
  while (/\s/.test(text.charAt(next))) next++;
  return next;
}
