import { FormatError } from "./format-error.ts";

/** A token of Python's grammar, as far as assignments of literals need it. */
export type PythonToken =
  | { readonly kind: "name" | "number" | "operator" | "string"; readonly text: string; readonly line: number }
  | { readonly kind: "newline" | "indent" | "dedent" | "end"; readonly text: ""; readonly line: number };

const number =
  /(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*)?\.\d[\d_]*(?:[eE][-+]?\d+)?|\d[\d_]*\.?(?:[eE][-+]?\d+)?)[jJ]?/y;
const name = /[\p{L}_][\p{L}\p{N}_]*/uy;
const stringStart = /([rRbBuUfF]{0,2})("""|'''|"|')/y;
const operator =
  /\*\*=|\/\/=|>>=|<<=|\.\.\.|->|:=|==|!=|<=|>=|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|\*\*|\/\/|<<|>>|[-+*/%@&|^~<>()[\]{},:.;=!]/y;

/**
 * The tokens of a Python file: logical lines, indentation, names, numbers, strings (their value), operators.
 *
 * @throws {FormatError} a text that is no Python
 */
export function pythonTokens(text: string, path: string): readonly PythonToken[] {
  return new Scanner(text.replaceAll("\r\n", "\n"), path).scan();
}

class Scanner {
  private readonly text: string;
  private readonly path: string;
  private readonly tokens: PythonToken[] = [];
  private readonly indents: number[] = [0];
  private position = 0;
  private line = 1;
  private depth = 0;

  constructor(text: string, path: string) {
    this.text = text;
    this.path = path;
  }

  scan(): readonly PythonToken[] {
    while (this.position < this.text.length) {
      if (this.depth === 0 && (this.position === 0 || this.text[this.position - 1] === "\n") && this.indentation())
        continue;
      this.next();
    }
    if (this.tokens.length > 0 && this.tokens.at(-1)?.kind !== "newline") this.push("newline");
    for (const _ of this.indents.slice(1)) this.push("dedent");
    this.push("end");
    return this.tokens;
  }

  /** Reads a line's indentation; true for a line without code. */
  private indentation(): boolean {
    const match = /[ \t\f]*/y;
    match.lastIndex = this.position;
    const space = match.exec(this.text)?.[0] ?? "";
    const rest = this.text.slice(this.position + space.length, this.position + space.length + 1);
    if (rest === "\n" || rest === "#" || rest === "") {
      const end = this.text.indexOf("\n", this.position);
      this.position = end === -1 ? this.text.length : end + 1;
      this.line += 1;
      return true;
    }
    const width = space.replaceAll("\t", "        ").length;
    this.position += space.length;
    if (width > (this.indents.at(-1) ?? 0)) {
      this.indents.push(width);
      this.push("indent");
    }
    while (width < (this.indents.at(-1) ?? 0)) {
      this.indents.pop();
      this.push("dedent");
    }
    return false;
  }

  private next(): void {
    const character = this.text.charAt(this.position);
    if (character === "\n") {
      if (this.depth === 0 && this.tokens.at(-1)?.kind !== "newline") this.push("newline");
      this.line += 1;
      this.position += 1;
    } else if (character === "\\" && this.text[this.position + 1] === "\n") {
      this.line += 1;
      this.position += 2;
    } else if (/[ \t\f]/.test(character)) this.position += 1;
    else if (character === "#") {
      const end = this.text.indexOf("\n", this.position);
      this.position = end === -1 ? this.text.length : end;
    } else this.token();
  }

  private token(): void {
    const start = this.match(stringStart);
    if (start !== null) this.string(start[1]?.toLowerCase() ?? "", start[2] ?? "");
    else if (this.take("number", number) || this.take("name", name)) return;
    else if (this.take("operator", operator)) {
      const { text } = this.tokens.at(-1) ?? { text: "" };
      if ("([{".includes(text)) this.depth += 1;
      else if (")]}".includes(text)) this.depth = Math.max(0, this.depth - 1);
    } else throw new FormatError(`${this.path}:${this.line}: "${this.text.charAt(this.position)}" is no Python.`);
  }

  private take(kind: "number" | "name" | "operator", pattern: RegExp): boolean {
    const match = this.match(pattern);
    if (match === null || match[0] === "") return false;
    this.tokens.push({ kind, text: match[0], line: this.line });
    this.position += match[0].length;
    return true;
  }

  private match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position;
    return pattern.exec(this.text);
  }

  private string(prefix: string, quote: string): void {
    const line = this.line;
    const from = this.position + prefix.length + quote.length;
    let at = from;
    while (!this.text.startsWith(quote, at)) {
      if (at >= this.text.length || (quote.length === 1 && this.text[at] === "\n")) {
        throw new FormatError(`${this.path}:${line}: a text that begins here has no end.`);
      }
      at += this.text[at] === "\\" ? 2 : 1;
    }
    const raw = this.text.slice(from, at);
    this.line += raw.split("\n").length - 1;
    this.position = at + quote.length;
    // Neither bytes nor formatted texts are literals that a params file may hold.
    const kind = /[bf]/.test(prefix) ? "operator" : "string";
    const text = prefix.includes("r") ? raw : unescaped(raw);
    this.tokens.push({ kind, text: kind === "operator" ? "!" : text, line });
  }

  private push(kind: "newline" | "indent" | "dedent" | "end"): void {
    this.tokens.push({ kind, text: "", line: this.line });
  }
}

const escapes: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function unescaped(raw: string): string {
  return raw.replace(/\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{1,3}|[\s\S])/g, (all, code: string) => {
    const first = code.charAt(0);
    if (/[xuU]/.test(first) && code.length > 1) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
    if (/[0-7]/.test(first)) return String.fromCodePoint(Number.parseInt(code, 8));
    return escapes[code] ?? all;
  });
}
