import { analyzeCell, type Statement } from "./cells.ts";
import { type ImportTarget, importClause } from "./module-text.ts";
import { edited, isSyntax, nodes, parseModule, type Syntax, walk } from "./syntax.ts";

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * A TypeScript module with `type` wherever it imports or exports what is only a type.
 *
 * TypeScript leaves such names out by looking at the other module; Node looks at nothing but the word `type`.
 *
 * @param typesOf names that the module behind a specifier declares as types only
 */
export function withTypeMarks(text: string, typesOf: (from: string) => ReadonlySet<string>): string {
  const { statements } = analyzeCell(text);
  const values = new Set(statements.flatMap(({ uses }) => uses.filter(({ type }) => !type).map(({ name }) => name)));
  const own = declaredTypes(text);
  const edits = statements.flatMap((statement) => {
    if (statement.import !== null) return importEdits(statement, values);
    return statement.node.type === "ExportNamedDeclaration" ? exportEdits(statement.node, own, typesOf) : [];
  });
  return edited(text, edits);
}

function importEdits({ node, import: facts }: Statement, values: ReadonlySet<string>): readonly Edit[] {
  const source = node["source"];
  if (facts === null || facts.names.every(({ type, local }) => type || values.has(local)) || !isSyntax(source))
    return [];
  const names = facts.names.map((name) => ({ ...name, type: name.type || !values.has(name.local) }));
  return [{ start: node.start, end: source.start, text: `import ${importClause(names)} from ` }];
}

function exportEdits(
  node: Syntax,
  own: ReadonlySet<string>,
  typesOf: (from: string) => ReadonlySet<string>,
): readonly Edit[] {
  if (node["exportKind"] === "type") return [];
  const source = node["source"];
  const types = isSyntax(source) ? typesOf(String(source["value"])) : own;
  return nodes(node["specifiers"])
    .filter((specifier) => specifier["exportKind"] !== "type" && types.has(nameOf(specifier["local"])))
    .map(({ start }) => ({ start, end: start, text: "type " }));
}

/** Names that a module declares as types only: interfaces and aliases. */
export function declaredTypes(text: string): ReadonlySet<string> {
  const { body } = parseModule(text);
  const declarations = body.map((node) => (isSyntax(node["declaration"]) ? node["declaration"] : node));
  const named = (kinds: RegExp): readonly string[] =>
    declarations.filter(({ type }) => kinds.test(type)).map((node) => nameOf(node["id"]));
  const values = new Set(named(/^(Function|Class|TSEnum)Declaration$/));
  return new Set(named(/^TS(Interface|TypeAlias)Declaration$/).filter((name) => !values.has(name)));
}

function nameOf(node: unknown): string {
  return isSyntax(node) ? String(node["name"] ?? node["value"]) : "";
}

/** What a module imports from, in any form: `import`, `export … from`, `import("…")`. */
export function importSources(text: string): readonly string[] {
  return [...new Set(sources(text).map(({ literal }) => String(literal["value"])))];
}

function sources(text: string): readonly { readonly node: Syntax; readonly literal: Syntax }[] {
  const found: { node: Syntax; literal: Syntax }[] = [];
  for (const node of walk(parseModule(text).program)) {
    const literal = node["source"];
    const imports = /^(Import|ExportNamed|ExportAll)Declaration$|^ImportExpression$/.test(node.type);
    if (imports && isSyntax(literal) && typeof literal["value"] === "string") found.push({ node, literal });
  }
  return found;
}

/** A module whose imports go where `target` says; null leaves one as it is. */
export function withTargets(text: string, target: (from: string) => ImportTarget | null): string {
  const edits = sources(text).flatMap(({ node, literal }) => {
    const to = target(String(literal["value"]));
    if (to === null) return [];
    const attributes = nodes(node["attributes"]).length > 0 || isSyntax(node["options"]) ? "" : to.attributes;
    const dynamic = attributes === "" ? "" : `, {${attributes} }`.replace("with {", "with: {");
    const suffix = node.type === "ImportExpression" ? dynamic : attributes;
    return [{ start: literal.start, end: literal.end, text: JSON.stringify(to.from) + suffix }];
  });
  return edited(text, edits);
}
