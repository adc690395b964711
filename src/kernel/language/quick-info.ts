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
    const touched = ts.getTouchingPropertyName(file, position);
    const own = touched === file ? undefined : checker.getSymbolAtLocation(touched);
    const node = own === undefined ? calledName(ts, file, position) : touched;
    const symbol = own ?? (node === null ? undefined : checker.getSymbolAtLocation(node));
    if (node === null || symbol === undefined) return undefined;
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return {
      textSpan: ts.createTextSpan(node.getStart(file), node.getWidth(file)),
      displayParts: [{ kind: "text", text: signatureText(ts, checker, { target, node }) }],
      ...commentOf(ts, checker, { target, node }),
    };
  };
}

/** The name of the function in whose arguments a position is: front ends ask there for its signature. */
function calledName(ts: TypeScript, file: ts.SourceFile, position: number): ts.Node | null {
  for (let node = ts.findPrecedingToken(position, file); node !== undefined && node !== file; node = node.parent) {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) continue;
    const { arguments: values, expression } = node;
    if (values === undefined || position < values.pos) continue;
    return ts.isPropertyAccessExpression(expression) ? expression.name : expression;
  }
  return null;
}

/** Of a function with several signatures, the comment of the first. */
function commentOf(ts: TypeScript, checker: ts.TypeChecker, at: Place): Pick<QuickInfo, "documentation" | "tags"> {
  const [signature] = signaturesOf(ts, checker, at);
  const commented =
    signature === undefined || signature.getDocumentationComment(checker).length === 0 ? null : signature;
  const parts = commented?.getDocumentationComment(checker) ?? at.target.getDocumentationComment(checker);
  // One part: tslab puts each on a line of its own, links too.
  const documentation = parts.length === 0 ? [] : [{ kind: "text", text: ts.displayPartsToString(parts) }];
  return { documentation, tags: commented?.getJsDocTags() ?? at.target.getJsDocTags(checker) };
}

interface Place {
  readonly target: ts.Symbol;
  readonly node: ts.Node;
}

function signaturesOf(ts: TypeScript, checker: ts.TypeChecker, { target, node }: Place): readonly ts.Signature[] {
  if (!(target.flags & ts.SymbolFlags.Value)) return [];
  const type = checker.getTypeOfSymbolAtLocation(target, node);
  return isConstructed(ts, node) ? type.getConstructSignatures() : type.getCallSignatures();
}

function isConstructed(ts: TypeScript, node: ts.Node): boolean {
  const called = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node ? node.parent : node;
  return ts.isNewExpression(called.parent) && called.parent.expression === called;
}

function signatureText(ts: TypeScript, checker: ts.TypeChecker, at: Place): string {
  const { target, node } = at;
  const name = checker.symbolToString(target, node);
  const [signature, ...more] = signaturesOf(ts, checker, at);
  if (signature === undefined) return plainText(ts, checker, at);
  const overloads = more.length === 0 ? "" : ` (+${more.length} overload${more.length === 1 ? "" : "s"})`;
  const kind = isConstructed(ts, node) ? "new" : kindOf(ts, target);
  return `${kind} ${name}${checker.signatureToString(signature, node)}${overloads}`;
}

function plainText(ts: TypeScript, checker: ts.TypeChecker, { target, node }: Place): string {
  const start = `${kindOf(ts, target)} ${checker.symbolToString(target, node)}`;
  if (!(target.flags & ts.SymbolFlags.Value) || target.flags & ts.SymbolFlags.Class) return start;
  return `${start}: ${checker.typeToString(checker.getTypeOfSymbolAtLocation(target, node), node)}`;
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
