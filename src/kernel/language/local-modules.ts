import { readFileSync, statSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { dirname, extname, join } from "node:path";
import { withInstallLine } from "./missing-packages.ts";

/** The `require` of cells: packages from the folder, tslab's face, and the scripts of local TypeScript modules. */
export interface LocalModules {
  require(specifier: string): unknown;
  /** Takes the script of a local module that changed; the next `require` runs it, and what imports it. */
  set(path: string, script: string): void;
  /** Forgets the JSON files that have changed, and what imports them. Called before each cell. */
  refresh(): void;
}

// Two members that Module has and its types leave out; `_compile` is how every loader hook runs a text as CommonJS.
type CompilingModule = Module & { _compile(script: string, filename: string): void };
const modulePaths = (Module as unknown as { _nodeModulePaths(folder: string): string[] })._nodeModulePaths;

/** The modules seen from a folder; `fixed` are packages whose exports are given, such as `tslab`. */
export function localModules(folder: string, fixed: ReadonlyMap<string, unknown>): LocalModules {
  const modules = new ModuleTable(fixed);
  return {
    require: modules.requireIn(join(folder, "cell.js")),
    set: (path, script) => modules.set(path, script),
    refresh: () => modules.refresh(),
  };
}

class ModuleTable {
  readonly #fixed: ReadonlyMap<string, unknown>;
  readonly #scripts = new Map<string, string>();
  readonly #loaded = new Map<string, Module>();
  /** By the file of a module, those that have required it. */
  readonly #importers = new Map<string, Set<string>>();
  readonly #json = new Map<string, { readonly stamp: number; readonly value: unknown }>();

  constructor(fixed: ReadonlyMap<string, unknown>) {
    this.#fixed = fixed;
  }

  set(path: string, script: string): void {
    this.#scripts.set(path, script);
    this.#forget(path);
  }

  // Node keeps what it has read; a cell that is run again gets what the file says now.
  refresh(): void {
    for (const [path, { stamp }] of this.#json) {
      if (statSync(path, { throwIfNoEntry: false })?.mtimeMs === stamp) continue;
      this.#json.delete(path);
      this.#forget(path);
    }
  }

  /** The `require` of a script. */
  requireIn(file: string): NodeJS.Require {
    const others = createRequire(file);
    const requireModule = (specifier: string): unknown => {
      if (this.#fixed.has(specifier)) return this.#fixed.get(specifier);
      const path = localPath(dirname(file), specifier);
      const isJson = path?.endsWith(".json") === true;
      if (path === null || !(isJson || this.#scripts.has(path)))
        return withInstallLine(specifier, (): unknown => others(specifier));
      this.#importers.set(path, (this.#importers.get(path) ?? new Set()).add(file));
      if (isJson) return this.#readJson(path, others);
      return (this.#loaded.get(path) ?? this.#load(path)).exports;
    };
    return Object.assign(requireModule, {
      resolve: others.resolve,
      cache: others.cache,
      main: others.main,
    }) as NodeJS.Require;
  }

  #load(path: string): Module {
    const module = new Module(path) as CompilingModule;
    module.filename = path;
    module.paths = modulePaths(dirname(path));
    module.require = this.requireIn(path);
    // Before it runs: modules may import each other in a circle.
    this.#loaded.set(path, module);
    try {
      module._compile(this.#scripts.get(path) ?? "", path);
    } catch (error) {
      this.#loaded.delete(path);
      throw error;
    }
    return module;
  }

  #forget(path: string): void {
    this.#loaded.delete(path);
    const importers = this.#importers.get(path) ?? [];
    this.#importers.delete(path);
    for (const importer of importers) this.#forget(importer);
  }

  #readJson(path: string, others: NodeJS.Require): unknown {
    const kept = this.#json.get(path);
    if (kept !== undefined) return kept.value;
    const facts = statSync(path, { throwIfNoEntry: false });
    if (facts === undefined) return others(path);
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    this.#json.set(path, { stamp: facts.mtimeMs, value });
    return value;
  }
}

function localPath(from: string, specifier: string): string | null {
  if (!/^\.{0,2}\//.test(specifier)) return null;
  const path = specifier.startsWith("/") ? specifier : join(from, specifier);
  return extname(path) === "" ? `${path}.js` : path;
}
