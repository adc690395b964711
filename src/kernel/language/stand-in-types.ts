import type ts from "typescript";
import type { Compilation, TypeScript } from "./typescript.ts";

const longest = 20_000;

/**
 * Gives each declaration whose type cannot be named a stand-in, and tells how to write the real type over it in the
 * declarations that come out. A type that cannot be written at all becomes `any`.
 *
 * @returns a function from the emitted declarations to the ones with real types
 */
export function standInTypes(ts: TypeScript, compilation: Compilation, program: ts.Program): (text: string) => string {
  const types: string[] = [];
  for (const declaration of compilation.unnameable) {
    const name = ts.factory.createStringLiteral(`__stemma_type_${types.length}`);
    types.push(writtenType(ts, program.getTypeChecker(), declaration));
    (declaration as { type?: ts.TypeNode }).type = ts.factory.createLiteralTypeNode(name);
  }
  return (text) => text.replace(/"__stemma_type_(\d+)"/g, (_, index: string) => types[Number(index)] ?? "any");
}

function writtenType(
  ts: TypeScript,
  checker: ts.TypeChecker,
  declaration: ts.VariableDeclaration | ts.FunctionDeclaration,
): string {
  const flags = ts.NodeBuilderFlags;
  const signature = ts.isFunctionDeclaration(declaration)
    ? checker.getSignatureFromDeclaration(declaration)
    : undefined;
  const type = signature?.getReturnType() ?? checker.getTypeAtLocation(declaration);
  const node = checker.typeToTypeNode(
    type,
    declaration,
    flags.NoTruncation |
      flags.UseStructuralFallback |
      flags.WriteClassExpressionAsTypeLiteral |
      flags.UseTypeOfFunction |
      flags.AllowEmptyTuple |
      allowNodeModulesRelativePaths,
  );
  if (node === undefined) return "any";
  const printer = ts.createPrinter({ removeComments: true });
  const text = printer.printNode(ts.EmitHint.Unspecified, node, declaration.getSourceFile());
  // "... " is how TypeScript prints what it left out.
  return text.length < longest && !text.includes("... ") ? importable(text) : "any";
}

/** NodeBuilderFlags.AllowNodeModulesRelativePaths, which TypeScript marks as internal. */
const allowNodeModulesRelativePaths = 1 << 26;

// A file that its package does not export is named by its absolute path; a module specifier has no ".d.ts".
function importable(text: string): string {
  return text.replace(/(import\("[^"]*?)\.d\.([cm]?)ts"/g, (_, start: string, kind: string) =>
    kind === "" ? `${start}"` : `${start}.${kind}js"`,
  );
}
