import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import type ts from "typescript";
import { cellBuilder, namesOnly } from "./builder.ts";
import type { CellMode } from "./cell-mode.ts";
import { exposeNames } from "./expose-names.ts";
import { globalDeclarations, globalsFile } from "./global-declarations.ts";
import { withSharedImports } from "./shared-imports.ts";
import { type Compilation, cellModule, type TypeScript } from "./typescript.ts";

/** tslab's call: roots, options, system, nothing, and two reporters. */
export type CreateWatchHost = (
  roots: string[],
  options: ts.CompilerOptions,
  ...rest: readonly [ts.System, null, ts.DiagnosticReporter, ts.WatchStatusReporter]
) => ts.WatchCompilerHost<ts.BuilderProgram>;

/** `createWatchCompilerHost` as tslab calls it, with the kernel's options, files and emit. */
export function watchHost(ts: TypeScript, compilation: Compilation): CreateWatchHost {
  return (roots, options, ...[system, , reportDiagnostic, reportWatchStatus]) => {
    const create: ts.CreateProgram<ts.BuilderProgram> = (names, fixed, ...rest) => {
      const [host, old, ...others] = rest;
      if (old !== undefined && compilation.isSame) return old;
      const options = { ...fixed, ...modeOptions(compilation.mode) };
      const named = compilation.isConverting ? namesOnly(ts, { compilation, options, host, old }) : null;
      if (named !== null) return named;
      const shared = host === undefined ? host : withSharedImports(ts, host);
      return cellBuilder(ts, compilation, ts.createAbstractBuilder(names, options, shared, old, ...others));
    };
    return ts.createWatchCompilerHost(
      [...roots, join(compilation.folder, globalsFile)],
      kernelOptions(ts, options),
      kernelSystem(ts, system),
      create,
      reportDiagnostic,
      reportWatchStatus,
    );
  };
}

/**
 * The options of a cell: today's language and library instead of ES2022, packages resolved as bundlers do.
 *
 * Not ESNext as a target: with standard decorators Node 24 stops with a SyntaxError. Not `node16`: it takes the cell
 * for CommonJS and rejects its await.
 */
function kernelOptions(ts: TypeScript, options: ts.CompilerOptions): ts.CompilerOptions {
  // Two options that only tslab's own TypeScript knows.
  const { disableTopLevelAwait: _, noImplicitUseStrict: __, ...known } = options;
  return {
    ...known,
    lib: ["lib.esnext.d.ts", ...(options.lib ?? []).filter((name) => name.includes("dom"))],
    target: ts.ScriptTarget.ES2024,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    rewriteRelativeImportExtensions: true,
    sourceMap: true,
    typeRoots: withNodeTypes(ts, options.typeRoots ?? []),
  };
}

/** Options that may be others for each cell: none of them asks for new syntax trees, so that all files are used again. */
function modeOptions({ strict, decorators }: CellMode): ts.CompilerOptions {
  return { strict, alwaysStrict: false, experimentalDecorators: decorators === "legacy" };
}

/**
 * The notebook's own @types/node where there are some; else ours, of the Node that runs; else tslab's, which are those of
 * Node 18.
 */
function withNodeTypes(ts: TypeScript, roots: readonly string[]): string[] {
  const near = roots.filter((root) => !root.includes(join("tslab", "node_modules")));
  if (near.some((root) => ts.sys.fileExists(join(root, "node", "package.json")))) return near;
  try {
    const found = createRequire(import.meta.url).resolve("@types/node/package.json");
    return [...near, dirname(dirname(found))];
  } catch {
    return [...roots];
  }
}

function kernelSystem(ts: TypeScript, system: ts.System): ts.System {
  const members = { readFile: readFileOf(ts, system), ...timersOf(system) };
  const properties = Object.entries(members).map(([name, value]) => [name, { value }] as const);
  return Object.create(system, Object.fromEntries(properties)) as ts.System;
}

function readFileOf(ts: TypeScript, system: ts.System): ts.System["readFile"] {
  const cellFile = new RegExp(`${cellModule}\\.[jt]s$`);
  return (path, encoding) => {
    if (basename(path) === globalsFile) return globalDeclarations;
    const text = system.readFile(path, encoding);
    if (text === undefined) return undefined;
    // tslab exports every local of the cell; `declare global` adds the local `__global`, which is none.
    if (cellFile.test(path)) return text.replace(/(\nexport \{[^}]*)\b__global(, )?([^}]*\}$)/, "$1$3");
    return exposeNames(ts, path, text);
  };
}

/**
 * TypeScript sets two timers: one to update the program, which tslab takes and fires itself before each cell, and one to
 * look again for modules it has missed, after a file was made. tslab knows of the first only: the second, taken for the
 * first, ended every later cell with "Unexpected pending rebuildTimer". It gets a real one.
 */
function timersOf(system: ts.System): Pick<ts.System, "setTimeout" | "clearTimeout"> {
  const own = new Set<unknown>();
  return {
    setTimeout(callback, ms, ...names) {
      if (names[0] === "timerToUpdateProgram") return system.setTimeout?.(callback, ms);
      const timer = setTimeout(() => {
        own.delete(timer);
        callback(...names);
      }, ms).unref();
      own.add(timer);
      return timer;
    },
    clearTimeout(timer) {
      if (own.delete(timer)) clearTimeout(timer as NodeJS.Timeout);
      else system.clearTimeout?.(timer);
    },
  };
}
