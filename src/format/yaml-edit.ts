import type { Node, YAMLMap, YAMLSeq } from "yaml";
import { alignedItems, type ItemPair } from "./aligned-items.ts";
import { FormatError } from "./format-error.ts";
import { pythonEqual, yamlEntries } from "./python-text.ts";
import { flowText, printAt, scalarText } from "./yaml-column.ts";
import { isCollection, isMap, isPair, isScalar, isSeq, parseDocument } from "./yaml-library.ts";
import { parseYaml } from "./yaml-parse.ts";
import { contentEnd, isOneLine, keyEnd, keyText, lineStart, startOf } from "./yaml-places.ts";
import { printYaml } from "./yaml-print.ts";
import { isYamlMap, type YamlMap, type YamlValue } from "./yaml-value.ts";

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * A person's YAML with the mapping at some keys made to say what `value` says: what is the same stays to the byte, comments and
 * order too; new keys come last, keys that `value` does not have are taken away. Missing keys on the way are made.
 *
 * @param path of the file, for messages
 * @throws {FormatError} something else than a mapping stands on the way
 */
export function patchYaml(
  text: string,
  at: readonly string[],
  change: { readonly value: YamlMap; readonly path: string },
): string {
  const document = new Editor(text, change.path);
  return document.applied(document.patch(at, change.value));
}

/** A person's YAML without the key at the end of some keys; the same text when it is not there. */
export function removeYaml(text: string, at: readonly string[], path: string): string {
  const document = new Editor(text, path);
  return document.applied(document.remove(at));
}

class Editor {
  private readonly text: string;
  private readonly path: string;
  private readonly value: YamlValue;

  constructor(text: string, path: string) {
    // A last line without its end would run into what is put behind it.
    this.text = text === "" || text.endsWith("\n") ? text : `${text}\n`;
    this.path = path;
    this.value = parseYaml(this.text, path);
  }

  applied(edits: readonly Edit[]): string {
    return edits
      .toSorted((a, b) => b.from - a.from || b.to - a.to)
      .reduce((patched, edit) => patched.slice(0, edit.from) + edit.text + patched.slice(edit.to), this.text);
  }

  patch(at: readonly string[], value: YamlMap): readonly Edit[] {
    const root = this.root();
    const nested = [...at].reverse().reduce<YamlMap>((inner, key) => new Map([[key, inner]]), value);
    if (root === null) return [{ from: this.text.length, to: this.text.length, text: printYaml(nested) }];
    let map = root;
    let last: At | null = null;
    for (const [i, key] of at.entries()) {
      const pair: YAMLMap["items"][number] | undefined = map.items.find((item) => keyText(item.key) === key);
      const next = pair?.value;
      if (pair === undefined || next === null || next === undefined || (isScalar(next) && next.value === "")) {
        const rest = [...at.slice(i + 1)].reverse().reduce<YamlMap>((inner, name) => new Map([[name, inner]]), value);
        if (pair !== undefined) return this.replaced({ map, pair }, rest);
        return this.appended(map, key, { value: rest, last: i > 0 ? this.sectionEnd(at[0] ?? "") : this.text.length });
      }
      if (!isMap(next)) throw new FormatError(`${this.path}: ${at.slice(0, i + 1).join(".")} is no mapping.`);
      last = { map, pair };
      map = next;
    }
    const now = at.reduce<YamlValue>((inner, key) => itemAt(inner, key), this.value);
    return last === null ? this.mapEdits({ node: map, now }, value) : this.pairEdits(last, { now, wanted: value });
  }

  remove(at: readonly string[]): readonly Edit[] {
    let map = this.root();
    for (const [i, key] of at.entries()) {
      const pair = map?.items.find((item) => keyText(item.key) === key);
      if (map === null || pair === undefined) return [];
      if (i === at.length - 1) return this.removed({ map, pair });
      map = isMap(pair.value) ? pair.value : null;
    }
    return [];
  }

  private root(): YAMLMap | null {
    const { contents } = parseDocument(this.text, { schema: "failsafe", version: "1.2", keepSourceTokens: true });
    return isMap(contents) ? contents : null;
  }

  /** Where the section of a top-level key ends: ruamel puts a new stage behind the comments after the last one. */
  private sectionEnd(name: string): number {
    const items = this.root()?.items ?? [];
    const next = items[items.findIndex((item) => keyText(item.key) === name) + 1];
    return next === undefined ? this.text.length : lineStart(this.text, startOf(next.key));
  }

  private mapEdits({ node: map, now }: Spot<YAMLMap>, value: YamlMap): readonly Edit[] {
    const wanted = new Map(yamlEntries(value).map(([key, item]) => [String(key), item]));
    if (map.flow === true) return pythonEqual(now, value) ? [] : [replacement(map, flowText(value))];
    const lead = this.leadRemoved(map, wanted);
    const kept = map.items.slice(lead.count).flatMap((pair) => {
      const key = keyText(pair.key) ?? "";
      if (!wanted.has(key)) return this.removed({ map, pair });
      return this.pairEdits({ map, pair }, { now: itemAt(now, key), wanted: wanted.get(key) ?? null });
    });
    const present = new Set(map.items.map((pair) => keyText(pair.key)));
    const added = [...wanted].filter(([key]) => !present.has(key));
    const end = this.lineEnd(contentEnd(map));
    const indent = this.columnOf(map);
    const text = added.map(([key, item]) => printAt(new Map([[key, item]]), indent)).join("");
    // Of texts that are put in one place, the last of these comes first: what belongs to the last key's own value.
    return [...(text === "" ? [] : [{ from: end, to: end, text }]), ...lead.edits, ...kept];
  }

  /** The first keys of a list's entry share their line with its dash: the first that stays moves up to it. */
  private leadRemoved(map: YAMLMap, wanted: ReadonlyMap<string, YamlValue>): { count: number; edits: readonly Edit[] } {
    const count = map.items.findIndex((pair) => wanted.has(keyText(pair.key) ?? ""));
    const [first] = map.items;
    const stays = map.items[count];
    if (count < 1 || first === undefined || stays === undefined) return { count: 0, edits: [] };
    const from = startOf(first.key);
    if (this.text.slice(lineStart(this.text, from), from).trim() === "") return { count: 0, edits: [] };
    return { count, edits: [{ from, to: startOf(stays.key), text: "" }] };
  }

  private pairEdits(at: At, { now, wanted }: Change): readonly Edit[] {
    const node = at.pair.value;
    if (pythonEqual(now, wanted)) return [];
    if (isMap(node) && isYamlMap(wanted) && shareKeys(node, wanted)) return this.mapEdits({ node, now }, wanted);
    if (isSeq(node) && Array.isArray(wanted) && Array.isArray(now)) {
      const edits = this.listEdits({ node, now }, { now, wanted });
      if (edits !== null) return edits;
    }
    return this.replaced(at, wanted);
  }

  /** Items that stay keep their lines, with their comments; null where the list has to be written anew. */
  private listEdits(
    { node: list }: Pick<Spot<YAMLSeq>, "node" | "now">,
    { now, wanted }: { readonly now: readonly YamlValue[]; readonly wanted: readonly YamlValue[] },
  ): readonly Edit[] | null {
    const pairs = alignedItems(now, wanted, pythonEqual);
    const samePlaces = pairs.every(({ before, after }) => before !== null && after !== null);
    if (!samePlaces && (list.flow === true || !this.hasOwnLines(list) || !pairs.some(isKept))) return null;
    const changed = pairs.flatMap(({ before, after }): readonly Edit[] => {
      if (before === null) return [];
      const node = list.items[before] as Node;
      if (after === null) return [this.itemRemoved(list, before)];
      return this.itemEdits(list, { node, now: now[before] ?? null }, wanted[after] ?? null);
    });
    return [...this.itemsAdded(list, pairs, wanted), ...changed];
  }

  /** Whether no item shares its line with what is around the list, or with another item. */
  private hasOwnLines(list: YAMLSeq): boolean {
    return list.items.every((item) => {
      const dash = this.dashOf(item as Node);
      return this.text.slice(lineStart(this.text, dash), dash).trim() === "";
    });
  }

  private dashOf(item: Node): number {
    return this.text.lastIndexOf("-", startOf(item) - 1);
  }

  private itemEdits(list: YAMLSeq, { node, now }: Spot<Node>, wanted: YamlValue): readonly Edit[] {
    if (pythonEqual(now, wanted)) return [];
    if (isMap(node) && isYamlMap(wanted) && shareKeys(node, wanted)) return this.mapEdits({ node, now }, wanted);
    if (list.flow === true) return [replacement(node, flowText(wanted))];
    const text = printAt([wanted], this.columnOf(list)).trimStart().slice(2).trimEnd();
    const comment = this.lineComment(node);
    if (comment === "") return [replacement(node, text)];
    const to = contentEnd(node) + (isOneLine(node) ? comment.length : 0);
    return [{ from: startOf(node), to, text: text.replace(/(?=\n)|$/, () => comment) }];
  }

  /** The comment on the first line of an item. */
  private lineComment(node: Node): string {
    const first = isMap(node) ? node.items[0] : undefined;
    const from = isOneLine(node) ? contentEnd(node) : first === undefined ? null : keyEnd(first.key);
    return from === null ? "" : (/^[ \t]+#.*/.exec(this.text.slice(from, this.lineEnd(from)))?.[0] ?? "");
  }

  private itemRemoved(list: YAMLSeq, index: number): Edit {
    const node = list.items[index] as Node;
    return { from: lineStart(this.text, this.dashOf(node)), to: this.lineEnd(contentEnd(node)), text: "" };
  }

  /** New items stand behind the item that they follow. */
  private itemsAdded(list: YAMLSeq, pairs: readonly ItemPair[], wanted: readonly YamlValue[]): readonly Edit[] {
    const texts = new Map<number, string>();
    const column = this.columnOf(list);
    let at = lineStart(this.text, this.dashOf(list.items[0] as Node));
    for (const { before, after } of pairs) {
      if (before !== null) at = this.lineEnd(contentEnd(list.items[before] as Node));
      else if (after !== null) texts.set(at, (texts.get(at) ?? "") + printAt([wanted[after] ?? null], column));
    }
    return [...texts].map(([from, text]) => ({ from, to: from, text }));
  }

  /** A key with another value; a comment on the key's own line stays. */
  private replaced({ map, pair }: At, value: YamlValue): readonly Edit[] {
    const node = pair.value as Node | null;
    const flow = isCollection(node) && node.flow === true;
    const oneLine = isScalar(node) || flow;
    const composite = Array.isArray(value) || isYamlMap(value);
    if (oneLine && node !== null && (flow || !composite)) {
      const text = flow ? flowText(value) : scalarText(value);
      return [{ from: startOf(node), to: contentEnd(node), text }];
    }
    const from = lineStart(this.text, startOf(pair.key));
    const end = node === null ? keyEnd(pair.key) : contentEnd(node);
    const head = this.text.slice(keyEnd(pair.key), this.lineEnd(keyEnd(pair.key)));
    const comment = composite && !oneLine ? /\s+#.*/.exec(head)?.[0] : undefined;
    const printed = printAt(new Map([[keyText(pair.key) ?? "", value]]), this.columnOf(map));
    const text = comment === undefined ? printed : printed.replace("\n", `${comment}\n`);
    return [{ from, to: this.lineEnd(end), text }];
  }

  private removed({ map, pair }: At): readonly Edit[] {
    if (map.flow === true)
      throw new FormatError(`${this.path}: ${keyText(pair.key)} stands between braces; edit it by hand.`);
    const end = pair.value === null ? keyEnd(pair.key) : contentEnd(pair.value as Node);
    const from = lineStart(this.text, startOf(pair.key));
    if (map.items.length > 1 || from === 0) return [{ from, to: this.lineEnd(end), text: "" }];
    // An emptied mapping is written as one.
    return [{ from: from - 1, to: this.lineEnd(end), text: " {}\n" }];
  }

  private appended(
    map: YAMLMap,
    key: string,
    at: { readonly value: YamlValue; readonly last: number },
  ): readonly Edit[] {
    const text = printAt(new Map([[key, at.value]]), this.columnOf(map));
    return [{ from: at.last, to: at.last, text }];
  }

  private columnOf(node: YAMLMap | YAMLSeq): number {
    const first = node.items[0];
    const start = isPair(first) ? startOf(first.key) : this.dashOf(first as Node);
    return start - lineStart(this.text, start);
  }

  private lineEnd(at: number): number {
    const end = this.text.indexOf("\n", at);
    return end === -1 ? this.text.length : end + 1;
  }
}

interface Spot<N> {
  readonly node: N;
  /** What it says. */
  readonly now: YamlValue;
}

interface Change {
  readonly now: YamlValue;
  readonly wanted: YamlValue;
}

function itemAt(map: YamlValue, key: string): YamlValue {
  if (!isYamlMap(map)) return null;
  return yamlEntries(map).find(([name]) => String(name) === key)?.[1] ?? null;
}

function replacement(node: Node, text: string): Edit {
  return { from: startOf(node), to: contentEnd(node), text };
}

function isKept({ before, after }: ItemPair): boolean {
  return before !== null && after !== null;
}

/** Without a key in common nothing of a mapping stays. */
function shareKeys(node: YAMLMap, wanted: YamlMap): boolean {
  const keys = new Set(node.items.map((pair) => keyText(pair.key)));
  return yamlEntries(wanted).some(([key]) => keys.has(String(key)));
}

interface At {
  readonly map: YAMLMap;
  readonly pair: YAMLMap["items"][number];
}
