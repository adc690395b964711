import { isPrintable } from "./yaml-scalar.ts";

const width = 80;
const breaks = "\n\u0085\u2028\u2029";

const escapes: Readonly<Record<string, string>> = {
  "\0": "0",
  "\u0007": "a",
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\v": "v",
  "\f": "f",
  "\r": "r",
  "\u001b": "e",
  '"': '"',
  "\\": "\\",
  "\u0085": "N",
  "\u00a0": "_",
  "\u2028": "L",
  "\u2029": "P",
};

/**
 * Writes YAML as ruamel.yaml's emitter does, with its folding at 80 columns and its odd spaces: DVC's files are compared byte for byte.
 * A column is a code point. `indention`: only indentation, `-`, `?` or `:` stand on the line so far.
 */
export class Pen {
  private readonly parts: string[] = [];
  private column = 0;
  private whitespace = true;
  indention = true;
  /** Columns that a new line begins with. */
  indent = 0;

  text(): string {
    return this.parts.join("");
  }

  /** `-`, `?`, `:` or a bracket; `spaced`: with a space before it unless there is one. */
  indicator(text: string, spaced: boolean, indention = false): void {
    this.write(this.whitespace || !spaced ? text : ` ${text}`);
    this.whitespace = false;
    this.indention = this.indention && indention;
  }

  /** Goes to the current indentation, on a new line where something else stands on this one. */
  newLine(): void {
    const fresh = this.indention && (this.column < this.indent || (this.column === this.indent && this.whitespace));
    if (!fresh) this.lineBreak();
    if (this.column < this.indent) {
      this.whitespace = true;
      this.write(" ".repeat(this.indent - this.column));
    }
  }

  /** A text without quotes. `fold`: may go over several lines (a key may not). */
  plain(text: string, fold: boolean): void {
    if (text === "") return;
    if (!this.whitespace) this.write(" ");
    this.whitespace = false;
    this.indention = false;
    for (const word of text.split(/((?<! ) (?! )| {2,})/)) {
      if (word === " ") this.space(fold && this.column >= width, word);
      else this.word(word);
    }
  }

  private word(word: string): void {
    const multiple = word.startsWith(" ");
    if (!multiple && this.column > this.indent && this.column + Array.from(word).length > width) this.newLine();
    this.write(word);
  }

  private space(fold: boolean, text: string): void {
    if (!fold) {
      this.write(text);
      return;
    }
    this.newLine();
    this.whitespace = false;
    this.indention = false;
  }

  singleQuoted(text: string, fold: boolean): void {
    this.indicator("'", true);
    const pieces = text.split(/((?<! ) (?! )|[\n\u0085\u2028\u2029]+)/);
    pieces.forEach((piece, i) => {
      if (piece !== "" && breaks.includes(piece.charAt(0))) this.breaks(piece);
      else if (piece === " " && fold && this.column > width && i > 0 && inside(pieces, i)) this.newLine();
      else this.write(piece.replaceAll("'", "''"));
    });
    this.indicator("'", false);
  }

  // An empty line more for each "\n": the first one is what folding would make a space.
  private breaks(text: string): void {
    if (text.startsWith("\n")) this.lineBreak();
    for (const character of text) this.lineBreak(character);
    this.newLine();
  }

  doubleQuoted(text: string, fold: boolean): void {
    this.indicator('"', true);
    const characters = Array.from(text);
    let start = 0;
    for (let end = 0; end <= characters.length; end++) {
      const character = characters[end];
      if (character === undefined || !isPlainInQuotes(character)) {
        this.write(characters.slice(start, end).join(""));
        start = end;
        if (character !== undefined) {
          this.write(escaped(character));
          start = end + 1;
        }
      }
      const foldable = fold && end > 0 && end < characters.length - 1 && (character === " " || start >= end);
      if (foldable && this.column + (end - start) > width) start = this.foldQuoted(characters, start, end);
    }
    this.indicator('"', false);
  }

  /** Breaks the line inside double quotes; gives where the text goes on. */
  private foldQuoted(characters: readonly string[], start: number, end: number): number {
    const backslash = needsBackslash(characters, start, end);
    this.write(characters.slice(start, end).join("") + (backslash ? "\\" : ""));
    let next = Math.max(start, end);
    this.newLine();
    this.whitespace = false;
    this.indention = false;
    if (characters[next] === " ") {
      if (backslash) this.write("\\");
      else next += 1;
    }
    return next;
  }

  private lineBreak(text = "\n"): void {
    this.parts.push(text);
    this.whitespace = true;
    this.indention = true;
    this.column = 0;
  }

  private write(text: string): void {
    this.parts.push(text);
    this.column += Array.from(text).length;
  }
}

function inside(pieces: readonly string[], i: number): boolean {
  return pieces.slice(0, i).some((piece) => piece !== "") && pieces.slice(i + 1).some((piece) => piece !== "");
}

function isPlainInQuotes(character: string): boolean {
  return isPrintable(character) && !'"\\\u0085\u2028\u2029'.includes(character);
}

function escaped(character: string): string {
  const short = escapes[character];
  if (short !== undefined) return `\\${short}`;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

// A fold reads back as one space; where that is not what stood there, a backslash keeps the text together.
function needsBackslash(characters: readonly string[], start: number, end: number): boolean {
  const space = characters.indexOf(" ", end);
  if (space === -1) return true;
  const newline = characters.slice(end, space).indexOf("\n");
  const stop = newline === -1 ? space : end + newline;
  const after = characters[stop + 1];
  if (after === undefined) return true;
  if (characters[stop] === "\n" && after !== " ") return true;
  const between = characters.slice(end, stop);
  const quoted = between.includes('"') || between.includes("'");
  const twoSpaces = characters[end - 1] === " " && characters[end] === " ";
  return quoted || after === " " || after === "\n" || twoSpaces || start === end;
}
