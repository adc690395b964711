import { FormatError } from "./format-error.ts";
import { type PythonToken, pythonTokens } from "./python-tokens.ts";
import { YamlFloat, type YamlKey, type YamlValue } from "./yaml-value.ts";

/**
 * The literals that a Python file assigns to names, in classes too, and to `self` in `__init__`: what DVC takes as params from a `.py` file
 * (dvc/utils/serialize/_py.py). Nothing is run; whatever is no literal is left out. A tuple or a set is a list.
 *
 * @throws {FormatError} a text that is no Python
 */
export function parsePythonLiterals(text: string, path: string): YamlValue {
  return new Reader(pythonTokens(text, path), path).block("module");
}

class NoLiteral extends Error {}

class Reader {
  private readonly tokens: readonly PythonToken[];
  private readonly path: string;
  private at = 0;

  constructor(tokens: readonly PythonToken[], path: string) {
    this.tokens = tokens;
    this.path = path;
  }

  /** The statements up to the end of a block. */
  block(kind: "module" | "class" | "init"): YamlValue {
    const found = new Map<YamlKey, YamlValue>();
    for (;;) {
      const token = this.peek();
      if (token.kind === "end" || token.kind === "dedent") {
        this.at += 1;
        return found;
      }
      if (token.kind === "indent") throw new FormatError(`${this.path}:${token.line}: unexpected indentation.`);
      this.statement(kind, found);
    }
  }

  private statement(kind: "module" | "class" | "init", found: Map<YamlKey, YamlValue>): void {
    const first = this.peek();
    const second = this.peek(1);
    if (kind !== "init" && first.kind === "name" && first.text === "class") {
      this.skipHeader();
      found.set(second.text, this.body("class"));
    } else if (kind !== "init" && first.kind === "name" && first.text === "def" && second.text === "__init__") {
      this.skipHeader();
      for (const [name, value] of this.body("init") as ReadonlyMap<YamlKey, YamlValue>) found.set(name, value);
    } else if (kind === "init" ? this.assignsSelf() : first.kind === "name" && this.assigns(1)) {
      this.assignment(found);
    } else this.skipStatement();
  }

  private assignsSelf(): boolean {
    return (
      this.peek().kind === "name" &&
      this.peek().text === "self" &&
      this.operator(".", 1) &&
      this.peek(2).kind === "name" &&
      this.assigns(3)
    );
  }

  private assigns(offset: number): boolean {
    const { kind, text } = this.peek(offset);
    return kind === "operator" && (text === "=" || text === ":");
  }

  private assignment(found: Map<YamlKey, YamlValue>): void {
    if (this.peek().text === "self" && this.operator(".", 1)) this.at += 2;
    const name = this.peek().text;
    this.at += 1;
    if (this.operator(":")) while (!this.operator("=") && this.peek().kind !== "newline") this.at += 1;
    if (!this.operator("=")) {
      this.skipStatement();
      return;
    }
    this.at += 1;
    const start = this.at;
    try {
      const value = this.tuple();
      if (this.peek().kind === "newline" || this.operator(";")) found.set(name, value);
    } catch (error) {
      if (!(error instanceof NoLiteral)) throw error;
      this.at = start;
    }
    this.skipStatement();
  }

  /** Values with commas between them and no brackets are a tuple. */
  private tuple(): YamlValue {
    const first = this.value();
    if (!this.operator(",")) return first;
    const items = [first];
    while (this.operator(",")) {
      this.at += 1;
      if (this.peek().kind === "newline") break;
      items.push(this.value());
    }
    return items;
  }

  private value(): YamlValue {
    const token = this.peek();
    this.at += 1;
    if (token.kind === "number") return numberOf(token.text);
    if (token.kind === "string") return this.text(token.text);
    if (token.kind === "name") return constantOf(token.text);
    if (token.kind !== "operator") throw new NoLiteral();
    if (token.text === "-" || token.text === "+") return signed(token.text, this.value());
    if (token.text === "[") return this.items("]");
    if (token.text === "(") return this.parenthesis();
    if (token.text === "{") return this.braces();
    throw new NoLiteral();
  }

  // Texts that stand beside each other are one.
  private text(first: string): string {
    let text = first;
    for (; this.peek().kind === "string"; this.at += 1) text += this.peek().text;
    return text;
  }

  private items(end: string): readonly YamlValue[] {
    const items: YamlValue[] = [];
    while (!this.operator(end)) {
      items.push(this.value());
      if (this.operator(",")) this.at += 1;
      else if (!this.operator(end)) throw new NoLiteral();
    }
    this.at += 1;
    return items;
  }

  private parenthesis(): YamlValue {
    const start = this.at;
    if (this.operator(")")) return this.items(")");
    const first = this.value();
    if (this.operator(")")) {
      this.at += 1;
      return first;
    }
    this.at = start;
    return this.items(")");
  }

  private braces(): YamlValue {
    const entries = new Map<YamlKey, YamlValue>();
    const items: YamlValue[] = [];
    while (!this.operator("}")) {
      const key = this.value();
      if (this.operator(":")) {
        this.at += 1;
        if (key === null || (typeof key === "object" && !(key instanceof YamlFloat))) throw new NoLiteral();
        entries.set(key, this.value());
      } else items.push(key);
      if (this.operator(",")) this.at += 1;
      else if (!this.operator("}")) throw new NoLiteral();
    }
    this.at += 1;
    return items.length > 0 ? items : entries;
  }

  /** To behind the colon that opens a block. */
  private skipHeader(): void {
    for (let depth = 0; this.peek().kind !== "end"; this.at += 1) {
      const { kind, text } = this.peek();
      if (kind !== "operator") continue;
      if ("([{".includes(text)) depth += 1;
      else if (")]}".includes(text)) depth -= 1;
      else if (text === ":" && depth === 0) break;
    }
    this.at += 1;
  }

  private body(kind: "class" | "init"): YamlValue {
    const found = new Map<YamlKey, YamlValue>();
    if (this.peek().kind !== "newline") {
      this.statement(kind, found);
      return found;
    }
    this.at += 1;
    if (this.peek().kind !== "indent")
      throw new FormatError(`${this.path}:${this.peek().line}: an indented block is missing.`);
    this.at += 1;
    return this.block(kind);
  }

  /** To behind the end of the line, and behind the block that it opens. */
  private skipStatement(): void {
    while (this.peek().kind !== "newline" && this.peek().kind !== "end" && !this.operator(";")) this.at += 1;
    if (this.peek().kind !== "end") this.at += 1;
    if (this.peek().kind !== "indent") return;
    for (let depth = 0; ; this.at += 1) {
      const { kind } = this.peek();
      if (kind === "indent") depth += 1;
      if (kind === "dedent") depth -= 1;
      if (depth === 0 || kind === "end") break;
    }
    if (this.peek().kind === "dedent") this.at += 1;
  }

  private operator(text: string, offset = 0): boolean {
    const token = this.peek(offset);
    return token.kind === "operator" && token.text === text;
  }

  private peek(offset = 0): PythonToken {
    const last = this.tokens.at(-1) ?? { kind: "end", text: "", line: 1 };
    return this.tokens[this.at + offset] ?? last;
  }
}

function numberOf(text: string): YamlValue {
  const plain = text.replaceAll("_", "").toLowerCase();
  if (plain.endsWith("j")) throw new NoLiteral();
  if (/^0[xob]/.test(plain) || /^\d+$/.test(plain)) {
    const value = BigInt(plain);
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }
  const value = Number(plain);
  return Number.isInteger(value) ? new YamlFloat(value) : value;
}

function signed(sign: string, value: YamlValue): YamlValue {
  if (value instanceof YamlFloat) return sign === "-" ? new YamlFloat(-value.value) : value;
  if (typeof value === "number") return sign === "+" || value === 0 ? value : -value;
  if (typeof value === "bigint") return sign === "-" ? -value : value;
  throw new NoLiteral();
}

function constantOf(name: string): YamlValue {
  if (name === "True") return true;
  if (name === "False") return false;
  if (name === "None") return null;
  throw new NoLiteral();
}
