import type ts from "typescript";
import { earlierDeclarations, type TypeScript } from "./typescript.ts";

type FileTransformer = ts.TransformerFactory<ts.SourceFile>;

/**
 * A copy of the file for tslab's own transformer, which changes the node it is given: on the program's own tree that
 * breaks the next cell (`declare global` crashed).
 */
export function copied(ts: TypeScript): FileTransformer {
  return () => (file) => ts.factory.updateSourceFile(file, [...file.statements]);
}

/**
 * Writes `{ q }` as `{ q: exports.q }` where q is a variable of an earlier cell.
 *
 * tslab asks the checker for the symbol of the name in a shorthand property, gets the property's, and leaves the name
 * bare: a ReferenceError for every variable of an earlier cell.
 */
export function longhand(ts: TypeScript, checker: ts.TypeChecker): FileTransformer {
  return (context) => (file) => {
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isIdentifier(node))
        return isOfAllModules(ts, checker, node) ? ts.factory.createIdentifier(node.text) : node;
      const replaced = ts.isShorthandPropertyAssignment(node) ? longhandOf(ts, checker, node) : null;
      return replaced ?? ts.visitEachChild(node, visit, context);
    };
    return ts.visitEachChild(file, visit, context);
  };
}

function longhandOf(
  ts: TypeScript,
  checker: ts.TypeChecker,
  node: ts.ShorthandPropertyAssignment,
): ts.PropertyAssignment | null {
  const value = checker.getShorthandAssignmentValueSymbol(ts.getOriginalNode(node));
  const isEarlier = value?.declarations?.some((one) => isEarlierDeclaration(one) && !isInGlobal(ts, one));
  if (isEarlier !== true) return null;
  const variable = ts.factory.createPropertyAccessExpression(ts.factory.createIdentifier("exports"), node.name.text);
  const target = node.objectAssignmentInitializer;
  const value_ = target === undefined ? variable : ts.factory.createAssignment(variable, target);
  return ts.factory.createPropertyAssignment(node.name.text, value_);
}

/**
 * Whether a name is one that an earlier cell has declared in `declare global`. tslab takes it for a variable of that
 * cell; a name without a place in the source it leaves alone.
 */
function isOfAllModules(ts: TypeScript, checker: ts.TypeChecker, name: ts.Identifier): boolean {
  const original = ts.getOriginalNode(name);
  if (original.pos < 0 || (ts.isPropertyAccessExpression(original.parent) && original.parent.name === original))
    return false;
  const declarations = checker.getSymbolAtLocation(original)?.declarations ?? [];
  return declarations.some((one) => isEarlierDeclaration(one) && isInGlobal(ts, one));
}

function isEarlierDeclaration(declaration: ts.Declaration): boolean {
  return declaration.getSourceFile().fileName.endsWith(earlierDeclarations);
}

function isInGlobal(ts: TypeScript, declaration: ts.Declaration): boolean {
  return ts.findAncestor(declaration, (node) => (node.flags & ts.NodeFlags.GlobalAugmentation) !== 0) !== undefined;
}

/** Whether a cell has a top-level `using` and ends with an expression. */
export function usesUsing(ts: TypeScript, file: ts.SourceFile): boolean {
  const last = file.statements.findLast((statement) => !ts.isExportDeclaration(statement));
  if (last === undefined || !ts.isExpressionStatement(last)) return false;
  return file.statements.some(
    (statement) =>
      ts.isVariableStatement(statement) &&
      (statement.declarationList.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using,
  );
}

/**
 * Moves the value of the last expression out of the try block that TypeScript makes of a top-level `using`, because
 * tslab looks for it at the end of the file only.
 */
export function liftedLast(ts: TypeScript): FileTransformer {
  return (context) => (file) => {
    const wrapper = file.statements.findLast((statement) => !ts.isExportDeclaration(statement));
    const last = wrapper !== undefined && ts.isTryStatement(wrapper) ? wrapper.tryBlock.statements.at(-1) : undefined;
    if (wrapper === undefined || !ts.isTryStatement(wrapper)) return copied(ts)(context)(file);
    if (last === undefined || !ts.isExpressionStatement(last)) return copied(ts)(context)(file);
    return withLifted(ts, file, { wrapper, last });
  };
}

function withLifted(
  ts: TypeScript,
  file: ts.SourceFile,
  at: { readonly wrapper: ts.TryStatement; readonly last: ts.ExpressionStatement },
): ts.SourceFile {
  const { factory } = ts;
  const { wrapper, last } = at;
  const value = factory.createIdentifier("__stemma_last");
  const assigned = factory.createExpressionStatement(factory.createAssignment(value, last.expression));
  const block = factory.createBlock([...wrapper.tryBlock.statements.slice(0, -1), assigned], true);
  const index = file.statements.indexOf(wrapper);
  const declared = factory.createVariableDeclarationList([factory.createVariableDeclaration(value)], ts.NodeFlags.Let);
  return factory.updateSourceFile(file, [
    factory.createVariableStatement(undefined, declared),
    ...file.statements.slice(0, index),
    factory.updateTryStatement(wrapper, block, wrapper.catchClause, wrapper.finallyBlock),
    factory.createExpressionStatement(value),
    ...file.statements.slice(index + 1),
  ]);
}
