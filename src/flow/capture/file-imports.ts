import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isNode, type Node, parsed } from "../syntax/index.ts";
import { importTarget, packageName, resolvedFrom } from "./packages.ts";
import type { Script } from "./script.ts";

/** What a name at the top of a file is imported from. */
export interface Binding {
  /** As the file writes it. */
  readonly specifier: string;
  /** `*` for the namespace, `default`, or the exported name. */
  readonly exported: string;
}

type Bindings = ReadonlyMap<string, Binding>;

const known = new WeakMap<Script, Bindings>();

/**
 * The imports of a file by the names they have in it, from `import` statements, from `const … = await import("…")`,
 * and from constants that are taken from these.
 * Imports with attributes are left out: they give data.
 */
export function importBindings(script: Script): Bindings {
  const seen = known.get(script);
  if (seen !== undefined) return seen;
  const bindings = script.file === null ? new Map<string, Binding>() : readBindings(script.text, script.file);
  known.set(script, bindings);
  return bindings;
}

function readBindings(text: string, file: string): Bindings {
  const program = tree(text);
  if (program === null) return new Map();
  const bindings = new Map<string, Binding>();
  for (const statement of statements(program)) {
    for (const [local, binding] of bound(statement, file, bindings)) bindings.set(local, binding);
  }
  return bindings;
}

function tree(text: string): Node | null {
  try {
    return parsed(text);
  } catch {
    // A script that is no module, such as one with `with`.
    return null;
  }
}

// Vite makes a function of a module: its statements are inside `async (__vite_ssr_exports__, …) => {{ … }}`.
function statements(program: Node): readonly Node[] {
  const body = program["body"] as readonly Node[];
  const expression = body.at(-1)?.["expression"];
  const isWrapped = isNode(expression) && expression.type === "ArrowFunctionExpression";
  return isWrapped && isNode(expression["body"]) ? unwrapped(expression["body"]) : body;
}

function unwrapped(block: Node): readonly Node[] {
  const body = Array.isArray(block["body"]) ? (block["body"] as readonly Node[]) : [];
  return body.flatMap((statement) => (statement.type === "BlockStatement" ? unwrapped(statement) : [statement]));
}

function* bound(statement: Node, file: string, before: Bindings): Generator<readonly [string, Binding]> {
  if (statement.type === "ImportDeclaration") yield* declared(statement);
  const inner = statement.type === "ExportNamedDeclaration" ? statement["declaration"] : statement;
  if (!isNode(inner) || inner.type !== "VariableDeclaration" || inner["kind"] !== "const") return;
  for (const { id, init } of inner["declarations"] as readonly { id: Node; init: unknown }[]) {
    const specifier = awaited(init, file) ?? moduleOf(init, before);
    if (specifier !== null) yield* destructured(id, specifier);
    const member = memberOf(init, before);
    const local = nameOf(id);
    if (member !== null && local !== null) yield [local, member];
  }
}

function* declared(statement: Node): Generator<readonly [string, Binding]> {
  const attributes = statement["attributes"];
  if (Array.isArray(attributes) && attributes.length > 0) return;
  const specifier = literal(statement["source"]);
  if (specifier === null) return;
  for (const one of statement["specifiers"] as readonly Node[]) {
    const local = nameOf(one["local"]);
    const exported =
      one.type === "ImportNamespaceSpecifier" ? "*" : one.type === "ImportDefaultSpecifier" ? "default" : null;
    const name = exported ?? nameOf(one["imported"]) ?? literal(one["imported"]);
    if (local !== null && name !== null) yield [local, { specifier, exported: name }];
  }
}

function* destructured(id: Node, specifier: string): Generator<readonly [string, Binding]> {
  const whole = nameOf(id);
  if (whole !== null) yield [whole, { specifier, exported: "*" }];
  if (id.type !== "ObjectPattern") return;
  for (const property of id["properties"] as readonly Node[]) {
    const exported = property["computed"] === true ? null : nameOf(property["key"]);
    const local = nameOf(property["value"]);
    if (exported !== null && local !== null) yield [local, { specifier, exported }];
  }
}

// `await import("…")`, and what Vite writes for it and for import statements.
function awaited(init: unknown, file: string): string | null {
  const call = isNode(init) && init.type === "AwaitExpression" ? init["argument"] : null;
  if (!isNode(call)) return null;
  if (call.type === "ImportExpression") return isNode(call["options"]) ? null : literal(call["source"]);
  const callee = call.type === "CallExpression" ? nameOf(call["callee"]) : null;
  if (callee === null || !/^__vite_ssr_(dynamic_)?import__$/.test(callee)) return null;
  const [source] = call["arguments"] as readonly Node[];
  const path = literal(source);
  return path === null ? null : written(path, file);
}

// `const { table } = aq`
function moduleOf(init: unknown, before: Bindings): string | null {
  const binding = before.get(nameOf(init) ?? "");
  return binding?.exported === "*" ? binding.specifier : null;
}

// `const table = aq.table`, which Vite also writes for the base of a class.
function memberOf(init: unknown, before: Bindings): Binding | null {
  if (!isNode(init) || init.type !== "MemberExpression" || init["computed"] === true) return null;
  const specifier = moduleOf(init["object"], before);
  const exported = nameOf(init["property"]);
  return specifier === null || exported === null ? null : { specifier, exported };
}

function nameOf(node: unknown): string | null {
  return isNode(node) && node.type === "Identifier" ? String(node["name"]) : null;
}

function literal(node: unknown): string | null {
  return isNode(node) && node.type === "Literal" && typeof node["value"] === "string" ? node["value"] : null;
}

/** The specifier of the source for the path that Vite put in its place: `/@fs/…`, or a path from Vite's root. */
function written(path: string, file: string): string {
  if (!path.startsWith("/")) return path;
  const place = path.replace(/[?#].*$/s, "");
  const target = place.startsWith("/@fs/") ? place.slice("/@fs".length) : fromRoot(place, dirname(file));
  const found = importTarget(target, file);
  if (found?.kind !== "package") return target;
  const candidates = sources(file).filter((source) => packageName(source) === found.name);
  return candidates.find((source) => resolvedFrom(file, source) === target) ?? candidates[0] ?? target;
}

function fromRoot(path: string, folder: string): string {
  if (existsSync(path) || folder === dirname(folder)) return path;
  const candidate = join(folder, path);
  return existsSync(candidate) ? candidate : fromRoot(path, dirname(folder));
}

function sources(file: string): readonly string[] {
  const body = (tree(readFileSync(file, "utf8"))?.["body"] ?? []) as readonly Node[];
  return body.map((statement) => literal(statement["source"])).filter((source) => source !== null);
}
