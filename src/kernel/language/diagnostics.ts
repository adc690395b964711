import type ts from "typescript";
import { installLine, isPackage } from "./missing-packages.ts";
import type { Packages } from "./packages.ts";
import type { Compilation, TypeScript } from "./typescript.ts";
import { unnameable } from "./unnameable.ts";

/** What the checks of a cell ask about packages. */
export type PackageFacts = Pick<Packages, "needsImport" | "isInstalled">;

const awaitCode = 1308;
const cannotFindModule = 2307;
const notUnderRoot = 6059;
/** `start` of the diagnostic that tells tslab "this cell awaits"; {@link markerToken} answers for it. */
const markerStart = -1;

/**
 * The errors of a cell and of the local modules it imports, as tslab's converter asks for them.
 *
 * Its own TypeScript reports TS1308 for each top-level await, by which it knows that a cell is asynchronous. Stock
 * TypeScript does not: one marker says so here. Types that cannot be named (TS4023 and its kind) are no errors of a cell.
 */
export function preEmitDiagnostics(ts: TypeScript, compilation: Compilation, packages: PackageFacts) {
  return (program: ts.Program, files: readonly ts.SourceFile[]): ts.Diagnostic[] => {
    const cell = files[0];
    if (cell === undefined) return [];
    startCell(compilation, cell);
    const found = files
      .flatMap((file) => fileDiagnostics(ts, program, { file, compilation }))
      .flatMap((diagnostic) => aboutModule(packages, diagnostic));
    if (found.length === 0) findAwaitedPackages(ts, files, { compilation, packages });
    const sorted = [...ts.sortAndDeduplicateDiagnostics(found)];
    if (topLevelAwait(ts, cell) !== null || compilation.awaited.size > 0) sorted.push(marker(cell));
    return sorted;
  };
}

/** The token that tslab looks up for a TS1308; it must be an `await`. */
export function markerToken(ts: TypeScript) {
  return (position: number, ...rest: readonly unknown[]): ts.Node | undefined =>
    position === markerStart
      ? ({ kind: ts.SyntaxKind.AwaitKeyword } as ts.Node)
      : ts.findPrecedingToken(position, ...rest);
}

function startCell(compilation: Compilation, cell: ts.SourceFile): void {
  compilation.cell = cell;
  compilation.awaited.clear();
  compilation.unnameable.clear();
  compilation.emitted.clear();
}

function fileDiagnostics(
  ts: TypeScript,
  program: ts.Program,
  at: { readonly file: ts.SourceFile; readonly compilation: Compilation },
): ts.Diagnostic[] {
  const { file, compilation } = at;
  const isCell = file === compilation.cell;
  const found: ts.Diagnostic[] = [...program.getSyntacticDiagnostics(file)];
  if (!isCell || compilation.mode.check) found.push(...program.getSemanticDiagnostics(file));
  // Nobody asks for declarations of the local modules.
  for (const diagnostic of isCell ? program.getDeclarationDiagnostics(file) : []) {
    const declaration = unnameable(ts, diagnostic, file);
    if (declaration === null) found.push(diagnostic);
    else compilation.unnameable.add(declaration);
  }
  const awaits = isCell ? null : topLevelAwait(ts, file);
  if (awaits !== null) found.push(awaitInModule(ts, file, awaits));
  return found;
}

/**
 * "Cannot find module": a package that Node finds has no types that TypeScript sees, and is `any`; for one that is not
 * there the way out is told.
 */
function aboutModule(packages: PackageFacts, diagnostic: ts.Diagnostic): ts.Diagnostic[] {
  const { code, file, start = 0, length = 0 } = diagnostic;
  // A local module of a folder above: it is compiled in memory, so that no folder of outputs has to have a place for it.
  if (code === notUnderRoot) return [];
  if (code !== cannotFindModule) return [diagnostic];
  const specifier = file?.text.slice(start, start + length).replace(/^["'`]|["'`]$/g, "") ?? "";
  if (!isPackage(specifier)) return [diagnostic];
  return packages.isInstalled(specifier) ? [] : [{ ...diagnostic, messageText: installLine(specifier) }];
}

function marker(file: ts.SourceFile): ts.Diagnostic {
  return { file, start: markerStart, length: 0, code: awaitCode, category: 1, messageText: "await" };
}

function awaitInModule(ts: TypeScript, file: ts.SourceFile, node: ts.Node): ts.Diagnostic {
  return {
    file,
    start: node.getStart(file),
    length: "await".length,
    code: 1309,
    category: ts.DiagnosticCategory.Error,
    messageText:
      "A local module that a cell imports cannot use await at its top level. Export a function and await it.",
  };
}

/** The first await outside any function: an expression, `for await` or `await using`. */
function topLevelAwait(ts: TypeScript, file: ts.SourceFile): ts.Node | null {
  const visit = (node: ts.Node): ts.Node | undefined => {
    if (ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node) || ts.isPropertyDeclaration(node)) return;
    if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined)) return node;
    if (ts.isVariableDeclarationList(node) && isAwaitUsing(ts, node)) return node;
    return ts.forEachChild(node, visit);
  };
  return visit(file) ?? null;
}

function isAwaitUsing(ts: TypeScript, list: ts.VariableDeclarationList): boolean {
  return (list.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.AwaitUsing;
}

function findAwaitedPackages(
  ts: TypeScript,
  files: readonly ts.SourceFile[],
  options: { readonly compilation: Compilation; readonly packages: PackageFacts },
): void {
  for (const statement of files.flatMap((file) => file.statements)) {
    const specifier = importedValue(ts, statement);
    if (specifier !== null && options.packages.needsImport(specifier)) options.compilation.awaited.add(specifier);
  }
}

function importedValue(ts: TypeScript, statement: ts.Statement): string | null {
  const imports = ts.isImportDeclaration(statement) && statement.importClause?.isTypeOnly !== true;
  const exports = ts.isExportDeclaration(statement) && !statement.isTypeOnly;
  if (!imports && !exports) return null;
  const specifier = statement.moduleSpecifier;
  return specifier !== undefined && ts.isStringLiteral(specifier) ? specifier.text : null;
}
