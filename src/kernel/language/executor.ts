import type { Variables } from "./cell-scope.ts";
import { Cells } from "./cells.ts";
import { type Completeness, completeness } from "./completeness.ts";
import { idleWork } from "./idle-work.ts";
import { importLines } from "./import-lines.ts";
import { localModules } from "./local-modules.ts";
import { moduleFacts } from "./module-facts.ts";
import { packagesOf } from "./packages.ts";
import { type SourcePositions, sourcePositions } from "./source-positions.ts";
import { installStackTraces } from "./stack-traces.ts";
import { type CellDiagnostic, loadTslab, loadTypeScript, type Tslab } from "./tslab.ts";
import { newCompilation } from "./typescript.ts";
import { watchedFiles } from "./watched-files.ts";

/** How a cell ended. `value` is that of its last expression; undefined where it has none. */
export type CellOutcome =
  | { readonly kind: "done"; readonly value: unknown }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "rejected"; readonly diagnostics: readonly CellDiagnostic[] };

/** How a cell's script runs. */
export interface CellRun {
  /** Runs its synchronous part; that may be ended by force, and the promise then stays open. */
  readonly turn: <T>(script: () => T) => Promise<Awaited<T>>;
  /** Rejects when the user stops the cell and it does not end by itself. */
  readonly interrupted: Promise<never>;
  /** Whether SIGINT ends the synchronous part; only where no guard does. */
  readonly breakOnSigint?: boolean;
}

/** TypeScript cells that share their variables. */
export interface Executor {
  /**
   * Runs one cell.
   *
   * @param label names the cell in stack traces
   */
  execute(source: string, label: string, run: CellRun): Promise<CellOutcome>;
  complete(
    source: string,
    position: number,
  ): { readonly start: number; readonly end: number; readonly matches: readonly string[] };
  /** Signature and documentation of the name at a position, or null. */
  inspect(source: string, position: number): string | null;
  completeness(source: string): Completeness;
  readonly positions: SourcePositions;
  readonly variables: Variables;
  /** The function that each cell's script is, in the order of execution. */
  readonly scripts: readonly object[];
  readonly tslab: Tslab;
  readonly typescriptVersion: string;
  close(): void;
}

/**
 * An executor whose cells see packages and modules from a folder. Sets `globalThis.__tslab__`, as tslab does: `exports`
 * has the variables of all cells, `require` is the cells' own.
 */
export function createExecutor(folder: string): Executor {
  const typescript = loadTypeScript();
  const compilation = newCompilation(folder);
  const fixed = new Map<string, unknown>();
  const modules = localModules(folder, fixed);
  const packages = packagesOf(folder, modules.require);
  const files = watchedFiles(typescript);
  const tslab = loadTslab(typescript, { compilation, files, packages });
  fixed.set("tslab", tslab.publicFace);
  const variables: Variables = {};
  const { imp, got } = packages;
  const { require } = modules;
  const scripts: object[] = [];
  const entered = <F extends object>(script: F): F => {
    scripts.push(script);
    return script;
  };
  const kernel = { exports: variables, require, imp, got, meta: moduleFacts(folder), scope: null, entered };
  Object.assign(globalThis, { __tslab__: kernel });
  const positions = sourcePositions(folder);
  installStackTraces(positions);
  const imports = importLines(typescript, compilation);
  const reading = idleWork((ms) => imports.readOn(ms));
  const cells = new Cells({ kernel, typescript, tslab, compilation, variables, positions, modules, files, imports });
  return {
    execute: (source, label, run) => reading.without(() => cells.execute(source, label, run)),
    complete(source, position) {
      reading.start();
      return cells.complete(source, position);
    },
    inspect(source, position) {
      reading.start();
      return cells.inspect(source, position);
    },
    completeness: (source) => completeness(typescript, source),
    positions,
    variables,
    scripts,
    tslab,
    typescriptVersion: typescript.version,
    close: () => cells.close(),
  };
}
