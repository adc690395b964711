import type { Pair, YAMLMap } from "yaml";
import { FormatError } from "./format-error.ts";
import { isMap, isPair, isScalar, isSeq, parseDocument } from "./yaml-library.ts";
import { printYaml } from "./yaml-print.ts";
import type { YamlValue } from "./yaml-value.ts";

/** Where a key of a YAML file is: names of mappings and numbers of lists. */
export type YamlPath = readonly (string | number)[];

/**
 * A YAML file with one key set, or taken away when the value is undefined; everything else stays as it is written, comments too.
 * A new key comes last in its mapping.
 *
 * @throws {FormatError} a part of the path is no mapping or list, or written in one line
 */
export function setYamlKey(text: string, path: YamlPath, value: YamlValue | undefined): string {
  const document = parseDocument(text, { schema: "failsafe", keepSourceTokens: true });
  const name = path.at(-1);
  let node: unknown = document.contents;
  for (const part of path.slice(0, -1)) node = isMap(node) || isSeq(node) ? node.get(part, true) : null;
  if (typeof name !== "string" || !isMap(node) || node.flow === true) {
    throw new FormatError(`${path.join(".")} is not written over several lines; edit the file by hand.`);
  }
  const at = node.items.findIndex((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === name);
  return at === -1 ? withNew(text, { map: node, name }, value) : withChanged(text, { map: node, at }, value);
}

interface Place {
  readonly map: YAMLMap;
  readonly at: number;
}

type Ranged = { readonly range?: readonly [number, number, number] | null } | null;

function withChanged(text: string, { map, at }: Place, value: YamlValue | undefined): string {
  const pair = map.items[at] as Pair<Ranged, Ranged>;
  const keyStart = pair.key?.range?.[0] ?? 0;
  const keyEnd = pair.key?.range?.[1] ?? 0;
  const [from = keyEnd + 1, to = keyEnd + 1] = pair.value?.range ?? [];
  if (value !== undefined) {
    const printed = printYaml({ x: value }).slice(3, -1);
    return `${text.slice(0, from)}${from === to ? ` ${printed}` : printed}${text.slice(to)}`;
  }
  const start = text.lastIndexOf("\n", keyStart - 1) + 1;
  const end = text.indexOf("\n", Math.max(to - 1, keyEnd));
  return text.slice(0, start) + (end === -1 ? "" : text.slice(end + 1));
}

function withNew(
  text: string,
  { map, name }: { readonly map: YAMLMap; readonly name: string },
  value: YamlValue | undefined,
): string {
  if (value === undefined) return text;
  const first = map.items[0] as Pair<Ranged, unknown> | undefined;
  const start = first?.key?.range?.[0] ?? 0;
  const indent = " ".repeat(start - (text.lastIndexOf("\n", start - 1) + 1));
  const end = map.range?.[1] ?? text.length;
  const before = text.slice(0, end).replace(/\n*$/, "\n");
  const printed = printYaml({ [name]: value });
  return `${before}${printed.replace(/^(?=.)/gm, indent)}${text.slice(end).replace(/^\n/, "")}`;
}
