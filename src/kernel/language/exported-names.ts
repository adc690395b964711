import { readFileSync } from "node:fs";
import { join } from "node:path";
import type ts from "typescript";
import type { Compilation, TypeScript } from "./typescript.ts";

/** A package of thousands of files is not read to its end. */
const mostFiles = 200;

/** The names that a package exports, by the syntax of its declarations; [] where it has none. */
export function exportedNames(ts: TypeScript, compilation: Compilation, specifier: string): readonly string[] {
  const seen = new Set<string>();
  const from = join(compilation.folder, "cell.ts");
  return [
    ...new Set(namesFrom(ts, { specifier, from, seen, options: compilation.program?.getCompilerOptions() ?? {} })),
  ];
}

interface Looking {
  readonly specifier: string;
  readonly from: string;
  readonly seen: Set<string>;
  readonly options: ts.CompilerOptions;
}

function namesFrom(ts: TypeScript, looking: Looking): string[] {
  const { specifier, from, seen, options } = looking;
  const file = ts.resolveModuleName(specifier, from, options, ts.sys).resolvedModule?.resolvedFileName;
  if (file === undefined || !/\.[cm]?ts$/.test(file) || seen.has(file) || seen.size >= mostFiles) return [];
  seen.add(file);
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, false);
  return source.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) return declaredNames(ts, statement);
    const { exportClause, moduleSpecifier } = statement;
    if (exportClause !== undefined && ts.isNamedExports(exportClause))
      return exportClause.elements.map(({ name }) => name.text).filter((name) => name !== "default");
    if (exportClause !== undefined) return [exportClause.name.text];
    const next = moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : null;
    return next === null ? [] : namesFrom(ts, { ...looking, specifier: next, from: file });
  });
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
