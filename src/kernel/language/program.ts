import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import type ts from "typescript";
import type { CellMode } from "./cell-mode.ts";
import { exposeNames } from "./expose-names.ts";
import { globalDeclarations, globalsFile } from "./global-declarations.ts";
import { standInTypes } from "./stand-in-types.ts";
import { copied, liftedLast, longhand, usesUsing } from "./transformers.ts";
import { type Compilation, cellModule, type TypeScript } from "./typescript.ts";

/** tslab's call: roots, options, system, nothing, and two reporters. */
export type CreateWatchHost = (
  roots: string[],
  options: ts.CompilerOptions,
  ...rest: readonly [ts.System, null, ts.DiagnosticReporter, ts.WatchStatusReporter]
) => ts.WatchCompilerHost<ts.EmitAndSemanticDiagnosticsBuilderProgram>;

/** `createWatchCompilerHost` as tslab calls it, with the kernel's options, files and emit. */
export function watchHost(ts: TypeScript, compilation: Compilation): CreateWatchHost {
  return (roots, options, ...[system, , reportDiagnostic, reportWatchStatus]) => {
    const create: ts.CreateProgram<ts.EmitAndSemanticDiagnosticsBuilderProgram> = (names, fixed, ...rest) => {
      const withMode = { ...fixed, ...modeOptions(compilation.mode) };
      return withEmit(ts, compilation, ts.createEmitAndSemanticDiagnosticsBuilderProgram(names, withMode, ...rest));
    };
    return ts.createWatchCompilerHost(
      [...roots, join(compilation.folder, globalsFile)],
      kernelOptions(ts, options),
      kernelSystem(ts, system, compilation),
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

function kernelSystem(ts: TypeScript, system: ts.System, compilation: Compilation): ts.System {
  const members = { readFile: readFileOf(ts, system), ...timersOf(system, compilation) };
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
 *
 * An update that throws would leave tslab with a timer that it believes pending, for ever: the error waits for the cell.
 */
function timersOf(system: ts.System, compilation: Compilation): Pick<ts.System, "setTimeout" | "clearTimeout"> {
  const own = new Set<unknown>();
  return {
    setTimeout(callback, ms, ...names) {
      if (names[0] === "timerToUpdateProgram") return system.setTimeout?.(guarded(callback, compilation), ms);
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

function guarded(callback: () => void, compilation: Compilation): () => void {
  return () => {
    try {
      callback();
    } catch (error) {
      compilation.failure = { error };
    }
  };
}

type Builder = ts.EmitAndSemanticDiagnosticsBuilderProgram;

/** The builder with an emit that mends what tslab's transformer cannot, and keeps the source maps. */
function withEmit(ts: TypeScript, compilation: Compilation, builder: Builder): Builder {
  const emit = builder.emit.bind(builder);
  builder.emit = (file, write, ...rest) => {
    const [token, only, custom] = rest;
    const isCell = file !== undefined && file === compilation.cell;
    const program = builder.getProgram();
    const declarations = isCell ? standInTypes(ts, compilation, program) : (text: string) => text;
    const first = isCell && usesUsing(ts, file) ? liftedLast(ts) : copied(ts);
    const after = [first, longhand(ts, program.getTypeChecker()), ...(custom?.after ?? [])];
    const output = new Map<string, string>();
    const result = emit(file, (path, text) => void output.set(path, text), token, only, { ...custom, after });
    for (const [path, text] of output) {
      if (path.endsWith(".map") || write === undefined) continue;
      write(path, path.endsWith(".d.ts") ? declarations(text) : keepMap(compilation, path, { text, output }), false);
    }
    return result;
  };
  return builder;
}

function keepMap(
  compilation: Compilation,
  path: string,
  made: { readonly text: string; readonly output: ReadonlyMap<string, string> },
): string {
  const text = made.text.replace(/\n?\/\/# sourceMappingURL=.*\n?$/, "\n");
  const map = made.output.get(`${path}.map`);
  // tslab's outDir is "outDir"; what is below it has the path of its source below the working folder.
  if (map !== undefined)
    compilation.emitted.set(text, { path: join(compilation.folder, relative("outDir", path)), map });
  return text;
}
