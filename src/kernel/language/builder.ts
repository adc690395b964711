import { join, relative } from "node:path";
import type ts from "typescript";
import { cellScript } from "./commonjs.ts";
import { nestedVariables } from "./nested-variables.ts";
import { standInTypes } from "./stand-in-types.ts";
import { straightenFlow } from "./straight-flow.ts";
import { copied, liftedLast, longhand, usesUsing } from "./transformers.ts";
import {
  type Compilation,
  cellModule,
  type FileInternals,
  type ProgramInternals,
  type TypeScript,
} from "./typescript.ts";

/**
 * A builder for tslab without TypeScript's own book-keeping of which file uses which, which costs more than a cell's
 * check: it is worked out for all files of all libraries, for each of the two programs that tslab makes for a cell.
 */
export function cellBuilder(ts: TypeScript, compilation: Compilation, builder: ts.BuilderProgram): ts.BuilderProgram {
  const program = builder.getProgram();
  compilation.program = program;
  const cell = program.getSourceFile(join(compilation.folder, `${cellModule}.ts`));
  // tslab reads the names of the cell from the first of the two, which needs no checker but for this.
  if (cell !== undefined) {
    ts.bindSourceFile(cell, program.getCompilerOptions());
    straightenFlow(ts, cell);
  }
  builder.getAllDependencies = (file) => [...sourcesOf(program, file)].map(({ fileName }) => fileName);
  return withEmit(ts, compilation, builder);
}

interface NamesRequest {
  readonly compilation: Compilation;
  readonly options: ts.CompilerOptions;
  readonly host: ts.CompilerHost | undefined;
  readonly old: ts.BuilderProgram | undefined;
}

/**
 * The first of the two programs that tslab makes for a cell: it reads the names from it that the cell declares, and then
 * adds an export of them to its text. A tree of the cell alone has them; the rest is that of the old program.
 *
 * @returns null where a whole program is wanted: the export is there already, or there is nothing to export
 */
export function namesOnly(ts: TypeScript, { compilation, options, host, old }: NamesRequest): ts.BuilderProgram | null {
  const path = join(compilation.folder, `${cellModule}.ts`);
  const text = host?.readFile(path);
  if (old === undefined || text === undefined || /\nexport \{[^}]*\}$/.test(text)) return null;
  const cell = ts.createSourceFile(path, text, options.target ?? ts.ScriptTarget.ES2024);
  ts.bindSourceFile(cell, options);
  if (((cell as unknown as FileInternals).locals?.size ?? 0) === 0) return null;
  const getSourceFile: ts.BuilderProgram["getSourceFile"] = (name) => (name === path ? cell : old.getSourceFile(name));
  return Object.create(old, { getSourceFile: { value: getSourceFile } }) as ts.BuilderProgram;
}

/** A file and the local modules that it imports, by themselves or through others. */
function sourcesOf(
  program: ts.Program,
  file: ts.SourceFile,
  found: Set<ts.SourceFile> = new Set(),
): ReadonlySet<ts.SourceFile> {
  if (found.has(file) || file.isDeclarationFile) return found;
  found.add(file);
  for (const specifier of (file as unknown as FileInternals).imports) {
    const { resolvedModule } =
      (program as unknown as ProgramInternals).getResolvedModuleFromModuleSpecifier(specifier, file) ?? {};
    const isLocal = resolvedModule !== undefined && resolvedModule.isExternalLibraryImport !== true;
    const source = isLocal ? program.getSourceFile(resolvedModule.resolvedFileName) : undefined;
    if (source !== undefined) sourcesOf(program, source, found);
  }
  return found;
}

/** The builder with an emit that mends what tslab's transformer cannot, and keeps the source maps. */
function withEmit(ts: TypeScript, compilation: Compilation, builder: ts.BuilderProgram): ts.BuilderProgram {
  const emit = builder.emit.bind(builder);
  builder.emit = (file, write, ...rest) => {
    const [token, only, custom] = rest;
    const isCell = file !== undefined && file === compilation.cell;
    const program = builder.getProgram();
    const declarations = isCell ? cellDeclarations(ts, compilation, { program, file }) : (text: string) => text;
    const first = isCell && usesUsing(ts, file) ? liftedLast(ts) : copied(ts);
    const isScript = isCell && isPlain(compilation, file);
    const last = isScript ? cellScript(ts, compilation) : [];
    const after = [first, longhand(ts, program.getTypeChecker()), ...(custom?.after ?? []), ...last];
    const output = new Map<string, string>();
    const result = emit(file, (path, text) => void output.set(path, text), token, only, { ...custom, after });
    for (const [path, text] of output) {
      if (path.endsWith(".map") || write === undefined) continue;
      if (path.endsWith(".d.ts")) write(path, declarations(text), false);
      else writeScript(compilation, { path, text, map: output.get(`${path}.map`), isScript }, write);
    }
    return result;
  };
  return builder;
}

/**
 * Whether a cell can be printed once instead of twice: what imports nothing needs no CommonJS. A stand-in for a type would
 * be left in the script, as TypeScript looks only where it has seen a type before.
 */
function isPlain({ unnameable }: Compilation, file: ts.SourceFile): boolean {
  return unnameable.size === 0 && (file as unknown as FileInternals).imports.length === 0;
}

function cellDeclarations(
  ts: TypeScript,
  compilation: Compilation,
  { program, file }: { readonly program: ts.Program; readonly file: ts.SourceFile },
): (text: string) => string {
  const named = standInTypes(ts, compilation, program);
  const nested = nestedVariables(ts, program, file);
  return (text) => named(text) + nested;
}

interface EmittedModule {
  readonly path: string;
  readonly text: string;
  readonly map: string | undefined;
  readonly isScript: boolean;
}

// tslab's outDir is "outDir"; what is below it has the path of its source below the working folder. A module from
// elsewhere has its own path, for which tslab throws: it is kept here.
function writeScript(compilation: Compilation, made: EmittedModule, write: ts.WriteFileCallback): void {
  const below = relative("outDir", made.path);
  const isOutside = below.startsWith("..");
  const path = isOutside ? made.path : join(compilation.folder, below);
  const text = made.text.replace(/\n?\/\/# sourceMappingURL=.*\n?$/, "\n");
  if (made.map !== undefined) compilation.emitted.set(text, { path, map: made.map, isScript: made.isScript });
  if (isOutside) compilation.outside.set(path, text);
  else write(made.path, text, false);
}
