import { isYamlMap, type YamlKey, type YamlMap, type YamlValue, yamlEntries } from "../../format/index.ts";
import { PipelineError } from "../pipeline-error.ts";
import { type DictStyle, expressionsIn, TemplateError, templateText } from "./expression.ts";
import { type ContextNode, contextNode, localOrigin, nodeValue, type Origin, typeName } from "./node.ts";

/** A template names something that is not there, or a value stands where it cannot. */
export class ContextError extends PipelineError {}
/** A key was set twice. */
export class MergeError extends ContextError {}
/** A params file was loaded before, in another way. */
export class AlreadyLoadedError extends ContextError {}

/** Reads a params file; null where there is none. @param path from the project's root */
export type ReadParams = (path: string) => YamlValue | "folder" | null;

/** Values of params files that a stage's templates used: by file, then by dotted key. */
export type UsedParams = ReadonlyMap<string, ReadonlyMap<string, YamlValue>>;

/** What the templates of a `dvc.yaml` can name (dvc/parsing/context.py). Copies share what they do not change. */
export class Context {
  private readonly root = new Map<string, ContextNode>();
  /** The params files that were loaded; null for a whole one, else its keys. */
  private readonly imports = new Map<string, readonly string[] | null>();
  private used: Map<string, Map<string, YamlValue>> | null = null;
  readonly reserved: Set<string> = new Set();

  copy(): Context {
    const copy = new Context();
    for (const [key, node] of this.root) copy.root.set(key, node);
    for (const [path, keys] of this.imports) copy.imports.set(path, keys);
    for (const key of this.reserved) copy.reserved.add(key);
    return copy;
  }

  has(key: string): boolean {
    return this.root.has(key);
  }

  /** With `item` and `key` set while `work` runs; no vars may set them then. */
  with<T>(values: ReadonlyMap<string, ContextNode>, work: () => T): T {
    const before = [...values.keys()].map((key) => [key, this.root.get(key)] as const);
    for (const [key, node] of values) {
      this.root.set(key, node);
      this.reserved.add(key);
    }
    try {
      return work();
    } finally {
      for (const [key, node] of before) {
        if (node === undefined) this.root.delete(key);
        else this.root.set(key, node);
        this.reserved.delete(key);
      }
    }
  }

  /** The params that templates name while `work` runs. */
  tracking<T>(work: () => T): { readonly value: T; readonly used: UsedParams } {
    const used = new Map<string, Map<string, YamlValue>>();
    this.used = used;
    try {
      return { value: work(), used };
    } finally {
      this.used = null;
    }
  }

  /** Takes a params file in: `params.yaml`, or `params.yaml:a,b` for some of its keys. @param path from the project's root */
  load(read: ReadParams, item: string, path: string): void {
    const keysText = item.includes(":") ? item.slice(item.indexOf(":") + 1) : "";
    const keys = keysText === "" ? null : keysText.split(",").filter((key) => key !== "");
    if (this.imports.has(path) && this.loadedBefore(item, path, keys)) return;
    const value = read(path);
    if (value === null) throw new ContextError(`'${path}' does not exist`);
    if (value === "folder") throw new ContextError(`'${path}' is a directory`);
    if (!isYamlMap(value)) {
      throw new ContextError(`expected a dictionary, got '${typeName(value)}' in file '${path}'`);
    }
    this.merge(selected(value, keys, path), { source: path, path: [], local: false }, item);
    this.imports.set(path, keys === null ? null : [...(this.imports.get(path) ?? []), ...keys]);
  }

  private loadedBefore(item: string, path: string, keys: readonly string[] | null): boolean {
    const before = this.imports.get(path) ?? null;
    if (keys === null && before === null) return true;
    if (keys !== null && before === null) {
      throw new AlreadyLoadedError(`cannot partially load '${item}' as it's already loaded.`);
    }
    if (keys === null || keys.some((key) => before?.includes(key) === true)) {
      throw new AlreadyLoadedError(`cannot load '${item}' as it's partially loaded already`);
    }
    return false;
  }

  /** Takes values in; none may be there already. */
  merge(values: YamlMap, origin: Origin, item: string | null = null): void {
    const node = contextNode(values, origin);
    if (node.kind !== "map") return;
    const reserved = [...this.reserved].filter((key) => node.entries.has(key));
    if (reserved.length > 0) {
      const keys = `key${reserved.length > 1 ? "s" : ""} ${reserved.join(" and ")}`;
      throw new ContextError(`attempted to modify reserved ${keys}${item === null ? "" : ` in '${item}'`}`);
    }
    for (const [key, value] of node.entries) this.root.set(key, mergedNode(this.root.get(key), value));
  }

  /**
   * What a name stands for: `a.b[0]`.
   *
   * @throws {ContextError} nothing has that name
   */
  select(name: string): ContextNode {
    const parts = name.replaceAll("[", ".").replaceAll("]", "").split(".");
    let node: ContextNode = { kind: "map", entries: this.root, origin: localOrigin };
    for (const part of parts) {
      const next = partOf(node, part.trim());
      if (next === undefined) throw new ContextError(`Could not find '${name}'`);
      node = next;
    }
    this.track(node);
    return node;
  }

  // A mapping that is named as a whole counts as none of its keys, as in DVC.
  private track(node: ContextNode): void {
    const { source, path, local } = node.origin;
    if (this.used === null || local || source === null || node.kind === "map") return;
    const keys = this.used.get(source) ?? new Map<string, YamlValue>();
    keys.set(path.join("."), nodeValue(node));
    this.used.set(source, keys);
  }

  /** A value with its templates filled in, keys too. @param key of the stage that the value stands under */
  resolve(value: YamlValue, key: string | null, style: DictStyle): YamlValue {
    if (typeof value === "string") return this.resolveText(value, key, style);
    if (Array.isArray(value)) return value.map((item: YamlValue) => this.resolve(item, key, style));
    if (!isYamlMap(value)) return value;
    const entries = yamlEntries(value).map(([name, item]): readonly [YamlKey, YamlValue] => {
      const resolved = typeof name === "string" ? this.resolveText(name, key, style) : name;
      return [resolved as YamlKey, this.resolve(item, key, style)];
    });
    return new Map(entries);
  }

  private resolveText(text: string, key: string | null, style: DictStyle): YamlValue {
    const expressions = expressionsIn(text);
    const [first] = expressions;
    if (first !== undefined && expressions.length === 1 && first.from === 0 && first.to === text.length) {
      return checkedValue(nodeValue(this.select(first.inner)), key, style);
    }
    let result = "";
    let index = 0;
    for (const { from, to, inner } of expressions) {
      const value = nodeValue(this.select(inner));
      checkedValue(value, key, null);
      result += text.slice(index, from) + templateText(value, style);
      index = to;
    }
    return (result + text.slice(index)).replaceAll("\\${", "${");
  }
}

/** A whole value in the place of its template; a mapping becomes a command's options. */
function checkedValue(value: YamlValue, key: string | null, style: DictStyle | null): YamlValue {
  const composite = Array.isArray(value) || isYamlMap(value);
  if (!composite || key === null || key.includes("foreach")) return value;
  if (key === "cmd" && isYamlMap(value)) return style === null ? value : templateText(value, style);
  throw new TemplateError(`Cannot interpolate data of type '${typeName(value)}'`);
}

function selected(value: YamlMap, keys: readonly string[] | null, path: string): YamlMap {
  if (keys === null) return value;
  const entries = new Map(yamlEntries(value));
  return new Map(
    keys.map((key): readonly [string, YamlValue] => {
      const item = entries.get(key);
      if (item === undefined) throw new ContextError(`could not find '${key}' in '${path}'`);
      return [key, item];
    }),
  );
}

function mergedNode(into: ContextNode | undefined, update: ContextNode): ContextNode {
  if (into === undefined) return update;
  if (into.kind === "map" && update.kind === "map") {
    const entries = new Map(into.entries);
    for (const [key, value] of update.entries) entries.set(key, mergedNode(entries.get(key), value));
    return { ...into, entries };
  }
  const { source, path } = update.origin;
  throw new MergeError(
    `cannot redefine '${path.join(".")}' from '${source}' as it already exists in '${into.origin.source}'`,
  );
}

function partOf(node: ContextNode, part: string): ContextNode | undefined {
  if (node.kind === "map") return node.entries.get(part);
  if (node.kind === "value" || !/^[-+]?\d+$/.test(part)) return undefined;
  return node.items.at(Number(part));
}
