import { createRequire } from "node:module";
import { join } from "node:path";
import { constants, Script } from "node:vm";
import { isEsModule } from "./es-modules.ts";
import { isPackage, withInstallLine } from "./missing-packages.ts";

/** How cells reach packages that CommonJS `require` cannot load: ES modules that await, or that only `import` may load. */
export interface Packages {
  /** Whether only `import()` loads the package; loads it with `require` to find out where that is possible. */
  needsImport(specifier: string): boolean;
  /** Whether Node finds the package, with or without types. */
  isInstalled(specifier: string): boolean;
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
    const decided = known.get(specifier) ?? (isPackage(specifier) ? needsNativeImport(resolver, specifier) : false);
    // A package that is missing may be installed later.
    if (decided !== null) known.set(specifier, decided);
    return decided ?? false;
  };
  return {
    needsImport,
    isInstalled: (specifier) => isPackage(specifier) && found(resolver, specifier).kind !== "missing",
    async imp(value) {
      const specifier = String(value);
      if (/^(file|data):/.test(specifier)) return importModule(specifier);
      if (!needsImport(specifier)) return namespaceOf(requireModule(specifier));
      const namespace = await withInstallLine(specifier, () => importModule(specifier));
      // `__esModule` tells the CommonJS code of a cell that `default` is the default export.
      if (!loaded.has(specifier)) loaded.set(specifier, { ...namespace, __esModule: true });
      return namespace;
    },
    got: (specifier) => loaded.get(specifier),
  };
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

type Resolved =
  | { readonly kind: "file"; readonly path: string }
  /** Its `exports` have nothing for `require`. */
  | { readonly kind: "import-only" }
  | { readonly kind: "missing" };

function found(resolver: NodeJS.Require, specifier: string): Resolved {
  try {
    return { kind: "file", path: resolver.resolve(specifier) };
  } catch (error) {
    return { kind: codeOf(error) === "ERR_PACKAGE_PATH_NOT_EXPORTED" ? "import-only" : "missing" };
  }
}

/** Null where the package is not there. Asking costs a load, so that only ES modules are asked; a cell then finds it loaded. */
function needsNativeImport(resolver: NodeJS.Require, specifier: string): boolean | null {
  const resolved = found(resolver, specifier);
  if (resolved.kind !== "file") return resolved.kind === "missing" ? null : true;
  if (!isEsModule(resolved.path)) return false;
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

function namespaceOf(exports: unknown): unknown {
  const isObject = (typeof exports === "object" && exports !== null) || typeof exports === "function";
  if (isObject && "__esModule" in exports) return exports;
  return isObject ? Object.assign({}, exports, { default: exports }) : { default: exports };
}
