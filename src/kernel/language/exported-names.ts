import { join } from "node:path";
import type ts from "typescript";
import type { Compilation, TypeScript } from "./typescript.ts";

/** A package of thousands of files is not read to its end. */
const mostFiles = 200;

/**
 * The names that a package exports, by the syntax of its declarations; none where it has none.
 *
 * @yields before each file, so that who reads can do something else in between
 */
export function* exportedNames(
  ts: TypeScript,
  compilation: Compilation,
  specifier: string,
): Generator<void, ReadonlySet<string>> {
  const seen = new Set<string>();
  const from = join(compilation.folder, "cell.ts");
  const options = compilation.program?.getCompilerOptions() ?? {};
  return new Set(yield* namesFrom(ts, { specifier, from, seen, options }));
}

interface Looking {
  readonly specifier: string;
  readonly from: string;
  readonly seen: Set<string>;
  readonly options: ts.CompilerOptions;
}

function* namesFrom(ts: TypeScript, looking: Looking): Generator<void, string[]> {
  const { specifier, from, seen, options } = looking;
  yield;
  const file = ts.resolveModuleName(specifier, from, options, ts.sys).resolvedModule?.resolvedFileName;
  if (file === undefined || !/\.[cm]?ts$/.test(file) || seen.has(file) || seen.size >= mostFiles) return [];
  seen.add(file);
  const names: string[] = [];
  for (const statement of statementsOf(ts, file)) {
    if (!ts.isExportDeclaration(statement)) names.push(...declaredNames(ts, statement));
    else if (statement.exportClause !== undefined) names.push(...clauseNames(ts, statement.exportClause));
    else if (statement.moduleSpecifier !== undefined && ts.isStringLiteral(statement.moduleSpecifier))
      names.push(...(yield* namesFrom(ts, { ...looking, specifier: statement.moduleSpecifier.text, from: file })));
  }
  return names;
}

/** Without its comments, which take a third of the time. A file may be gone when its turn comes: npm is at work. */
function statementsOf(ts: TypeScript, file: string): readonly ts.Statement[] {
  const text = ts.sys.readFile(file) ?? "";
  const options = { languageVersion: ts.ScriptTarget.Latest, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
  return ts.createSourceFile(file, text, options, false).statements;
}

function clauseNames(ts: TypeScript, clause: ts.NamedExportBindings): string[] {
  if (!ts.isNamedExports(clause)) return [clause.name.text];
  return clause.elements.map(({ name }) => name.text).filter((name) => name !== "default");
}

function declaredNames(ts: TypeScript, statement: ts.Statement): string[] {
  const modifiers = ts.canHaveModifiers(statement) ? (statement.modifiers ?? []) : [];
  const kinds = modifiers.map(({ kind }) => kind);
  if (!kinds.includes(ts.SyntaxKind.ExportKeyword) || kinds.includes(ts.SyntaxKind.DefaultKeyword)) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
  const { name } = statement as Partial<ts.DeclarationStatement>;
  return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
}
