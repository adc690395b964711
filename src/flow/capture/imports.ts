import { existsSync, readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { types } from "node:util";
import { functionScopes, scriptOf } from "./scopes.ts";

/** Where a value can be imported from. */
export interface ImportFacts {
  readonly specifier: string;
  /** Version of the package; null for Node's own modules. */
  readonly version: string | null;
  /** `*` for the namespace, `default`, or the exported name. */
  readonly exported: string;
}

/** Finds what a value was imported from, as seen from one folder. */
export interface ImportFinder {
  /** @param hint the name it is used by, tried first */
  find(value: unknown, hint: string): ImportFacts | null;
  /** Whether a value is the whole of what a loaded module exports. */
  isModule(value: unknown): boolean;
}

interface Package {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

interface Known {
  readonly file: string;
  readonly exported: string;
}

/** @param folder the notebook's: packages are looked for from there */
export function importFinder(folder: string): ImportFinder {
  const require = createRequire(join(folder, "cell.js"));
  const home = packageOf(join(folder, "cell.js"));
  let index: ReadonlyMap<unknown, readonly Known[]> | null = null;
  let modules: ReadonlySet<unknown> | null = null;
  const packaged = (file: string): Package | null => {
    const found = packageOf(file);
    return found === null || found.folder === home?.folder || !isInstalled(found, require) ? null : found;
  };
  const find = (value: unknown, hint: string): ImportFacts | null => {
    if (!isIdentity(value)) return null;
    index ??= indexModules(require, packaged);
    const known = index.get(value) ?? [];
    const best = known.find(({ exported }) => exported === hint) ?? known[0];
    if (best !== undefined) return importOf(best, { require, packaged });
    const whole = index.get(copiedModule(value))?.find(({ exported }) => exported === "*" || exported === "default");
    if (whole !== undefined) return importOf({ ...whole, exported: "*" }, { require, packaged });
    return typeof value === "function" ? fromModuleScope(value, hint, { require, packaged }) : null;
  };
  const isModule = (value: unknown): boolean => {
    modules ??= loadedModules(require);
    return types.isModuleNamespaceObject(value) || modules.has(value);
  };
  return { find, isModule };
}

interface Finder {
  readonly require: NodeJS.Require;
  readonly packaged: (file: string) => Package | null;
}

// What TypeScript makes of `import * as` and of a default import: a copy of the module with the module as its default.
function copiedModule(value: object): unknown {
  const field = Object.getOwnPropertyDescriptor(value, "default");
  return typeof value === "object" && field !== undefined && "value" in field ? field.value : undefined;
}

function isIdentity(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

// The modules that are loaded: Node's own, and those of packages in the CommonJS cache (required ECMAScript modules too).
function indexModules(
  require: NodeJS.Require,
  packaged: (file: string) => Package | null,
): ReadonlyMap<unknown, readonly Known[]> {
  const index = new Map<unknown, Known[]>();
  const add = (file: string, module: unknown): void => {
    if (!isIdentity(module)) return;
    note(index, module, { file, exported: types.isModuleNamespaceObject(module) ? "*" : "default" });
    for (const [exported, value] of isBuiltin(file) ? builtinExports(module) : exportsOf(module)) {
      note(index, value, { file, exported });
    }
  };
  for (const id of loadedBuiltins()) add(id, process.getBuiltinModule(id));
  for (const [file, module] of Object.entries(require.cache)) {
    if (module?.loaded === true && packaged(file) !== null) add(file, module.exports);
  }
  return index;
}

function loadedModules(require: NodeJS.Require): ReadonlySet<unknown> {
  const required = Object.values(require.cache).map((module) => module?.exports);
  return new Set([...required, ...loadedBuiltins().map((id) => process.getBuiltinModule(id))].filter(isIdentity));
}

function note(index: Map<unknown, Known[]>, value: unknown, known: Known): void {
  if (!isIdentity(value)) return;
  const list = index.get(value);
  if (list === undefined) index.set(value, [known]);
  else list.push(known);
}

function loadedBuiltins(): readonly string[] {
  const list: unknown = Reflect.get(process, "moduleLoadList");
  const names = Array.isArray(list)
    ? list.map((entry) => String(entry).replace(/^(NativeModule|Internal Binding) /, ""))
    : [];
  const known = names.filter((name) => !/^internal\b|^_/.test(name) && isBuiltin(name));
  return [...new Set(known.map((name) => (name.startsWith("node:") ? name : `node:${name}`)))];
}

// Node warns at some of its getters (fs.F_OK), and makes these two only when they are asked for.
function* builtinExports(module: object): Generator<readonly [string, unknown]> {
  for (const key of Object.keys(module)) {
    const field = Object.getOwnPropertyDescriptor(module, key);
    if (field !== undefined && "value" in field) yield [key, field.value];
    else if (key === "promises" || key === "webcrypto") yield [key, Reflect.get(module, key)];
  }
}

// A getter of an export list only hands a value on; a longer one may do work or warn.
function* exportsOf(module: object): Generator<readonly [string, unknown]> {
  for (const key of Object.keys(module)) {
    const field = Object.getOwnPropertyDescriptor(module, key);
    if (field === undefined) continue;
    if ("value" in field) yield [key, field.value];
    else if (field.get !== undefined && String(field.get).length < 90) yield [key, Reflect.get(module, key)];
  }
}

function importOf(known: Known, finder: Finder): ImportFacts | null {
  if (isBuiltin(known.file)) return { specifier: known.file, version: null, exported: known.exported };
  const found = finder.packaged(known.file);
  if (found === null) return null;
  const specifier = specifierOf(known.file, found, finder.require);
  return { specifier, version: found.version, exported: known.exported };
}

// The package's own name where that gives this file, else the path of the file inside the package.
function specifierOf(file: string, found: Package, require: NodeJS.Require): string {
  if (resolved(found.name, require) === file) return found.name;
  return found.name + file.slice(found.folder.length).split(sep).join("/");
}

function resolved(specifier: string, require: NodeJS.Require): string | null {
  try {
    return require.resolve(specifier);
  } catch {
    return null;
  }
}

// An ECMAScript module that nobody required is in no list that we can read: its function says which file it stands in.
function fromModuleScope(value: object, hint: string, finder: Finder): ImportFacts | null {
  if (!functionScopes(value).inModule) return null;
  const file = filePath(scriptOf(value));
  const found = file === null ? null : finder.packaged(file);
  if (found === null) return null;
  const exported = exportedName(found.name, value, { hint, require: finder.require });
  return { specifier: found.name, version: found.version, exported };
}

function exportedName(
  name: string,
  value: object,
  { hint, require }: { readonly hint: string; readonly require: NodeJS.Require },
): string {
  try {
    const module: unknown = require(name);
    if (!isIdentity(module) || Reflect.get(module, hint) === value) return hint;
    return [...exportsOf(module)].find(([, exported]) => exported === value)?.[0] ?? hint;
  } catch {
    // A module that waits at its top level cannot be required; the name it is used by is the name it was imported by.
    return hint;
  }
}

function filePath(url: string | null): string | null {
  if (url === null || url === "") return null;
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}

function isInstalled(found: Package, require: NodeJS.Require): boolean {
  if (found.folder.includes(`${sep}node_modules${sep}`)) return true;
  const main = resolved(found.name, require);
  return main !== null && packageOf(main)?.folder === found.folder;
}

const packages = new Map<string, Package | null>();

/** The package that a file belongs to: the nearest folder above with a `package.json` that has a name. */
function packageOf(file: string): Package | null {
  const folder = dirname(file);
  const seen = packages.get(folder);
  if (seen !== undefined) return seen;
  const found = readPackage(folder) ?? (folder === dirname(folder) ? null : packageOf(folder));
  packages.set(folder, found);
  return found;
}

function readPackage(folder: string): Package | null {
  const path = join(folder, "package.json");
  if (!existsSync(path)) return null;
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
    const field = (key: string): unknown => (isIdentity(manifest) ? Reflect.get(manifest, key) : undefined);
    const name = field("name");
    return typeof name === "string" ? { name, version: String(field("version") ?? "0.0.0"), folder } : null;
  } catch {
    return null;
  }
}
