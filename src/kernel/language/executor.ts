import { join } from "node:path";
import { constants, runInThisContext } from "node:vm";
import { type Completeness, completeness } from "./completeness.ts";
import { keepAssigned, type Variables } from "./kept-variables.ts";
import { localModules } from "./local-modules.ts";
import { packagesOf } from "./packages.ts";
import { type SourcePositions, sourcePositions, type TracedCell } from "./source-positions.ts";
import { installStackTraces } from "./stack-traces.ts";
import { type CellDiagnostic, type Converted, type Converter, loadTslab, loadTypeScript, type Tslab } from "./tslab.ts";
import { cellModule, newCompilation, type TypeScript } from "./typescript.ts";

/** How a cell ended. `value` is that of its last expression; undefined where it has none. */
export type CellOutcome =
  | { readonly kind: "done"; readonly value: unknown }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "rejected"; readonly diagnostics: readonly CellDiagnostic[] };

/** TypeScript cells that share their variables. */
export interface Executor {
  /**
   * Runs one cell.
   *
   * @param label names the cell in stack traces
   * @param interrupted rejects when the user stops the cell and it does not end by itself
   */
  execute(source: string, label: string, interrupted: Promise<never>): Promise<CellOutcome>;
  complete(
    source: string,
    position: number,
  ): { readonly start: number; readonly end: number; readonly matches: readonly string[] };
  /** Signature and documentation of the name at a position, or null. */
  inspect(source: string, position: number): string | null;
  completeness(source: string): Completeness;
  readonly positions: SourcePositions;
  readonly variables: Variables;
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
  const tslab = loadTslab(typescript, { compilation, needsImport: packages.needsImport });
  fixed.set("tslab", tslab.publicFace);
  const variables: Variables = {};
  Object.assign(globalThis, {
    __tslab__: { exports: assignable(variables), require: modules.require, imp: packages.imp, got: packages.got },
  });
  const positions = sourcePositions(folder);
  installStackTraces(positions);
  const cells = new Cells({
    typescript,
    tslab,
    variables,
    folder,
    positions,
    scripts: compilation.scripts,
    setModule: modules.set,
  });
  return {
    execute: (source, label, interrupted) => cells.execute(source, label, interrupted),
    complete: (source, position) => cells.complete(source, position),
    inspect: (source, position) => cells.inspect(source, position),
    completeness: (source) => completeness(typescript, source),
    positions,
    variables,
    tslab,
    typescriptVersion: typescript.version,
    close: () => cells.close(),
  };
}

/**
 * The `exports` of cells. TypeScript defines named imports as getters; a later cell must be able to assign them, so a
 * definition becomes a value.
 */
function assignable(variables: Variables): Variables {
  return new Proxy(variables, {
    defineProperty(target, name, { get, value }) {
      if (name !== "__esModule") target[String(name)] = get === undefined ? value : get();
      return true;
    },
  });
}

interface CellsParts {
  readonly typescript: TypeScript;
  readonly tslab: Tslab;
  readonly variables: Variables;
  readonly folder: string;
  readonly positions: SourcePositions;
  /** Source maps by the file of a script, as the last compilation left them. */
  readonly scripts: Map<string, readonly string[]>;
  readonly setModule: (path: string, script: string) => void;
}

class Cells {
  readonly positions: SourcePositions;
  readonly #parts: CellsParts;
  readonly #converter: Converter;
  #declarations = "";
  #executed = 0;

  constructor(parts: CellsParts) {
    this.#parts = parts;
    this.positions = parts.positions;
    this.#converter = parts.tslab.createConverter();
  }

  async execute(source: string, label: string, interrupted: Promise<never>): Promise<CellOutcome> {
    const meta = this.#parts.tslab.codeMetadata(source);
    if (meta.module !== undefined) return outcomeOf(this.#converter.addModule(meta.module, source, meta));
    if (meta.mode === "browser") return { kind: "failed", error: new Error(noBrowser) };
    const converted = this.#converter.convert(this.#declarations, source);
    this.#takeModules(converted);
    if (converted.diagnostics.length > 0) return outcomeOf(converted.diagnostics);
    const script = this.#scriptFile({ label, source, lines: converted.output?.split("\n").length ?? 0 });
    const values = { ...this.#parts.variables };
    try {
      await this.#run(converted, script, interrupted);
    } catch (error) {
      const cell = { before: this.#declarations, after: converted.declOutput ?? "", values };
      this.#takeLast(converted);
      this.#declarations = keepAssigned(this.#parts.typescript, cell, this.#parts.variables);
      return { kind: "failed", error };
    }
    this.#declarations = converted.declOutput ?? "";
    return { kind: "done", value: this.#takeLast(converted) };
  }

  complete(source: string, position: number): ReturnType<Executor["complete"]> {
    const { start, end, candidates } = this.#converter.complete(this.#declarations, source, position);
    return { start, end, matches: candidates };
  }

  inspect(source: string, position: number): string | null {
    const info = this.#converter.inspect(this.#declarations, source, position);
    return info === undefined ? null : this.#parts.tslab.printQuickInfo(info);
  }

  close(): void {
    this.#converter.close();
  }

  #takeModules(converted: Converted): void {
    for (const { path, data } of converted.sideOutputs ?? []) {
      this.positions.addModule(path, this.#parts.scripts.get(path) ?? []);
      this.#parts.setModule(path, data);
    }
  }

  /** The file name that the cell's script gets in stack traces; `import()` resolves from its folder. */
  #scriptFile(cell: Omit<TracedCell, "maps">): string {
    this.#executed += 1;
    const { folder, scripts } = this.#parts;
    const file = join(folder, `__cell_${this.#executed}__.js`);
    this.positions.addCell(file, { ...cell, maps: scripts.get(join(folder, `${cellModule}.js`)) ?? [] });
    return file;
  }

  async #run(converted: Converted, filename: string, interrupted: Promise<never>): Promise<void> {
    if (converted.output === undefined) return;
    // In a function: it is faster, and `const` can be declared again in the next cell (tslab, #11).
    const head = `(${converted.hasToplevelAwait === true ? "async " : ""}function(exports, require) { `;
    const code = `${head}${converted.output}\n})(__tslab__.exports, __tslab__.require)`;
    const result: unknown = runInThisContext(code, {
      filename,
      columnOffset: -head.length,
      breakOnSigint: true,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    if (converted.hasToplevelAwait === true) await Promise.race([result, interrupted]);
  }

  #takeLast(converted: Converted): unknown {
    const name = converted.lastExpressionVar;
    if (name === undefined) return undefined;
    const value = this.#parts.variables[name];
    delete this.#parts.variables[name];
    return value;
  }
}

const noBrowser = "This kernel does not run /** @browser */ cells; show HTML or a figure instead.";

function outcomeOf(diagnostics: readonly CellDiagnostic[]): CellOutcome {
  return diagnostics.length === 0 ? { kind: "done", value: undefined } : { kind: "rejected", diagnostics };
}
