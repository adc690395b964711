import { isYamlMap, pythonText, type YamlMap, type YamlValue, yamlEntries } from "../../format/index.ts";
import type { Context } from "./context.ts";
import { type DictStyle, expressionsIn, templateText } from "./expression.ts";
import { type ContextNode, contextNode, localOrigin, nodeValue } from "./node.ts";

/** One stage that `foreach` or `matrix` makes: what stands behind `@`, and what `${item}` and `${key}` are. */
export interface Iteration {
  readonly key: string;
  readonly values: ReadonlyMap<string, ContextNode>;
}

/** A list's or mapping's item: a value of a params file keeps its origin, and is named as Python's `str()` writes it. */
interface Item {
  readonly node: ContextNode;
  readonly name: string;
}

/** The stages of a `foreach`, in their order; null when it is over no list and no mapping. */
export function foreachIterations(items: YamlValue, context: Context, style: DictStyle): readonly Iteration[] | null {
  const source = itemOf(items, context, style).node;
  if (source.kind === "map") {
    return [...source.entries].map(([key, node]) => ({
      key,
      values: new Map([
        ["item", node],
        ["key", contextNode(key, localOrigin)],
      ]),
    }));
  }
  if (source.kind === "value") return null;
  const named = Array.isArray(items)
    ? items.map((item: YamlValue) => itemOf(item, context, style))
    : source.items.map((node) => ({ node, name: pythonText(nodeValue(node)) }));
  const composite = named.some(({ node }) => node.kind !== "value");
  const iterations = named.map(({ node, name }, i) => ({
    key: composite ? String(i) : name,
    values: new Map([["item", node]]),
  }));
  // A value that is there twice makes one stage, at its first place.
  return [...new Map(iterations.map((iteration) => [iteration.key, iteration])).values()];
}

/** The stages of a `matrix`: all combinations, the last axis fastest. */
export function matrixIterations(axes: YamlMap, context: Context, style: DictStyle): readonly Iteration[] | null {
  const columns: { readonly axis: string; readonly items: readonly Item[] }[] = [];
  for (const [axis, value] of yamlEntries(axes)) {
    const items = axisItems(value, context, style);
    if (items === null) return null;
    columns.push({ axis: pythonText(axis), items });
  }
  const combinations = columns.reduce<readonly (readonly number[])[]>(
    (all, { items }) => all.flatMap((indexes) => items.map((_, i) => [...indexes, i])),
    [[]],
  );
  const iterations = combinations.map((indexes) => iterationAt(columns, indexes));
  return [...new Map(iterations.map((iteration) => [iteration.key, iteration])).values()];
}

function axisItems(value: YamlValue, context: Context, style: DictStyle): readonly Item[] | null {
  if (Array.isArray(value)) return value.map((item: YamlValue) => itemOf(item, context, style));
  const { node } = itemOf(value, context, style);
  if (node.kind !== "list") return null;
  return node.items.map((item) => ({ node: item, name: pythonText(nodeValue(item)) }));
}

function iterationAt(
  columns: readonly { readonly axis: string; readonly items: readonly Item[] }[],
  indexes: readonly number[],
): Iteration {
  const entries = new Map<string, ContextNode>();
  const fragments = columns.map(({ axis, items }, i) => {
    const index = indexes[i] ?? 0;
    const item = items[index];
    if (item === undefined) return "";
    entries.set(axis, item.node);
    return item.node.kind === "value" ? item.name : `${axis}${index}`;
  });
  const key = fragments.join("-");
  const item: ContextNode = { kind: "map", entries, origin: localOrigin };
  return {
    key,
    values: new Map([
      ["key", contextNode(key, localOrigin)],
      ["item", item],
    ]),
  };
}

function itemOf(value: YamlValue, context: Context, style: DictStyle): Item {
  const [only, more] = typeof value === "string" ? expressionsIn(value) : [];
  if (
    typeof value === "string" &&
    only !== undefined &&
    more === undefined &&
    only.from === 0 &&
    only.to === value.length
  ) {
    const node = context.select(only.inner);
    return { node, name: pythonText(nodeValue(node)) };
  }
  if (Array.isArray(value)) {
    const items = value.map((item: YamlValue) => itemOf(item, context, style).node);
    return { node: { kind: "list", items, origin: localOrigin }, name: "" };
  }
  if (isYamlMap(value)) {
    const entries = yamlEntries(value).map(([key, item]) => {
      const name = typeof key === "string" ? context.resolve(key, null, style) : (key as YamlValue);
      return [templateText(name, style), itemOf(item, context, style).node] as const;
    });
    return { node: { kind: "map", entries: new Map(entries), origin: localOrigin }, name: "" };
  }
  const resolved = context.resolve(value, null, style);
  return { node: contextNode(resolved, localOrigin), name: templateText(resolved, style) };
}
