import type { Pair, Scalar, YAMLMap } from "yaml";
import { type AddedOut, addedFields } from "./dvc-file.ts";
import { FormatError } from "./format-error.ts";
import { isMap, isPair, isScalar, isSeq, parseDocument } from "./yaml-library.ts";
import { printYaml } from "./yaml-print.ts";
import type { YamlValue } from "./yaml-value.ts";

/** Keys that describe the content: those that the new content does not have are taken away. */
const contentKeys = ["md5", "size", "nfiles", "isexec", "hash"];

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * An existing `.dvc` file with the new content of one output: comments, the order of the keys, descriptions and `meta` stay as they are.
 * Keys that are new come last, as DVC puts them.
 *
 * @param text a file that `parseDvcFile` has read
 * @param index which of its `outs`
 */
export function patchDvcFile(text: string, index: number, out: AddedOut): string {
  const map = outMap(text, index);
  const wanted = addedFields(out);
  const edits = [
    ...map.items.flatMap((pair, i) => changed(text, { pair, following: map.items[i + 1] }, wanted)),
    ...added(text, map, wanted),
  ];
  return edits
    .toSorted((a, b) => b.from - a.from)
    .reduce((patched, edit) => patched.slice(0, edit.from) + edit.text + patched.slice(edit.to), text);
}

function outMap(text: string, index: number): YAMLMap {
  const document = parseDocument(text, { schema: "failsafe", keepSourceTokens: true });
  const outs = isMap(document.contents) ? document.contents.get("outs", true) : null;
  const map = isSeq(outs) ? outs.items[index] : null;
  if (!isMap(map) || map.flow === true) {
    throw new FormatError(
      `outs[${index}] is not written over several lines; delete the .dvc file and add the data again.`,
    );
  }
  return map;
}

interface Place {
  readonly pair: unknown;
  readonly following: unknown;
}

function changed(text: string, place: Place, wanted: Readonly<Record<string, YamlValue>>): readonly Edit[] {
  const { pair } = place;
  const name = keyName(pair);
  if (name === null || !contentKeys.includes(name)) return [];
  const { key, value } = pair as Pair<Scalar, Scalar | null>;
  const next = wanted[name];
  const [keyStart = 0, keyEnd = 0] = key.range ?? [];
  const valueEnd = value?.range?.[1] ?? keyEnd;
  if (next === undefined) return [removal(text, { keyStart, valueEnd, following: place.following })];
  const printed = scalarText(next);
  const [from = keyEnd + 1, to = keyEnd + 1] = value?.range ?? [];
  if (text.slice(from, to) === printed) return [];
  return [{ from, to, text: from === to ? ` ${printed}` : printed }];
}

// The entry's first key shares its line with the dash, which stays.
function removal(
  text: string,
  key: { readonly keyStart: number; readonly valueEnd: number; readonly following: unknown },
): Edit {
  const start = lineStart(text, key.keyStart);
  const next = isPair(key.following) && isScalar(key.following.key) ? key.following.key.range?.[0] : undefined;
  if (text.slice(start, key.keyStart).includes("-") && next !== undefined) {
    return { from: key.keyStart, to: next, text: "" };
  }
  return { from: start, to: lineEnd(text, key.valueEnd), text: "" };
}

/** New keys, each on a line of its own behind the entry's last one. */
function added(text: string, map: YAMLMap, wanted: Readonly<Record<string, YamlValue>>): readonly Edit[] {
  const present = new Set(map.items.map(keyName));
  const missing = Object.entries(wanted).filter(([name]) => !present.has(name));
  const last = map.items.at(-1) as
    | Pair<Scalar, { readonly range?: readonly [number, number, number] } | null>
    | undefined;
  if (missing.length === 0 || last === undefined) return [];
  const first = map.items[0] as Pair<Scalar, unknown>;
  const start = first.key.range?.[0] ?? 0;
  const indent = " ".repeat(start - lineStart(text, start));
  const at = lineEnd(text, Math.max(last.value?.range?.[1] ?? 0, last.key.range?.[1] ?? 0));
  const lines = missing.map(([name, value]) => `${indent}${name}: ${scalarText(value)}\n`).join("");
  return [{ from: at, to: at, text: at > 0 && text[at - 1] !== "\n" ? `\n${lines}` : lines }];
}

function keyName(pair: unknown): string | null {
  return isPair(pair) && isScalar(pair.key) ? String(pair.key.value) : null;
}

function scalarText(value: YamlValue): string {
  return printYaml({ x: value }).slice(3, -1);
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

function lineEnd(text: string, at: number): number {
  // A block's value already ends behind its line break.
  if (at > 0 && text[at - 1] === "\n") return at;
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end + 1;
}
