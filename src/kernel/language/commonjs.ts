import type ts from "typescript";
import { cellBindings } from "./cell-bindings.ts";
import { type Compilation, cellModule, type TypeScript } from "./typescript.ts";

type FileTransformer = ts.TransformerFactory<ts.SourceFile>;

/**
 * `transpileModule` as tslab calls it to turn an emitted ES module into CommonJS.
 *
 * `import(x)` of a package becomes `__tslab__.imp(x)`, which can do what `require` cannot; packages that `require` cannot
 * load are awaited at the head of the cell and taken from there by `__tslab__.got(x)`. As transformers *after* the
 * CommonJS step: before it they break default and named imports.
 */
export function commonJs(ts: TypeScript, compilation: Compilation): typeof ts.transpileModule {
  return (text, options) => {
    const emitted = compilation.emitted.get(text);
    if (emitted?.isScript === true) {
      compilation.scripts.set(emitted.path, [emitted.map]);
      return { outputText: plainScript(text) };
    }
    const isCell = emitted?.path.endsWith(`${cellModule}.js`) === true;
    const { noImplicitUseStrict: _, ...known } = options.compilerOptions ?? {};
    const result = ts.transpileModule(text, {
      ...options,
      compilerOptions: { ...known, target: ts.ScriptTarget.ES2024, sourceMap: true },
      transformers: {
        before: [
          importCalls(ts),
          importMeta(ts, isCell),
          ...(isCell ? [plainCalls(ts), cellBindings(ts, compilation)] : []),
        ],
        after: [awaitedRequires(ts, compilation), ...(isCell ? [ownRequires(ts), awaitedHead(ts, compilation)] : [])],
      },
    });
    if (emitted !== undefined && result.sourceMapText !== undefined)
      compilation.scripts.set(emitted.path, [result.sourceMapText, emitted.map]);
    return { ...result, outputText: plainScript(result.outputText) };
  };
}

/**
 * The same for a cell without imports but computed ones, as transformers after all of TypeScript's and tslab's: of what CommonJS is
 * only the value of the last expression is left, which tslab exports.
 */
export function cellScript(ts: TypeScript, compilation: Compilation): FileTransformer[] {
  return [importCalls(ts), importMeta(ts, true), plainCalls(ts), cellBindings(ts, compilation), assignedExport(ts)];
}

/** `export const tsLastExpr = 1` as `exports.tsLastExpr = 1`; the statement that makes the file a module goes. */
function assignedExport(ts: TypeScript): FileTransformer {
  const { factory } = ts;
  const assigned = (statement: ts.Statement): ts.Statement[] => {
    if (ts.isExportDeclaration(statement)) return [];
    if (!ts.isVariableStatement(statement) || statement.modifiers === undefined) return [statement];
    return statement.declarationList.declarations.flatMap(({ name, initializer }) => {
      if (!ts.isIdentifier(name) || initializer === undefined) return [];
      const exported = factory.createPropertyAccessExpression(factory.createIdentifier("exports"), name.text);
      return [factory.createExpressionStatement(factory.createAssignment(exported, initializer))];
    });
  };
  return () => (file) => factory.updateSourceFile(file, file.statements.flatMap(assigned));
}

// Cells are not strict, as in stock tslab; the line stays, so that the map's lines do.
function plainScript(text: string): string {
  return text.replace(/^"use strict";/, "").replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
}

function eachCall(ts: TypeScript, replace: (call: ts.CallExpression) => ts.Expression | null): FileTransformer {
  return (context) => (file) => {
    const visit = (node: ts.Node): ts.Node => {
      const visited = ts.visitEachChild(node, visit, context);
      return ts.isCallExpression(visited) ? (replace(visited) ?? visited) : visited;
    };
    return ts.visitEachChild(file, visit, context);
  };
}

function importCalls(ts: TypeScript): FileTransformer {
  return eachCall(ts, (call) => {
    const [specifier] = call.arguments;
    if (call.expression.kind !== ts.SyntaxKind.ImportKeyword || specifier === undefined) return null;
    const isLocal = ts.isStringLiteralLike(specifier) && /^\.\.?\//.test(specifier.text);
    return isLocal ? null : kernelCall(ts, "imp", specifier);
  });
}

/** `import.meta` of a cell, and of a local module, which is CommonJS here and has none. */
function importMeta(ts: TypeScript, isCell: boolean): FileTransformer {
  const file = isCell ? [] : [ts.factory.createIdentifier("__filename")];
  return (context) => (source) => {
    const visit = (node: ts.Node): ts.Node =>
      ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword
        ? kernelCall(ts, "meta", ...file)
        : ts.visitEachChild(node, visit, context);
    return ts.visitEachChild(source, visit, context);
  };
}

/** A function of an earlier cell is called as what it is; as a member of `exports` it would get that for its `this`. */
function plainCalls(ts: TypeScript): FileTransformer {
  return eachCall(ts, (call) => {
    const { factory } = ts;
    const { expression } = call;
    const isEarlier =
      ts.isPropertyAccessExpression(expression) &&
      ts.isIdentifier(expression.expression) &&
      expression.expression.text === "exports";
    if (!isEarlier) return null;
    const plain = factory.createParenthesizedExpression(
      factory.createComma(factory.createNumericLiteral(0), expression),
    );
    ts.setSourceMapRange(plain, expression.name);
    // An error names the column where the function's name starts.
    ts.setEmitFlags(plain, ts.EmitFlags.NoTrailingSourceMap | ts.EmitFlags.NoNestedSourceMaps);
    return factory.updateCallExpression(call, plain, call.typeArguments, call.arguments);
  });
}

/** The `require` that TypeScript writes for an import: not one that the cell declares under this name. */
function ownRequires(ts: TypeScript): FileTransformer {
  return eachCall(ts, (call) => {
    const { expression } = call;
    const isWritten = ts.isIdentifier(expression) && expression.text === "require" && expression.pos < 0;
    return isWritten ? kernelCall(ts, "require", ...call.arguments) : null;
  });
}

function awaitedRequires(ts: TypeScript, compilation: Compilation): FileTransformer {
  return eachCall(ts, (call) => {
    const [specifier] = call.arguments;
    if (!ts.isIdentifier(call.expression) || call.expression.text !== "require" || specifier === undefined) return null;
    const isAwaited = ts.isStringLiteralLike(specifier) && compilation.awaited.has(specifier.text);
    return isAwaited ? kernelCall(ts, "got", specifier) : null;
  });
}

function awaitedHead(ts: TypeScript, compilation: Compilation): FileTransformer {
  const { factory } = ts;
  const load = (specifier: string): ts.Statement =>
    factory.createExpressionStatement(
      factory.createAwaitExpression(kernelCall(ts, "imp", factory.createStringLiteral(specifier))),
    );
  return () => (file) => factory.updateSourceFile(file, [...[...compilation.awaited].map(load), ...file.statements]);
}

function kernelCall(
  ts: TypeScript,
  name: "imp" | "got" | "meta" | "require",
  ...values: readonly ts.Expression[]
): ts.CallExpression {
  const kernel = ts.factory.createPropertyAccessExpression(ts.factory.createIdentifier("__tslab__"), name);
  return ts.factory.createCallExpression(kernel, undefined, values);
}
