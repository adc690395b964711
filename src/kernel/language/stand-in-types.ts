import type ts from "typescript";
import type { Compilation, TypeScript } from "./typescript.ts";
import { heritage, type TypedDeclaration } from "./unnameable.ts";

const longest = 20_000;

/**
 * Gives each declaration whose type cannot be named a stand-in, and tells how to write the real type over it in the
 * declarations that come out. A type that cannot be written at all becomes `any`.
 *
 * @returns a function from the emitted declarations to the ones with real types
 */
export function standInTypes(ts: TypeScript, compilation: Compilation, program: ts.Program): (text: string) => string {
  const checker = program.getTypeChecker();
  const types: string[] = [];
  const bases = new Map<string, string>();
  for (const declaration of compilation.unnameable) {
    if (ts.isClassDeclaration(declaration)) {
      bases.set(`${declaration.name?.text}_base`, extendsAny(ts, checker, declaration));
      continue;
    }
    const name = ts.factory.createStringLiteral(`__stemma_type_${types.length}`);
    types.push(writtenType(ts, { type: typeOf(ts, checker, declaration), checker, declaration }));
    (declaration as { type?: ts.TypeNode }).type = ts.factory.createLiteralTypeNode(name);
  }
  return (text) =>
    text
      .replace(/"__stemma_type_(\d+)"/g, (_, index: string) => types[Number(index)] ?? "any")
      .replace(/^(declare const (\w+): )any;$/gm, (line, start: string, name: string) => {
        const type = bases.get(name);
        return type === undefined ? line : `${start}${type};`;
      });
}

/**
 * Makes a class extend what has no place in the source: TypeScript then declares its base as `any`.
 *
 * @returns the type to write instead
 */
function extendsAny(ts: TypeScript, checker: ts.TypeChecker, declaration: ts.ClassDeclaration): string {
  const base = heritage(ts, declaration);
  if (base === null) return "any";
  const type = checker.getTypeAtLocation(base.expression);
  const written = writtenType(ts, { type, checker, declaration });
  const placeless = ts.factory.createParenthesizedExpression(base.expression);
  (base as { expression: ts.Expression }).expression = placeless;
  return written;
}

function typeOf(ts: TypeScript, checker: ts.TypeChecker, declaration: TypedDeclaration): ts.Type {
  const signature = ts.isFunctionLike(declaration) ? checker.getSignatureFromDeclaration(declaration) : undefined;
  return signature?.getReturnType() ?? checker.getTypeAtLocation(declaration);
}

/** A type as it is written in the declarations of a cell; `any` where it cannot be. */
export function writtenType(
  ts: TypeScript,
  at: { readonly type: ts.Type; readonly checker: ts.TypeChecker; readonly declaration: ts.Node },
): string {
  const flags = ts.NodeBuilderFlags;
  const node = at.checker.typeToTypeNode(
    at.type,
    at.declaration,
    flags.NoTruncation |
      flags.UseStructuralFallback |
      flags.WriteClassExpressionAsTypeLiteral |
      flags.UseTypeOfFunction |
      flags.AllowEmptyTuple |
      allowNodeModulesRelativePaths,
  );
  if (node === undefined) return "any";
  const printer = ts.createPrinter({ removeComments: true });
  const text = printer.printNode(ts.EmitHint.Unspecified, node, at.declaration.getSourceFile());
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
