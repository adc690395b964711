import { readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { constants, Script } from "node:vm";

/** How cells reach packages that CommonJS `require` cannot load: ES modules that await, or that only `import` may load. */
export interface Packages {
  /** Whether only `import()` loads the package; loads it with `require` to find out where that is possible. */
  needsImport(specifier: string): boolean;
  /** `import()` of a cell: the module of a static import where there can be one, so that a package exists once. */
  imp(specifier: unknown): Promise<unknown>;
  /** A package that {@link imp} has loaded, for a static import. */
  got(specifier: string): unknown;
}

/**
 * The packages seen from a folder.
 *
 * @param folder where cells run; names resolve from here
 * @param requireModule the cells' own `require`, which also knows local modules
 */
export function packagesOf(folder: string, requireModule: (specifier: string) => unknown): Packages {
  const resolver = createRequire(join(folder, "cell.js"));
  const importModule = nativeImport(folder);
  const known = new Map<string, boolean>();
  const loaded = new Map<string, unknown>();
  const needsImport = (specifier: string): boolean => {
    const decided = known.get(specifier) ?? (isPackage(specifier) && needsNativeImport(resolver, specifier));
    known.set(specifier, decided);
    return decided;
  };
  return {
    needsImport,
    async imp(value) {
      const specifier = String(value);
      if (/^(file|data):/.test(specifier)) return importModule(specifier);
      if (!needsImport(specifier)) return namespaceOf(requireModule(specifier));
      const namespace = await importModule(specifier);
      // `__esModule` tells the CommonJS code of a cell that `default` is the default export.
      if (!loaded.has(specifier)) loaded.set(specifier, { ...namespace, __esModule: true });
      return namespace;
    },
    got: (specifier) => loaded.get(specifier),
  };
}

function isPackage(specifier: string): boolean {
  return specifier !== "tslab" && !/^[./]|^[a-z]+:/i.test(specifier) && !isBuiltin(specifier);
}

/**
 * A real `import()` that resolves from the folder. Code run by `vm` has none of its own; with Node's main loader and a
 * file name in the folder it has (Node >= 20.20).
 */
function nativeImport(folder: string): (specifier: string) => Promise<object> {
  const script = new Script("(specifier) => import(specifier)", {
    filename: join(folder, "cell.js"),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return script.runInThisContext() as (specifier: string) => Promise<object>;
}

// Asking costs a load, so that only ES modules are asked; a cell then finds it loaded.
function needsNativeImport(resolver: NodeJS.Require, specifier: string): boolean {
  let file: string;
  try {
    file = resolver.resolve(specifier);
  } catch (error) {
    return codeOf(error) === "ERR_PACKAGE_PATH_NOT_EXPORTED";
  }
  if (!isEsModule(file)) return false;
  try {
    resolver(specifier);
    return false;
  } catch (error) {
    // Any other error is the package's own, and shows when the cell loads it.
    return codeOf(error) === "ERR_REQUIRE_ASYNC_MODULE" || codeOf(error) === "ERR_REQUIRE_ESM";
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

function isEsModule(file: string): boolean {
  return file.endsWith(".mjs") || (file.endsWith(".js") && packageType(dirname(file)) === "module");
}

function packageType(folder: string): unknown {
  const parent = dirname(folder);
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return typeof manifest === "object" && manifest !== null && "type" in manifest ? manifest.type : undefined;
  } catch {
    return parent === folder ? undefined : packageType(parent);
  }
}

function namespaceOf(exports: unknown): unknown {
  const isObject = (typeof exports === "object" && exports !== null) || typeof exports === "function";
  if (isObject && "__esModule" in exports) return exports;
  return isObject ? Object.assign({}, exports, { default: exports }) : { default: exports };
}
