import type ts from "typescript";
import type { TypeScript } from "./typescript.ts";

/** What is known when a cell failed or was interrupted. */
export interface FailedCell {
  /** Declarations before the cell, and those that hold if it succeeds. */
  readonly before: string;
  readonly after: string;
  /** Names of values that the cell declares and did not reach. */
  readonly lost: ReadonlySet<string>;
}

/**
 * The declarations that hold after a failed cell: what it reached is kept; what it did not reach has its earlier type
 * again, or is gone.
 */
export function keptDeclarations(ts: TypeScript, { before, after, lost }: FailedCell): string {
  if (lost.size === 0) return after;
  const kept = declarationsOf(ts, after, (name) => !lost.has(name));
  return `${kept}\n${declarationsOf(ts, before, (name) => lost.has(name))}\n`;
}

/** The statements that declare a wanted name, without the other names of the same statement. */
function declarationsOf(ts: TypeScript, text: string, wanted: (name: string) => boolean): string {
  const file = ts.createSourceFile("declarations.d.ts", text, ts.ScriptTarget.Latest, true);
  const printer = ts.createPrinter();
  const lines = file.statements.flatMap((statement) => {
    const kept = keptStatement(ts, statement, wanted);
    if (kept === statement) return [statement.getText(file)];
    return kept === null ? [] : [printer.printNode(ts.EmitHint.Unspecified, kept, file)];
  });
  return lines.join("\n");
}

type Wanted = (name: string) => boolean;

function keptStatement(ts: TypeScript, statement: ts.Statement, wanted: Wanted): ts.Statement | null {
  if (ts.isVariableStatement(statement)) return keptVariables(ts, statement, wanted);
  if (ts.isImportDeclaration(statement)) return keptImports(ts, statement, wanted);
  const { name } = statement as Partial<ts.DeclarationStatement>;
  // What has no name is no value either: a wanted name or not, "" tells whether the rest is wanted.
  return wanted(name !== undefined && ts.isIdentifier(name) ? name.text : "") ? statement : null;
}

function keptVariables(ts: TypeScript, statement: ts.VariableStatement, wanted: Wanted): ts.Statement | null {
  const { declarations } = statement.declarationList;
  const kept = declarations.filter(({ name }) => ts.isIdentifier(name) && wanted(name.text));
  if (kept.length === declarations.length) return statement;
  const list = ts.factory.updateVariableDeclarationList(statement.declarationList, kept);
  return kept.length === 0 ? null : ts.factory.updateVariableStatement(statement, statement.modifiers, list);
}

function keptImports(ts: TypeScript, statement: ts.ImportDeclaration, wanted: Wanted): ts.Statement | null {
  const { factory } = ts;
  const clause = statement.importClause;
  if (clause === undefined) return wanted("") ? statement : null;
  const name = clause.name !== undefined && wanted(clause.name.text) ? clause.name : undefined;
  const bindings = clause.namedBindings;
  let kept = bindings;
  if (bindings !== undefined && ts.isNamespaceImport(bindings))
    kept = wanted(bindings.name.text) ? bindings : undefined;
  if (bindings !== undefined && ts.isNamedImports(bindings)) {
    const elements = bindings.elements.filter((element) => wanted(element.name.text));
    kept = elements.length === 0 ? undefined : factory.updateNamedImports(bindings, elements);
  }
  if (name === undefined && kept === undefined) return null;
  const updated = factory.updateImportClause(clause, clause.isTypeOnly, name, kept);
  const { modifiers, moduleSpecifier, attributes } = statement;
  return factory.updateImportDeclaration(statement, modifiers, updated, moduleSpecifier, attributes);
}
