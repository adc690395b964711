/** The package `yaml`, loaded when the first file is parsed: its 72 files are half the time in which Stemma starts. */
import { createRequire } from "node:module";
import type * as Yaml from "yaml";

const require = createRequire(import.meta.url);
let loaded: typeof Yaml | null = null;

function library(): typeof Yaml {
  loaded ??= require("yaml") as typeof Yaml;
  return loaded;
}

type ParseOptions = Yaml.ParseOptions & Yaml.DocumentOptions & Yaml.SchemaOptions;
type PrintOptions = Yaml.DocumentOptions & Yaml.SchemaOptions & Yaml.CreateNodeOptions & Yaml.ToStringOptions;

export function parseDocument(text: string, options: ParseOptions): Yaml.Document.Parsed {
  return library().parseDocument(text, options);
}

export function stringify(value: unknown, options: PrintOptions): string {
  return library().stringify(value, options);
}

/** Tells the line and column of a place; given to `parseDocument()`. */
export function lineCounter(): Yaml.LineCounter {
  return new (library().LineCounter)();
}

export function visit(node: Yaml.Document, visitor: Yaml.visitor): void {
  library().visit(node, visitor);
}

export function isAlias(node: unknown): node is Yaml.Alias {
  return library().isAlias(node);
}

export function isCollection(node: unknown): node is Yaml.YAMLMap | Yaml.YAMLSeq {
  return library().isCollection(node);
}

export function isMap(node: unknown): node is Yaml.YAMLMap {
  return library().isMap(node);
}

export function isNode(node: unknown): node is Yaml.Node {
  return library().isNode(node);
}

export function isPair(node: unknown): node is Yaml.Pair {
  return library().isPair(node);
}

export function isScalar(node: unknown): node is Yaml.Scalar {
  return library().isScalar(node);
}

export function isSeq(node: unknown): node is Yaml.YAMLSeq {
  return library().isSeq(node);
}
