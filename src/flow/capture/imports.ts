import { builtinModules, createRequire, isBuiltin } from "node:module";
import { join, sep } from "node:path";
import { types } from "node:util";
import { type Package, packageOf } from "./packages.ts";
import { functionScript } from "./scopes.ts";

/** Where a value can be imported from. */
export interface ImportFacts {
  readonly specifier: string;
  /** Version of the package; null for Node's own modules. */
  readonly version: string | null;
  /** `*` for the namespace, `default`, or the exported name. */
  readonly exported: string;
  /** The file whose import this is: the specifier is looked for from there. Null: from the notebook's folder. */
  readonly importer: string | null;
  /** Digest of a file of the user's own with all that it imports; null for packages and Node's own modules. */
  readonly content: string | null;
}

/** A module that an import statement of a file of the user's gave. */
export interface KnownModule {
  readonly specifier: string;
  /** The package's. */
  readonly name: string;
  readonly version: string;
  readonly importer: string;
  /** The whole module, or the exports that are known; null where the engine shows none. */
  readonly exports: object | null;
}

/** What stands in a package's file: a thing to import, or one that the package keeps to itself. */
export type Member =
  | ({ readonly kind: "import" } & ImportFacts)
  | { readonly kind: "hidden"; readonly package: string };

interface Seen {
  readonly hint: string;
  readonly modules: readonly KnownModule[];
}

/** Finds what a value was imported from, as seen from one folder. */
export interface ImportFinder {
  /** Paths of local files are told from here. */
  readonly folder: string;
  /**
   * By identity among the loaded modules.
   *
   * @param hint the name it is used by, tried first
   */
  find(value: unknown, hint: string): ImportFacts | null;
  /** A function or module by the file of a package that it stands in; null where that is not in a package. */
  member(value: object, seen: Seen): Member | null;
  /** Whether a value is the whole of what a loaded module exports. */
  isModule(value: unknown): boolean;
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
    return whole === undefined ? null : importOf({ ...whole, exported: "*" }, { require, packaged });
  };
  const isModule = (value: unknown): boolean => {
    modules ??= loadedModules(require);
    return types.isModuleNamespaceObject(value) || modules.has(value);
  };
  const member = (value: object, seen: Seen): Member | null => memberOf(value, seen, { require, packaged });
  return { folder, find, member, isModule };
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
  const names =
    Array.isArray(list) && list.length > 0
      ? list.map((entry) => String(entry).replace(/^(NativeModule|Internal Binding) /, ""))
      : // Deno keeps no list; nothing of it is slow to load, and its inspector we leave alone.
        builtinModules.filter((name) => !/^(node:)?inspector\b/.test(name));
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
  const { exported } = known;
  const none = { importer: null, content: null };
  if (isBuiltin(known.file)) return { specifier: known.file, version: null, exported, ...none };
  const found = finder.packaged(known.file);
  if (found === null) return null;
  const specifier = specifierOf(known.file, found, finder.require);
  return { specifier, version: found.version, exported, ...none };
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
function memberOf(value: object, { hint, modules }: Seen, { require, packaged }: Finder): Member | null {
  const sample = typeof value === "function" ? value : Object.values(value).find((part) => typeof part === "function");
  const file = sample === undefined ? null : (functionScript(sample)?.file ?? null);
  const found = file === null ? null : packaged(file);
  if (found === null) return null;
  const ways = modules.filter(({ name }) => name === found.name);
  for (const { exports, ...way } of ways) {
    const exported = exports === null ? null : exportedName(exports, value, hint);
    if (exported !== null) return importBy(way, exported);
  }
  const own = required(found.name, require);
  const exported = own === null ? null : (exportedName(own, value, hint) ?? twin(own, value, hint));
  if (exported !== null) return importBy(found, exported);
  // What cannot be required is imported by the name it is used by; the thread says so when there is no such export.
  const unseen = own === null && (ways.length === 0 || ways.some(({ exports }) => exports === null));
  if (typeof value !== "function") return importBy(ways[0] ?? found, "*");
  return unseen ? importBy(ways[0] ?? found, hint) : { kind: "hidden", package: found.name };
}

interface Way {
  readonly specifier?: string;
  readonly name: string;
  readonly version: string;
  readonly importer?: string;
}

function importBy({ specifier, name, version, importer }: Way, exported: string): Member {
  return {
    kind: "import",
    specifier: specifier ?? name,
    version,
    exported,
    importer: importer ?? null,
    content: null,
  };
}

function required(name: string, require: NodeJS.Require): object | null {
  try {
    const module: unknown = require(name);
    return isIdentity(module) ? module : null;
  } catch {
    // A module that waits at its top level, or that has no way in for require().
    return null;
  }
}

// A package may have one build for import and another for require(): then the name has to do.
function twin(module: object, value: object, hint: string): string | null {
  const other: unknown = typeof value === "function" ? Reflect.get(module, hint) : null;
  return typeof other === "function" && other.name === Reflect.get(value, "name") ? hint : null;
}

function exportedName(module: object, value: object, hint: string): string | null {
  if (module === value) return "*";
  if (Object.hasOwn(module, hint) && Reflect.get(module, hint) === value) return hint;
  return [...exportsOf(module)].find(([, exported]) => exported === value)?.[0] ?? null;
}

function isInstalled(found: Package, require: NodeJS.Require): boolean {
  if (found.folder.includes(`${sep}node_modules${sep}`)) return true;
  const main = resolved(found.name, require);
  return main !== null && packageOf(main)?.folder === found.folder;
}
