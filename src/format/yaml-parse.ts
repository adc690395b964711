import type { Alias, Document, Node, Scalar, YAMLMap } from "yaml";
import { FormatError, TooLargeError } from "./format-error.ts";
import { isAlias, isMap, isNode, isScalar, isSeq, lineCounter, parseDocument, visit } from "./yaml-library.ts";
import { plainKind } from "./yaml-scalar.ts";
import { YamlFloat, type YamlKey, YamlTimestamp, type YamlValue } from "./yaml-value.ts";

/** A parsed file and where in it each value stands. */
export interface YamlSource {
  readonly value: YamlValue;
  /** The line, from 1, of the value at a path, or of the nearest one around it that is there. */
  lineOf(path: readonly (string | number)[]): number;
}

/**
 * The value of a YAML text as DVC reads it (ruamel.yaml, YAML 1.2): `1_000` and `0x1f` are integers, `1.0` is a float,
 * `2024-01-02` a date, `yes` a string. Integers past 2^53 are bigints.
 *
 * @param path of the file, for messages
 * @throws {FormatError} "params.yaml:3: …"
 */
export function parseYaml(text: string, path: string): YamlValue {
  return readYaml(text, path).value;
}

/** {@link parseYaml}, with the line of each value. */
export function readYaml(text: string, path: string): YamlSource {
  if (text.length > mostCharacters)
    throw new TooLargeError(path, `${text.length} characters of YAML`, `${mostCharacters}`);
  const lines = lineCounter();
  // The failsafe schema leaves every scalar a text: what a plain one means is ruamel's to say, not this parser's.
  const document = parseDocument(text, { schema: "failsafe", version: "1.2", lineCounter: lines, prettyErrors: false });
  const fault = document.errors[0];
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    throw new FormatError(`${path}:${line}:${col}: ${sentence(fault.message)}`, { cause: fault });
  }
  const root = document.contents;
  const build = builder(aliasTargets(document), {
    path,
    line: (node) => lines.linePos(node.range?.[0] ?? 0).line,
  });
  return {
    value: build(root),
    lineOf: (keys) => lines.linePos(nearest(root, keys)).line,
  };
}

function sentence(message: string): string {
  return message.endsWith(".") ? message : `${message}.`;
}

function nearest(root: Node | null, keys: readonly (string | number)[]): number {
  let node: Node | null = root;
  let position = root?.range?.[0] ?? 0;
  for (const key of keys) {
    const next: unknown = isMap(node) || isSeq(node) ? node.get(key, true) : undefined;
    if (typeof next !== "object" || next === null) break;
    node = next as Node;
    position = node.range?.[0] ?? position;
  }
  return position;
}

interface Where {
  readonly path: string;
  readonly line: (node: Node) => number;
}

/** What each alias stands for: the anchor of its name that was last set before it. */
function aliasTargets(document: Document.Parsed): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Alias: (_, alias) => {
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
    },
    Value: (_, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

// Aliases may multiply a small file without end ("billion laughs").
const mostNodes = 1_000_000;

// A lock of 100,000 stages has some 40 million.
const mostCharacters = 64 * 1024 * 1024;

function builder(targets: ReadonlyMap<Alias, Node>, where: Where): (node: unknown) => YamlValue {
  let count = 0;
  const built = new Map<unknown, { readonly value: YamlValue; readonly count: number }>();
  const add = (nodes: number): void => {
    count += nodes;
    if (count > mostNodes) throw new TooLargeError(where.path, "aliases multiply its values", `${mostNodes}`);
  };
  const build = (node: unknown): YamlValue => {
    if (isAlias(node)) {
      const target = built.get(targets.get(node));
      // An anchor that is not built yet holds its own alias.
      if (target === undefined)
        throw new FormatError(`${where.path}:${where.line(node)}: *${node.source} holds itself`);
      add(target.count);
      return target.value;
    }
    const before = count;
    add(1);
    const value = nodeValue(node, build, where);
    if (isNode(node) && node.anchor !== undefined) built.set(node, { value, count: count - before });
    return value;
  };
  return build;
}

function nodeValue(node: unknown, build: (node: unknown) => YamlValue, where: Where): YamlValue {
  if (node === null || node === undefined) return null;
  if (isMap(node)) return buildMap(node, build, where);
  if (isSeq(node)) return node.items.map(build);
  if (isScalar(node)) return scalarValue(node, where);
  throw new FormatError(`${where.path}: not a value: ${String(node)}`);
}

function buildMap(map: YAMLMap, build: (node: unknown) => YamlValue, where: Where): YamlValue {
  const entries = new Map<YamlKey, YamlValue>();
  const merged: [YamlKey, YamlValue][] = [];
  for (const { key, value } of map.items) {
    if (isMergeKey(key)) merged.push(...mergedEntries(build(value)));
    else entries.set(keyOf(build(key), map, where), build(value));
  }
  for (const [key, value] of merged) if (!entries.has(key)) entries.set(key, value);
  return plainIfSafe(entries);
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.source === "<<";
}

function mergedEntries(value: YamlValue): readonly [YamlKey, YamlValue][] {
  if (Array.isArray(value)) return value.flatMap(mergedEntries);
  if (value instanceof Map) return [...value];
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

function keyOf(key: YamlValue, map: YAMLMap, where: Where): YamlKey {
  if (key !== null && typeof key !== "object") return key;
  if (key instanceof YamlFloat) return key;
  if (key instanceof YamlTimestamp) return key.text;
  throw new FormatError(`${where.path}:${where.line(map)}: a key is null, a list or a map; want a string or a number.`);
}

/** An object unless it would change a key's type or place: JavaScript puts keys like `1` first. */
function plainIfSafe(entries: ReadonlyMap<YamlKey, YamlValue>): YamlValue {
  for (const key of entries.keys()) {
    if (typeof key !== "string" || key === "__proto__" || /^(0|[1-9]\d*)$/.test(key)) return entries;
  }
  return Object.fromEntries(entries) as { readonly [key: string]: YamlValue };
}

function scalarValue(node: Scalar, where: Where): YamlValue {
  const text = String(node.value);
  if (node.type !== "PLAIN" || node.tag === "tag:yaml.org,2002:str") return text;
  const kind = plainKind(text);
  switch (kind) {
    case "null":
      return null;
    case "boolean":
      return text.toLowerCase() === "true";
    case "integer":
      return integer(text, where, node);
    case "float":
      return float(text);
    case "timestamp":
      return new YamlTimestamp(text);
    default:
      return text;
  }
}

function integer(text: string, where: Where, node: Scalar): YamlValue {
  const digits = text.replaceAll("_", "");
  const sign = digits.startsWith("-") ? -1n : 1n;
  const unsigned = digits.replace(/^[-+]/, "");
  if (unsigned === "" || unsigned === "0b" || unsigned === "0o" || unsigned === "0x") {
    throw new FormatError(`${where.path}:${where.line(node)}: "${text}" is no integer; put it in quotes.`);
  }
  const value = sign * BigInt(/^0[box]/.test(unsigned) ? unsigned : unsigned.replace(/^0+(?=\d)/, ""));
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

function float(text: string): YamlValue {
  const plain = text.replaceAll("_", "").toLowerCase();
  const value = plain.endsWith(".inf")
    ? plain.startsWith("-")
      ? Number.NEGATIVE_INFINITY
      : Number.POSITIVE_INFINITY
    : plain === ".nan"
      ? Number.NaN
      : Number(plain);
  return Number.isInteger(value) ? new YamlFloat(value) : value;
}
