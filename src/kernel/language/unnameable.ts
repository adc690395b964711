import type ts from "typescript";
import type { TypeScript } from "./typescript.ts";

/** A declaration without a written type, whose type TypeScript cannot name where it is used. */
export type TypedDeclaration =
  | ts.VariableDeclaration
  | ts.FunctionDeclaration
  | ts.PropertyDeclaration
  | ts.MethodDeclaration
  | ts.GetAccessorDeclaration;

/** What gets a stand-in in the declarations of a cell: a declaration's type, or what a class extends. */
export type Unnameable = TypedDeclaration | ts.ClassDeclaration;

/** The declaration that an error about an unnameable type is about; null where it is no such error. */
export function unnameable(
  ts: TypeScript,
  diagnostic: ts.DiagnosticWithLocation,
  file: ts.SourceFile,
): Unnameable | null {
  if (diagnostic.file !== file || !isAboutNames(diagnostic.code)) return null;
  for (let node = ts.getTouchingPropertyName(file, diagnostic.start); node !== file; node = node.parent) {
    if (node === undefined) return null;
    if ((ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node)) && node.type === undefined) return node;
    if (isMember(ts, node) && node.type === undefined && node.parent.parent === file) return node;
    if (ts.isClassDeclaration(node) && node.parent === file && heritage(ts, node) !== null) return node;
  }
  return null;
}

/** What a class extends, where that is more than a name. */
export function heritage(ts: TypeScript, declaration: ts.ClassDeclaration): ts.ExpressionWithTypeArguments | null {
  const clause = declaration.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword);
  const [base] = clause?.types ?? [];
  return base === undefined || ts.isIdentifier(base.expression) ? null : base;
}

function isMember(
  ts: TypeScript,
  node: ts.Node,
): node is ts.PropertyDeclaration | ts.MethodDeclaration | ts.GetAccessorDeclaration {
  return ts.isPropertyDeclaration(node) || ts.isMethodDeclaration(node) || ts.isGetAccessorDeclaration(node);
}

// TS2742..2883: a type that is not portable without an annotation; TS4000..4999: an exported thing uses a private name;
// TS7056: a type too long to be written.
function isAboutNames(code: number): boolean {
  return (code >= 2742 && code <= 2883) || (code >= 4000 && code <= 4999) || code === 7056;
}
