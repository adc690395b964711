import { join } from "node:path";
import { constants, runInThisContext } from "node:vm";
import { StemmaError } from "../../error.ts";
import { scopeName } from "./cell-bindings.ts";
import { type CellMode, cellMode, folderMode } from "./cell-mode.ts";
import { type OpenScope, openScope, type Variables } from "./cell-scope.ts";
import { cellText } from "./cell-text.ts";
import type { CellOutcome, CellRun, Executor } from "./executor.ts";
import type { ImportLines } from "./import-lines.ts";
import { isSameQuestion, KeptAnswers, type Question } from "./kept-answers.ts";
import { keptDeclarations } from "./kept-declarations.ts";
import type { LocalModules } from "./local-modules.ts";
import { reservedNames } from "./reserved-names.ts";
import type { SourcePositions, TracedCell } from "./source-positions.ts";
import type { CellDiagnostic, Converted, Converter, Tslab } from "./tslab.ts";
import { type Compilation, cellModule, type TypeScript } from "./typescript.ts";
import type { WatchedFiles } from "./watched-files.ts";

/** What the scripts of cells find as `__tslab__`. */
export interface KernelFace {
  /** Of the cell that starts. */
  scope: OpenScope | null;
  /** Takes the function that a cell's script is, and gives it back. */
  entered<F extends object>(script: F): F;
}

export interface CellsParts {
  readonly kernel: KernelFace;
  readonly typescript: TypeScript;
  readonly tslab: Tslab;
  readonly compilation: Compilation;
  readonly variables: Variables;
  readonly positions: SourcePositions;
  readonly modules: LocalModules;
  readonly files: WatchedFiles;
  readonly imports: ImportLines;
}

/** Compiles and runs cells, one after the other; keeps what earlier ones declared. */
export class Cells {
  readonly #parts: CellsParts;
  #converter: Converter;
  /** Sources of module cells by name. */
  readonly #moduleCells = new Map<string, string>();
  readonly #folderMode: () => CellMode;
  #declarations = "";
  #executed = 0;
  #isAsking = false;
  /** What TypeScript's program was made for; null where that is a cell. */
  #lastAsked: Question | null = null;
  readonly #compiled = new KeptAnswers<Compiled>();
  readonly #completed = new KeptAnswers<{ readonly position: number; readonly found: Completed }>();

  constructor(parts: CellsParts) {
    this.#parts = parts;
    this.#folderMode = folderMode(parts.compilation.folder);
    this.#converter = parts.tslab.createConverter();
  }

  async execute(source: string, label: string, run: CellRun): Promise<CellOutcome> {
    const { tslab } = this.#parts;
    const meta = tslab.codeMetadata(source);
    if (meta.module !== undefined) return outcomeOf(this.#addModule(meta.module, source));
    if (meta.mode === "browser") return { kind: "failed", error: new Error(noBrowser) };
    const question = this.#question(source);
    const compiled = this.#compiled.get(question) ?? this.#compile(question);
    if (compiled.converted.diagnostics.length > 0) return outcomeOf(compiled.converted.diagnostics);
    const outcome = await this.#run(compiled, { source, label, run });
    // One that failed may find a package the next time.
    if (outcome.kind === "done") this.#compiled.keep(question, compiled);
    return outcome;
  }

  complete(source: string, position: number): ReturnType<Executor["complete"]> {
    const { start, end, candidates } = this.#completions(source, position);
    // A line of its own can become the import of the name that is typed there.
    const name = /(?:^|\n)([\w$]{3,})$/.exec(source.slice(0, position))?.[1];
    const isWhole = name !== undefined && start === position - name.length && end === position;
    const lines = isWhole && !candidates.includes(name) ? this.#parts.imports.startingWith(name) : [];
    return { start, end, matches: [...candidates, ...lines] };
  }

  #completions(source: string, position: number): Completed {
    const question = this.#question(source);
    const kept = this.#completed.get(question);
    if (kept?.position === position) return kept.found;
    const asked = this.#ask(question, (converter, text) => converter.complete(this.#declarations, text, position));
    // Without TypeScript's own part of the answer, on which a whole program hangs.
    const found = { start: asked.start, end: asked.end, candidates: asked.candidates };
    this.#completed.keep(question, { position, found });
    return found;
  }

  inspect(source: string, position: number): string | null {
    const info = this.#ask(this.#question(source), (converter, text) =>
      converter.inspect(this.#declarations, text, position),
    );
    if (info !== undefined) return this.#parts.tslab.printQuickInfo(info);
    const name = /[\w$]*$/.exec(source.slice(0, position))?.[0] + (/^[\w$]*/.exec(source.slice(position))?.[0] ?? "");
    const lines = this.#parts.imports.of(name);
    return lines.length === 0 ? null : `${name} is not imported:\n${lines.join("\n")}`;
  }

  close(): void {
    this.#converter.close();
  }

  /** What has changed on disk since the last cell is known from here on. */
  #question(source: string): Question {
    const { files, modules } = this.#parts;
    const revision = files.refresh();
    modules.refresh();
    return { source, declarations: this.#declarations, folder: this.#folderMode(), revision };
  }

  /** Asks about a text. One text is asked about more than once, and a program for it takes most of the time. */
  #ask<T>(question: Question, ask: (converter: Converter, text: string) => T): T {
    const { compilation } = this.#parts;
    const last = this.#lastAsked;
    const text = this.#prepare(question);
    compilation.isSame = last !== null && isSameQuestion(last, question) && !this.#isAsking;
    const answer = this.#asked((converter) => ask(converter, text));
    this.#lastAsked = question;
    return answer;
  }

  /** The text that tslab gets. */
  #prepare({ source, folder }: Question): string {
    const { compilation, typescript } = this.#parts;
    compilation.mode = cellMode(source, folder);
    compilation.isSame = false;
    this.#lastAsked = null;
    return cellText(typescript, source);
  }

  #compile(question: Question): Compiled {
    const { compilation } = this.#parts;
    const converted = this.#convert(this.#prepare(question));
    const maps = compilation.scripts.get(join(compilation.folder, `${cellModule}.js`)) ?? [];
    return { converted, bound: compilation.bound, maps };
  }

  #convert(text: string): Converted {
    const { compilation, modules, positions, tslab, typescript } = this.#parts;
    const reserved = reservedNames(typescript, text);
    if (reserved.length > 0) return { diagnostics: reserved };
    const converted = this.#asked((converter) => {
      compilation.isConverting = true;
      return converter.convert(this.#declarations, text);
    });
    compilation.isConverting = false;
    if (converted.diagnostics.length > 0)
      return { ...converted, diagnostics: this.#withImportLines(converted.diagnostics) };
    for (const { path, data } of [...(converted.sideOutputs ?? []), ...tslab.scriptsOutside()]) {
      positions.addModule(path, compilation.scripts.get(path) ?? []);
      modules.set(path, data);
    }
    return converted;
  }

  #addModule(name: string, source: string): readonly CellDiagnostic[] {
    this.#moduleCells.set(name, source);
    this.#parts.compilation.isSame = false;
    this.#lastAsked = null;
    this.#compiled.clear();
    this.#completed.clear();
    return this.#asked((converter) => converter.addModule(name, source, this.#parts.tslab.codeMetadata(source)));
  }

  /** What tslab answers. It does not go on after an error of TypeScript's own: then a new one takes its place. */
  #asked<T>(ask: (converter: Converter) => T): T {
    // The stop button has ended the last one in the midst.
    if (this.#isAsking) this.#renew();
    this.#isAsking = true;
    try {
      const answer = ask(this.#converter);
      this.#isAsking = false;
      return answer;
    } catch (error) {
      this.#renew();
      this.#isAsking = false;
      throw error instanceof RangeError ? new StemmaError("CELL_TOO_DEEP", tooDeep, { cause: error.message }) : error;
    }
  }

  #renew(): void {
    const { compilation, tslab } = this.#parts;
    compilation.isSame = false;
    compilation.isConverting = false;
    this.#converter.close();
    this.#converter = tslab.createConverter();
    for (const [name, source] of this.#moduleCells) this.#converter.addModule(name, source, tslab.codeMetadata(source));
  }

  #withImportLines(diagnostics: readonly CellDiagnostic[]): readonly CellDiagnostic[] {
    const { imports } = this.#parts;
    const named = diagnostics.map((one) => ({ one, name: /^Cannot find name '([^']+)'/.exec(one.messageText)?.[1] }));
    // Here is nobody who types; Node's names, which come first, take a tenth of this.
    if (named.some(({ name }) => name !== undefined)) imports.readOn(importsWaitMs);
    return named.map(({ one, name }) => {
      const lines = name === undefined ? [] : imports.of(name);
      if (lines.length === 0) return one;
      return { ...one, messageText: `${one.messageText} Did you forget: ${lines.join(" or ")}?` };
    });
  }

  async #run(
    { converted, bound, maps }: Compiled,
    cell: { readonly source: string; readonly label: string; readonly run: CellRun },
  ): Promise<CellOutcome> {
    const { kernel, typescript, variables } = this.#parts;
    const { declOutput: after = "", output = "" } = converted;
    const file = this.#scriptFile({ ...cell, maps, lines: output.split("\n").length });
    const scope = openScope(variables);
    try {
      await runScript(converted, { file, kernel, scope, bound, run: cell.run });
    } catch (error) {
      this.#takeLast(converted);
      const reached = scope.closeFailed();
      const lost = new Set([...bound].filter((name) => !reached.has(name)));
      this.#declarations = keptDeclarations(typescript, { before: this.#declarations, after, lost });
      return { kind: "failed", error };
    }
    scope.close();
    this.#declarations = after;
    return { kind: "done", value: this.#takeLast(converted) };
  }

  /** The file name that the cell's script gets in stack traces; `import()` resolves from its folder. */
  #scriptFile(cell: TracedCell): string {
    this.#executed += 1;
    const file = join(this.#parts.compilation.folder, `__cell_${this.#executed}__.js`);
    this.#parts.positions.addCell(file, cell);
    return file;
  }

  #takeLast(converted: Converted): unknown {
    const name = converted.lastExpressionVar;
    if (name === undefined) return undefined;
    const value = this.#parts.variables[name];
    delete this.#parts.variables[name];
    // tslab's variable for it has given it its name.
    if (typeof value === "function" && Object.getOwnPropertyDescriptor(value, "name")?.value === name)
      Object.defineProperty(value, "name", { value: "", configurable: true });
    return value;
  }
}

/** A cell as it was compiled. */
interface Compiled {
  readonly converted: Converted;
  /** Names that it declares. */
  readonly bound: ReadonlySet<string>;
  /** From its script to its text. */
  readonly maps: readonly string[];
}

type Completed = ReturnType<Converter["complete"]>;

interface ScriptRun {
  readonly file: string;
  readonly kernel: KernelFace;
  readonly scope: OpenScope;
  /** Names that the cell declares. */
  readonly bound: ReadonlySet<string>;
  readonly run: CellRun;
}

async function runScript({ output, hasToplevelAwait }: Converted, of: ScriptRun): Promise<void> {
  if (output === undefined) return;
  const { file: filename, kernel, scope, bound, run } = of;
  // In a function: it is faster, and `const` can be declared again in the next cell (tslab, #11).
  const names = ["exports", ...(bound.has("require") ? [] : ["require"])];
  const head = `__tslab__.entered((${hasToplevelAwait === true ? "async " : ""}function(${[...names, scopeName].join(", ")}) { `;
  const values = [...names, "scope"].map((name) => `__tslab__.${name}`).join(", ");
  const script = (): unknown => {
    kernel.scope = scope;
    return runInThisContext(`${head}${output}\n}))(${values})`, {
      filename,
      columnOffset: -head.length,
      breakOnSigint: run.breakOnSigint === true,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
  };
  await Promise.race([run.turn(script), run.interrupted]);
}

/** How long the names of packages are read for an error that may need one. */
const importsWaitMs = 300;
const tooDeep =
  "TypeScript cannot follow this cell: a chain of calls or an expression in it is too long. Give a part of it a name, in a statement of its own.";
const noBrowser = "This kernel does not run /** @browser */ cells; show HTML or a figure instead.";

function outcomeOf(diagnostics: readonly CellDiagnostic[]): CellOutcome {
  return diagnostics.length === 0 ? { kind: "done", value: undefined } : { kind: "rejected", diagnostics };
}
