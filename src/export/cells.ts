import { analyze, type Reference, type ScopeManager, type Variable } from "@typescript-eslint/scope-manager";
import { changesIn } from "./changes.ts";
import { isSyntax, lineAt, nodes, parseModule, type Syntax, type SyntaxProblem, walk } from "./syntax.ts";

/** A place where a name of the cell's top level, or of an earlier cell, is read or written. */
export interface Use {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** In a type only: nothing of it is left when the code runs. */
  readonly type: boolean;
  /** `{ name }` in a value or a pattern: another name has to be written `name: other`. */
  readonly shorthand: boolean;
}

/** A place where a name gets its meaning. */
export interface DefinedName {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly shorthand: boolean;
}

/** A name that an import brings; `imported` is `default`, `*` or the name in the module. */
export interface ImportedName {
  readonly local: string;
  readonly imported: string;
  readonly type: boolean;
}

export interface ImportFacts {
  readonly from: string;
  readonly names: readonly ImportedName[];
  /** ` with { type: "json" }`, as written; empty where there is none. */
  readonly attributes: string;
}

/** A statement at the top of a cell. All offsets are into the cell's source. */
export interface Statement {
  readonly kind: "import" | "type" | "function" | "class" | "variable" | "expression" | "other";
  readonly node: Syntax;
  readonly start: number;
  readonly end: number;
  /** 1-based, in the cell. */
  readonly line: number;
  readonly defines: readonly DefinedName[];
  readonly uses: readonly Use[];
  /** Names of other statements that running this one assigns anew. */
  readonly assigns: readonly string[];
  /** Names whose values running this one changes in place: `list.push(1)`, `o.p = 2`. */
  readonly mutates: readonly string[];
  readonly import: ImportFacts | null;
}

export interface CellFacts {
  readonly statements: readonly Statement[];
  readonly problems: readonly SyntaxProblem[];
}

/**
 * What a cell defines and uses, by its syntax alone: nothing runs, no type is looked up.
 *
 * Scopes are exact (closures, shadowing, types beside values): typescript-eslint's scope analysis.
 */
export function analyzeCell(source: string): CellFacts {
  const { program, body, problems } = parseModule(source);
  const facts = { source, scopes: scopeFacts(program) };
  return { statements: body.map((node) => statementOf(node, facts)), problems };
}

interface ScopeFacts {
  readonly definitions: readonly DefinedName[];
  readonly uses: readonly Use[];
}

function scopeFacts(program: Syntax): ScopeFacts {
  const scopes = analyze(program as unknown as Parameters<typeof analyze>[0], { sourceType: "module", lib: [] });
  const variables = scopes.scopes[1]?.variables ?? [];
  const shorthands = new Set(
    [...walk(program)]
      .filter((node) => node.type === "Property" && node["shorthand"] === true)
      .map(({ start }) => start),
  );
  // `typeof x` in a type reads no value, though the scope analysis counts it as one that does.
  const types = [...walk(program)].filter((node) => node.type === "TSTypeQuery");
  const inType = ({ start, end }: Place): boolean => types.some((type) => type.start <= start && end <= type.end);
  const uses = referencesOf(scopes, variables).map((reference) => {
    const place = placeOf(reference.identifier);
    const type = !reference.isValueReference || inType(place);
    return { ...place, type, shorthand: shorthands.has(place.start) };
  });
  const definitions = variables.flatMap((variable) =>
    variable.defs.map((definition) => {
      const place = placeOf(definition.name);
      return { ...place, name: variable.name, shorthand: shorthands.has(place.start) };
    }),
  );
  return { definitions, uses };
}

interface Place {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function placeOf(node: unknown): Place {
  const { name, start } = node as Syntax;
  // Babel's identifier reaches to the end of its type annotation.
  return { name: String(name), start, end: start + String(name).length };
}

// Inside a class its name is a variable of its own, defined by the same identifier.
function referencesOf(scopes: ScopeManager, variables: readonly Variable[]): readonly Reference[] {
  const names = new Set(variables.flatMap((variable) => variable.defs.map((definition) => definition.name)));
  const inner = scopes.scopes
    .filter((scope) => String(scope.type) === "class")
    .flatMap((scope) => scope.variables)
    .filter((variable) => variable.defs.some((definition) => names.has(definition.name)));
  const found = [...variables, ...inner].flatMap((variable) => variable.references);
  return [...found, ...(scopes.globalScope?.through ?? [])].filter((reference) => reference.init !== true);
}

function statementOf(
  node: Syntax,
  { source, scopes }: { readonly source: string; readonly scopes: ScopeFacts },
): Statement {
  const inside = (place: { readonly start: number; readonly end: number }): boolean =>
    node.start <= place.start && place.end <= node.end;
  const uses = scopes.uses.filter(inside);
  const outer = new Set(uses.map(({ start }) => start));
  const changes = changesIn(node);
  const namesOf = (found: readonly Syntax[]): readonly string[] => [
    ...new Set(found.filter(({ start }) => outer.has(start)).map((identifier) => String(identifier["name"]))),
  ];
  return {
    kind: kindOf(node),
    node,
    start: node.start,
    end: node.end,
    line: lineAt(source, node.start),
    defines: scopes.definitions.filter(inside),
    uses,
    assigns: namesOf(changes.assigned),
    mutates: namesOf(changes.mutated),
    import: node.type === "ImportDeclaration" ? importFacts(node, source) : null,
  };
}

function kindOf(node: Syntax): Statement["kind"] {
  if (node["declare"] === true) return "type";
  switch (node.type) {
    case "ImportDeclaration":
      return "import";
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
    case "TSDeclareFunction":
      return "type";
    case "FunctionDeclaration":
      return "function";
    case "ClassDeclaration":
      return "class";
    case "VariableDeclaration":
      return "variable";
    case "ExpressionStatement":
      return "expression";
    default:
      return "other";
  }
}

function importFacts(node: Syntax, source: string): ImportFacts {
  const from = node["source"];
  const whole = node["importKind"] === "type";
  const names = nodes(node["specifiers"]).map((specifier) => {
    const local = isSyntax(specifier["local"]) ? String(specifier["local"]["name"]) : "";
    const type = whole || specifier["importKind"] === "type";
    return { local, imported: importedName(specifier), type };
  });
  const attributes = nodes(node["attributes"]).map((attribute) => source.slice(attribute.start, attribute.end));
  return {
    from: isSyntax(from) ? String(from["value"]) : "",
    names,
    attributes: attributes.length === 0 ? "" : ` with { ${attributes.join(", ")} }`,
  };
}

function importedName(specifier: Syntax): string {
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  if (specifier.type === "ImportNamespaceSpecifier") return "*";
  const imported = specifier["imported"];
  return isSyntax(imported) ? String(imported["name"] ?? imported["value"]) : "";
}
