import { isFloat, isYamlMap, YamlTimestamp, type YamlValue, yamlEntries } from "../../format/index.ts";
import { PipelineError } from "../pipeline-error.ts";

/** Where a value of the templates' context comes from. */
export interface Origin {
  /** A params file from the project's root, or `vars[0]`. */
  readonly source: string | null;
  readonly path: readonly string[];
  /** Whether it was written in `dvc.yaml` itself; other values are params that a stage uses. */
  readonly local: boolean;
}

/** A value that templates may name. Mappings and lists keep nodes, so that each part knows its origin. */
export type ContextNode =
  | { readonly kind: "value"; readonly value: YamlValue; readonly origin: Origin }
  | { readonly kind: "list"; readonly items: readonly ContextNode[]; readonly origin: Origin }
  | { readonly kind: "map"; readonly entries: ReadonlyMap<string, ContextNode>; readonly origin: Origin };

export const localOrigin: Origin = { source: null, path: [], local: true };

/**
 * The node of a value. Keys that are no texts cannot be named, and are left out, as in DVC.
 *
 * @throws {PipelineError} a date: DVC refuses any template beside one
 */
export function contextNode(value: YamlValue, origin: Origin): ContextNode {
  const inside = (key: string): Origin => ({ ...origin, path: [...origin.path, key] });
  if (value instanceof YamlTimestamp) {
    const at = `${origin.source ?? "<local>"}:${origin.path.join(".")}`;
    throw new PipelineError(
      `Unsupported value of type 'date' in '${at}': ${value.text} is a date to YAML. Put it in quotes.`,
    );
  }
  if (Array.isArray(value)) {
    const items = value.map((item: YamlValue, i: number) => contextNode(item, inside(String(i))));
    return { kind: "list", items, origin };
  }
  if (!isYamlMap(value)) return { kind: "value", value, origin };
  const entries = yamlEntries(value).filter(
    (entry): entry is readonly [string, YamlValue] => typeof entry[0] === "string",
  );
  return { kind: "map", entries: new Map(entries.map(([key, item]) => [key, contextNode(item, inside(key))])), origin };
}

/** The value of a node, as YAML has it. */
export function nodeValue(node: ContextNode): YamlValue {
  if (node.kind === "value") return node.value;
  if (node.kind === "list") return node.items.map(nodeValue);
  return new Map([...node.entries].map(([key, item]) => [key, nodeValue(item)]));
}

/** Python's name for the type of a value; for messages. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  if (typeof value === "string") return "str";
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return "list";
  if (isFloat(value)) return "float";
  return isYamlMap(value) ? "dict" : "int";
}
