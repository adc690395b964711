import { FormatError } from "./format-error.ts";
import { pythonFloat } from "./python-number.ts";
import { Pen } from "./yaml-pen.ts";
import { analyze, plainKind } from "./yaml-scalar.ts";
import { isYamlMap, YamlFloat, type YamlMap, YamlTimestamp, type YamlValue } from "./yaml-value.ts";

/**
 * YAML as DVC writes it: the bytes of ruamel.yaml 0.19, round-trip dumper, width 80, block style.
 *
 * Integers are numbers or bigints, floats with an integer's value are {@link YamlFloat} (`1.0`), `null` is empty.
 *
 * @throws {FormatError} a value that YAML cannot hold: a function, a class instance, undefined, a lone surrogate
 */
export function printYaml(value: YamlMap | readonly YamlValue[]): string {
  const pen = new Pen();
  printNode(pen, value, { path: "", place: "root" });
  return `${pen.text()}\n`;
}

interface Position {
  /** For messages: `outs[0].md5`. */
  readonly path: string;
  readonly place: "root" | "item" | "value";
}

function printNode(pen: Pen, value: unknown, at: Position): void {
  if (Array.isArray(value)) printList(pen, value, at);
  else if (isYamlMap(value)) printMap(pen, value, at);
  else printScalar(pen, value, { path: at.path, key: false, item: at.place === "item" });
}

function printList(pen: Pen, items: readonly unknown[], at: Position): void {
  if (items.length === 0) {
    pen.indicator("[]", true);
    return;
  }
  const indent = pen.indent;
  // Under a key the dashes stand in the key's own column.
  if (at.place === "item" || (at.place === "value" && pen.indention)) pen.indent += 2;
  items.forEach((item, i) => {
    pen.newLine();
    pen.indicator("-", true, true);
    printNode(pen, item, { path: `${at.path}[${i}]`, place: "item" });
  });
  pen.indent = indent;
}

function printMap(pen: Pen, map: YamlMap, at: Position): void {
  const entries: readonly (readonly [unknown, unknown])[] = map instanceof Map ? [...map] : Object.entries(map);
  if (entries.length === 0) {
    pen.indicator("{}", true);
    return;
  }
  const indent = pen.indent;
  if (at.place !== "root") pen.indent += 2;
  for (const [key, value] of entries) {
    const path = at.path === "" ? String(key) : `${at.path}.${String(key)}`;
    pen.newLine();
    printKey(pen, key, path);
    printNode(pen, value, { path, place: "value" });
  }
  pen.indent = indent;
}

// ruamel counts the 5 characters of the tag `!!str` to a key's length; above 127 the key gets a line of its own.
const longestKey = 122;

function printKey(pen: Pen, key: unknown, path: string): void {
  const { text } = scalarOf(key, path);
  if (Array.from(text).length <= longestKey && !analyze(text).multiline) {
    printScalar(pen, key, { path, key: true, item: false });
    pen.indicator(":", false);
    return;
  }
  pen.indicator("?", true, true);
  printScalar(pen, key, { path, key: false, item: false });
  pen.newLine();
  pen.indicator(":", true, true);
}

interface ScalarPlace {
  readonly path: string;
  readonly key: boolean;
  readonly item: boolean;
}

function printScalar(pen: Pen, value: unknown, at: ScalarPlace): void {
  const { text, kind } = scalarOf(value, at.path);
  const { multiline, plain, singleQuoted } = analyze(text);
  pen.indent += 2;
  if (at.item) pen.newLine();
  const implicit = kind !== "string" || plainKind(text) === "string";
  if (implicit && plain && !(at.key && (text === "" || multiline))) pen.plain(text, !at.key);
  else if (text.includes("'") || text.includes("\n")) pen.doubleQuoted(text, !at.key);
  else if (singleQuoted && !(at.key && multiline)) pen.singleQuoted(text, !at.key);
  else pen.doubleQuoted(text, !at.key);
  pen.indent -= 2;
}

interface Scalar {
  readonly text: string;
  readonly kind: "string" | "other";
}

function scalarOf(value: unknown, path: string): Scalar {
  if (typeof value === "string") return { text: wellFormed(value, path), kind: "string" };
  if (value === null) return { text: "", kind: "other" };
  if (typeof value === "boolean" || typeof value === "bigint") return { text: String(value), kind: "other" };
  if (value instanceof YamlFloat) return { text: floatText(value.value), kind: "other" };
  if (value instanceof YamlTimestamp) return { text: value.text, kind: "other" };
  if (typeof value === "number") {
    const integer = Number.isSafeInteger(value) && !Object.is(value, -0);
    return { text: integer ? String(value) : floatText(value), kind: "other" };
  }
  throw new FormatError(`${path} is ${describe(value)}; YAML holds strings, numbers, booleans, null, lists and maps.`);
}

function floatText(value: number): string {
  return pythonFloat(value).replace(/^(-?)(inf|nan)$/, "$1.$2");
}

function wellFormed(text: string, path: string): string {
  if (text.isWellFormed()) return text;
  throw new FormatError(`${path} is ${JSON.stringify(text)}, which holds half a surrogate pair; no file can hold it.`);
}

function describe(value: unknown): string {
  if (typeof value === "object" && value !== null) return `an instance of ${value.constructor?.name ?? "no class"}`;
  return value === undefined ? "undefined" : `a ${typeof value}`;
}
