import type ts from "typescript";
import { type CellMode, defaultMode } from "./cell-mode.ts";
import type { Unnameable } from "./unnameable.ts";

/** Stock TypeScript 5.9.3 with the internals that the kernel needs; all of them are listed here. */
export type TypeScript = typeof ts & TypeScriptInternals;

/** Members that TypeScript has at run time and leaves out of its declarations; the parity cells notice when one goes. */
export interface TypeScriptInternals {
  readonly nullTransformationContext: ts.TransformationContext;
  readonly Completions: {
    getCompletionsAtPosition(...call: readonly unknown[]): ts.CompletionInfo | undefined;
  };
  findPrecedingToken(position: number, ...rest: readonly unknown[]): ts.Node | undefined;
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  readonly FlowFlags: { readonly Assignment: number; readonly Shared: number; readonly Referenced: number };
  getTouchingPropertyName(file: ts.SourceFile, position: number): ts.Node;
}

/** Two internals of a program and its files. */
export interface ProgramInternals {
  getResolvedModuleFromModuleSpecifier(
    specifier: ts.Node,
    file: ts.SourceFile,
  ): { readonly resolvedModule?: ts.ResolvedModuleFull } | undefined;
}

export interface FileInternals {
  /** The specifiers of all imports and exports, `import()` too. */
  readonly imports: readonly ts.Node[];
  /** The names at the top of a file that is bound. */
  readonly locals?: ts.SymbolTable;
}

/**
 * What is known while one cell is compiled. tslab's converter calls TypeScript for the checks, then to emit, then to
 * turn the ES module into CommonJS; this is what an earlier of these calls tells a later one.
 */
export interface Compilation {
  /** The folder that cells are compiled in: the working folder at start. */
  readonly folder: string;
  /** The cell's file in the current program. */
  cell: ts.SourceFile | null;
  /** Of the last cell, completion or inspection. */
  program: ts.Program | null;
  /** Whether nothing has changed since the last program: the same text is asked about again. */
  isSame: boolean;
  /** Whether a cell is compiled, and no question answered. */
  isConverting: boolean;
  /** How this cell is checked and compiled. */
  mode: CellMode;
  /** Names of values that the cell gives to later cells. */
  bound: ReadonlySet<string>;
  /** Packages that only `import()` can load; they are awaited before the cell runs. */
  readonly awaited: Set<string>;
  /** Declarations whose type cannot be named where it is used; they get a type of their own in the declarations. */
  readonly unnameable: Set<Unnameable>;
  /** What was emitted by its text: the file each is for, its map to TypeScript; an ES module, or a script that can run. */
  readonly emitted: Map<string, { readonly path: string; readonly map: string; readonly isScript: boolean }>;
  /** Local modules outside the folder that were emitted: the file of each script, and the ES module. */
  readonly outside: Map<string, string>;
  /** CommonJS scripts by the file they are for: maps from the script to the ES module to TypeScript. */
  readonly scripts: Map<string, readonly string[]>;
}

/** An empty {@link Compilation}; one serves all cells of a kernel. */
export function newCompilation(folder: string): Compilation {
  return {
    folder,
    cell: null,
    program: null,
    isSame: false,
    isConverting: false,
    mode: defaultMode,
    bound: new Set(),
    awaited: new Set(),
    unnameable: new Set(),
    emitted: new Map(),
    outside: new Map(),
    scripts: new Map(),
  };
}

/** The name of the cell's virtual file, as tslab has it. */
export const cellModule = "__tslab__";
/** The virtual file with the declarations of earlier cells, as tslab has it. */
export const earlierDeclarations = "__prev__.d.ts";
