import type ts from "typescript";
import type { TypeScript } from "./typescript.ts";

/** What tslab prints for an inspection: a signature, the documentation and its tags. */
export type QuickInfo = Pick<ts.QuickInfo, "textSpan" | "displayParts" | "documentation" | "tags">;

/** The signature and documentation of the name at a position, as tslab's converter asks for it. */
export function quickInfo(ts: TypeScript) {
  return (
    file: ts.SourceFile,
    checker: ts.TypeChecker,
    ...[, position]: readonly [unknown, number]
  ): QuickInfo | undefined => {
    const node = ts.getTouchingPropertyName(file, position);
    const symbol = node === file ? undefined : checker.getSymbolAtLocation(node);
    if (symbol === undefined) return undefined;
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return {
      textSpan: ts.createTextSpan(node.getStart(file), node.getWidth(file)),
      displayParts: [{ kind: "text", text: signatureText(ts, checker, { target, node }) }],
      documentation: target.getDocumentationComment(checker),
      tags: target.getJsDocTags(checker),
    };
  };
}

function signatureText(
  ts: TypeScript,
  checker: ts.TypeChecker,
  at: { readonly target: ts.Symbol; readonly node: ts.Node },
): string {
  const { target, node } = at;
  const name = checker.symbolToString(target, node);
  if (!(target.flags & ts.SymbolFlags.Value)) return `${kindOf(ts, target)} ${name}`;
  const type = checker.getTypeOfSymbolAtLocation(target, node);
  if (target.flags & ts.SymbolFlags.Class) return `class ${name}`;
  const [signature, ...more] = type.getCallSignatures();
  if (signature === undefined) return `${kindOf(ts, target)} ${name}: ${checker.typeToString(type, node)}`;
  const overloads = more.length === 0 ? "" : ` (+${more.length} overload${more.length === 1 ? "" : "s"})`;
  return `${kindOf(ts, target)} ${name}${checker.signatureToString(signature, node)}${overloads}`;
}

function kindOf(ts: TypeScript, symbol: ts.Symbol): string {
  const kinds: readonly (readonly [number, string])[] = [
    [ts.SymbolFlags.Method, "(method)"],
    [ts.SymbolFlags.Accessor | ts.SymbolFlags.Property, "(property)"],
    [ts.SymbolFlags.EnumMember, "(enum member)"],
    [ts.SymbolFlags.Function, "function"],
    [ts.SymbolFlags.Class, "class"],
    [ts.SymbolFlags.Interface, "interface"],
    [ts.SymbolFlags.TypeAlias, "type"],
    [ts.SymbolFlags.TypeParameter, "(type parameter)"],
    [ts.SymbolFlags.Enum, "enum"],
    [ts.SymbolFlags.Module, "namespace"],
    [ts.SymbolFlags.BlockScopedVariable, blockScopedKind(ts, symbol)],
    [ts.SymbolFlags.Variable, "var"],
  ];
  return kinds.find(([flags]) => symbol.flags & flags)?.[1] ?? "";
}

function blockScopedKind(ts: TypeScript, symbol: ts.Symbol): string {
  const declaration = symbol.valueDeclaration;
  const list = declaration?.parent;
  return list !== undefined && list.flags & ts.NodeFlags.Const ? "const" : "let";
}
