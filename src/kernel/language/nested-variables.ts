import type ts from "typescript";
import { writtenType } from "./stand-in-types.ts";
import type { FileInternals, TypeScript } from "./typescript.ts";

/**
 * Declarations of each `var` inside a block or a loop at the top of a cell: JavaScript has it for a variable of the whole
 * cell, and TypeScript's declarations leave it out.
 */
export function nestedVariables(ts: TypeScript, program: ts.Program, file: ts.SourceFile): string {
  const checker = program.getTypeChecker();
  const symbols = [...((file as unknown as FileInternals).locals?.values() ?? [])];
  return symbols
    .filter(({ declarations = [] }) => declarations.every((one) => isNested(ts, one)))
    .map((symbol) => {
      const type = checker.getTypeOfSymbolAtLocation(symbol, file);
      return `declare let ${symbol.name}: ${writtenType(ts, { type, checker, declaration: file })};\n`;
    })
    .join("");
}

function isNested(ts: TypeScript, declaration: ts.Declaration): boolean {
  const variable = ts.isBindingElement(declaration) ? ts.walkUpBindingElementsAndPatterns(declaration) : declaration;
  if (!ts.isVariableDeclaration(variable)) return false;
  const { parent } = variable.parent;
  return !ts.isVariableStatement(parent) || !ts.isSourceFile(parent.parent);
}
