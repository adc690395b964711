import type ts from "typescript";
import type { TypeScript } from "./typescript.ts";

/**
 * The text of a cell as it is compiled, with each character at its place: `export` before a declaration is left out, as
 * all top-level names of a cell are there for the next one, and `export default` of a value shows the value.
 */
export function cellText(ts: TypeScript, source: string): string {
  if (!/\bexport\b/.test(source)) return source;
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.Latest, false);
  return file.statements
    .flatMap((statement) => exportWords(ts, file, statement))
    .reduce((text, [start, end]) => text.slice(0, start) + blank(text.slice(start, end)) + text.slice(end), source);
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

type Range = readonly [start: number, end: number];

function exportWords(ts: TypeScript, file: ts.SourceFile, statement: ts.Statement): Range[] {
  if (ts.isExportDeclaration(statement)) {
    // Names of this cell; `export … from` is no part of a cell, and an error.
    return statement.moduleSpecifier === undefined ? [[statement.getStart(file), statement.end]] : [];
  }
  if (ts.isExportAssignment(statement)) {
    const start = statement.getStart(file);
    return statement.isExportEquals === true ? [] : [[start, statement.expression.getStart(file)]];
  }
  const modifiers = ts.canHaveModifiers(statement) ? (statement.modifiers ?? []) : [];
  const words = [ts.SyntaxKind.ExportKeyword, ts.SyntaxKind.DefaultKeyword];
  return modifiers.filter(({ kind }) => words.includes(kind)).map((word) => [word.getStart(file), word.end]);
}
