import type ts from "typescript";
import type { TypeScript } from "./typescript.ts";

/** The variables of all cells by name; TypeScript's `exports`. */
export type Variables = Record<string, unknown>;

/** What is known when a cell failed or was interrupted. */
export interface FailedCell {
  /** Declarations before the cell, and those that hold if it succeeds. */
  readonly before: string;
  readonly after: string;
  /** All variables before the cell. */
  readonly values: Readonly<Variables>;
}

/**
 * The declarations that hold after a failed cell. What it assigned is kept; what it declared and did not reach gets its
 * earlier value and type back, or is gone.
 *
 * The script of a cell starts with `exports.k = void 0` for each name, so undefined means "not reached".
 *
 * @param variables is changed: names not reached take their earlier value
 */
export function keepAssigned(ts: TypeScript, cell: FailedCell, variables: Variables): string {
  const lost = new Set(declaredNames(ts, cell.after).filter((name) => variables[name] === undefined));
  const restored = [...lost].filter((name) => Object.hasOwn(cell.values, name));
  for (const name of lost) delete variables[name];
  for (const name of restored) variables[name] = cell.values[name];
  const isRestored = new Set(restored);
  return `${declarationsOf(ts, cell.after, (name) => !lost.has(name), true)}\n${declarationsOf(ts, cell.before, (name) => isRestored.has(name), false)}\n`;
}

function declaredNames(ts: TypeScript, text: string): string[] {
  return parse(ts, text).statements.flatMap((statement) => namesOf(ts, statement));
}

/** The statements that declare a wanted name; with `others`, also types and imports, which declare no value to lose. */
function declarationsOf(
  ...[ts, text, wanted, others]: [TypeScript, string, (name: string) => boolean, boolean]
): string {
  const file = parse(ts, text);
  const printer = ts.createPrinter();
  const lines = file.statements.flatMap((statement) => {
    const names = namesOf(ts, statement);
    if (names.length === 0) return others ? [statement.getText(file)] : [];
    if (!names.some(wanted)) return [];
    if (!ts.isVariableStatement(statement)) return [statement.getText(file)];
    const kept = statement.declarationList.declarations.filter(
      ({ name }) => ts.isIdentifier(name) && wanted(name.text),
    );
    const list = ts.factory.updateVariableDeclarationList(statement.declarationList, kept);
    const updated = ts.factory.updateVariableStatement(statement, statement.modifiers, list);
    return [printer.printNode(ts.EmitHint.Unspecified, updated, file)];
  });
  return lines.join("\n");
}

function parse(ts: TypeScript, text: string): ts.SourceFile {
  return ts.createSourceFile("declarations.d.ts", text, ts.ScriptTarget.Latest, true);
}

/** Names of the values that come to be when the statement is reached; functions are there from the start. */
function namesOf(ts: TypeScript, statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
  if (ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement))
    return statement.name === undefined ? [] : [statement.name.text];
  return ts.isModuleDeclaration(statement) && ts.isIdentifier(statement.name) ? [statement.name.text] : [];
}
