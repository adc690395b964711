import { isFunction, isSyntax, nodes, propertyName, rootIdentifier, type Syntax, walk } from "./syntax.ts";

/** Identifiers that running a statement assigns anew, or whose values it changes in place. */
export interface Changes {
  readonly assigned: readonly Syntax[];
  readonly mutated: readonly Syntax[];
}

const mutators: ReadonlySet<string> = new Set(
  "push pop shift unshift splice sort reverse fill copyWithin set add delete clear".split(" "),
);

/** What running a top-level statement changes; code that it merely defines (functions, classes) does not run. */
export function changesIn(statement: Syntax): Changes {
  const assigned: Syntax[] = [];
  const mutated: Syntax[] = [];
  for (const node of walk(statement, (below) => !definesOnly(below))) {
    for (const target of targets(node)) (target.type === "Identifier" ? assigned : mutated).push(target);
    const changed = mutatedBy(node);
    if (changed !== null) mutated.push(changed);
  }
  const roots = mutated.map(rootIdentifier).filter((root) => root !== null);
  return { assigned, mutated: roots };
}

// A function that is handed to a call may run at once (`forEach`); one that only gets a name does not.
function definesOnly(node: Syntax): boolean {
  if (/^(FunctionDeclaration|ClassDeclaration|TS.*|ImportDeclaration)$/.test(node.type)) {
    return !/^TS(As|NonNull|Satisfies|TypeAssertion)/.test(node.type);
  }
  const init = node.type === "VariableDeclarator" ? node["init"] : null;
  return isSyntax(init) && isFunction(init);
}

function targets(node: Syntax): readonly Syntax[] {
  if (node.type === "AssignmentExpression") return nodes(node["left"]).flatMap(leaves);
  if (node.type === "UpdateExpression") return nodes(node["argument"]).flatMap(leaves);
  if (node.type === "UnaryExpression" && node["operator"] === "delete") return nodes(node["argument"]).flatMap(leaves);
  if (/^For(In|Of)Statement$/.test(node.type)) return nodes(node["left"]).flatMap(leaves);
  return [];
}

// A pattern takes apart: `[a, o.p] = …` assigns `a` and changes `o`.
function leaves(target: Syntax): readonly Syntax[] {
  switch (target.type) {
    case "ArrayPattern":
      return nodes(target["elements"]).flatMap(leaves);
    case "ObjectPattern":
      return nodes(target["properties"]).flatMap(leaves);
    case "Property":
      return nodes(target["value"]).flatMap(leaves);
    case "AssignmentPattern":
      return nodes(target["left"]).flatMap(leaves);
    case "RestElement":
      return nodes(target["argument"]).flatMap(leaves);
    case "VariableDeclaration":
      return [];
    default:
      return [target];
  }
}

function mutatedBy(node: Syntax): Syntax | null {
  const callee = node["callee"];
  if (node.type !== "CallExpression" || !isSyntax(callee) || callee.type !== "MemberExpression") return null;
  const object = callee["object"];
  const name = propertyName(callee);
  if (!isSyntax(object) || name === null) return null;
  const first = nodes(node["arguments"])[0];
  const ofObject = object.type === "Identifier" && object["name"] === "Object";
  if (ofObject && /^(assign|definePropert|setPrototypeOf)/.test(name)) return first ?? null;
  return mutators.has(name) ? object : null;
}
