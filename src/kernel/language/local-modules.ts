import { createRequire, Module } from "node:module";
import { dirname, extname, join } from "node:path";

/** The `require` of cells: packages from the folder, tslab's face, and the scripts of local TypeScript modules. */
export interface LocalModules {
  require(specifier: string): unknown;
  /** Takes the script of a local module that changed; the next `require` runs it. */
  set(path: string, script: string): void;
}

// Two members that Module has and its types leave out; `_compile` is how every loader hook runs a text as CommonJS.
type CompilingModule = Module & { _compile(script: string, filename: string): void };
const modulePaths = (Module as unknown as { _nodeModulePaths(folder: string): string[] })._nodeModulePaths;

/** The modules seen from a folder; `fixed` are packages whose exports are given, such as `tslab`. */
export function localModules(folder: string, fixed: ReadonlyMap<string, unknown>): LocalModules {
  const scripts = new Map<string, string>();
  const loaded = new Map<string, Module>();
  const load = (path: string): Module => {
    const module = new Module(path) as CompilingModule;
    module.filename = path;
    module.paths = modulePaths(dirname(path));
    module.require = requireIn(dirname(path), createRequire(path));
    // Before it runs: modules may import each other in a circle.
    loaded.set(path, module);
    try {
      module._compile(scripts.get(path) ?? "", path);
    } catch (error) {
      loaded.delete(path);
      throw error;
    }
    return module;
  };
  const requireIn = (from: string, others: NodeJS.Require): NodeJS.Require => {
    const requireModule = (specifier: string): unknown => {
      if (fixed.has(specifier)) return fixed.get(specifier);
      const path = localPath(from, specifier);
      if (path === null || !scripts.has(path)) return others(specifier);
      return (loaded.get(path) ?? load(path)).exports;
    };
    return Object.assign(requireModule, {
      resolve: others.resolve,
      cache: others.cache,
      main: others.main,
    }) as NodeJS.Require;
  };
  return {
    require: requireIn(folder, createRequire(join(folder, "cell.js"))),
    set(path, script) {
      scripts.set(path, script);
      loaded.delete(path);
    },
  };
}

function localPath(from: string, specifier: string): string | null {
  if (!/^\.{0,2}\//.test(specifier)) return null;
  const path = specifier.startsWith("/") ? specifier : join(from, specifier);
  return extname(path) === "" ? `${path}.js` : path;
}
