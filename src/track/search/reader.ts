import { FilterError } from "./filter-error.ts";
import { type Grammar, runGrammar } from "./grammar.ts";
import { lex, type Token } from "./lex.ts";

/** Whether a token is a word of the grammar, in whatever case. */
export function isWord(token: Token, word: string): boolean {
  return token.kind === "word" && token.text.toUpperCase() === word;
}

/** A token in a sentence. */
export function shown(token: Token): string {
  return token.kind === "end" ? "the end" : JSON.stringify(token.text);
}

/** Hands out the tokens of a filter one by one. */
export class Reader {
  readonly grammar: Grammar;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  /** @throws {FilterError} a character without meaning, an open quote */
  constructor(text: string, grammar: Grammar = runGrammar) {
    this.grammar = grammar;
    this.#text = text;
    this.#tokens = lex(text);
  }

  peek(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", text: "", at: this.#text.length };
  }

  next(): Token {
    const token = this.peek();
    this.#next++;
    return token;
  }

  /** Whether the next token is this sign. */
  isAt(sign: string): boolean {
    return this.peek().kind === "sign" && this.peek().text === sign;
  }

  atEnd(): boolean {
    return this.peek().kind === "end";
  }

  /** An error that points at a token. */
  error(token: Token, problem: string): FilterError {
    return new FilterError(this.#text, token.at, problem);
  }
}
