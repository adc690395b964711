import { isNode, type Node, scopeManager, walk } from "../syntax/index.ts";

/** What an expression of a flow's body stands for, as far as its text tells. */
export type Kind =
  /** A value that is there when the flow runs. */
  | { readonly is: "ref" }
  | { readonly is: "params" }
  | { readonly is: "builder" }
  /** `f.step`, also where the body takes the builder apart. */
  | { readonly is: "method"; readonly name: string }
  | { readonly is: "record"; readonly fields: ReadonlyMap<string, Kind> }
  | { readonly is: "list"; readonly items: Kind }
  /** A function that the body declares. */
  | { readonly is: "function"; readonly node: Node };

/** The kinds of a function's expressions. */
export interface Kinds {
  /** Null for what has nothing to do with the flow. */
  of(node: unknown): Kind | null;
  /** Whether a name is declared outside of the function. */
  isFree(node: Node): boolean;
  /** Functions that run as steps: in them the names are those of values. */
  readonly steps: ReadonlySet<Node>;
}

const aRef: Kind = { is: "ref" };

/**
 * Follows what a function is given through its variables, patterns, lists, records, callbacks and the functions that it declares.
 *
 * @param program with the function in it
 * @param fn the function: a flow's body, or what a body calls
 * @param given what its parameters stand for
 */
export function kindsIn(program: Node, fn: Node, given: readonly (Kind | null)[]): Kinds {
  const variables = new VariableKinds(program);
  variables.enter(fn, given);
  const nodes = [...walk(fn)];
  // A variable may be made of one that stands further down: as often as something new is known.
  for (let pass = 0, known = -1; known !== variables.found && pass < 8; pass++) {
    known = variables.found;
    for (const node of nodes) variables.read(node);
  }
  return variables;
}

type Variable = object;

class VariableKinds implements Kinds {
  readonly steps = new Set<Node>();
  /** How much is known. */
  found = 0;
  readonly #variables = new Map<unknown, Variable>();
  readonly #kinds = new Map<Variable, Kind>();
  readonly #results = new Map<Node, Kind>();

  constructor(program: Node) {
    const { scopes } = scopeManager().analyze(program as never, { sourceType: "module", lib: [] });
    for (const variable of scopes.flatMap((scope) => scope.variables)) {
      for (const node of variable.identifiers) this.#variables.set(node, variable);
      for (const { identifier } of variable.references) this.#variables.set(identifier, variable);
    }
  }

  isFree(node: Node): boolean {
    return !this.#variables.has(node);
  }

  enter(fn: Node, given: readonly (Kind | null)[]): void {
    for (const [i, param] of list(fn["params"]).entries()) this.#bind(param, given[i] ?? null);
  }

  read(node: Node): void {
    if (node.type === "VariableDeclarator") this.#bind(node["id"], this.of(node["init"]));
    if (node.type === "AssignmentExpression") this.#bind(node["left"], this.of(node["right"]));
    if (node.type === "FunctionDeclaration") this.#bind(node["id"], { is: "function", node });
    if (node.type === "ForOfStatement") this.#bind(declared(node["left"]), itemOf(this.of(node["right"])));
    if (node.type === "CallExpression") this.#call(node);
    if (node.type === "ArrowFunctionExpression" && node["expression"] === true) this.#gives(node, node["body"]);
    if (/Function/.test(node.type)) for (const returned of returns(node)) this.#gives(node, returned["argument"]);
  }

  of(node: unknown): Kind | null {
    if (!isNode(node)) return null;
    switch (node.type) {
      case "Identifier":
        return this.#kinds.get(this.#variables.get(node) ?? node) ?? null;
      case "MemberExpression":
        return this.#member(node);
      case "CallExpression":
        return this.#result(node);
      case "ArrowFunctionExpression":
      case "FunctionExpression":
        return { is: "function", node };
      case "ArrayExpression":
        return listOf(list(node["elements"]).map((one) => this.of(one)));
      case "ObjectExpression":
        return this.#record(node);
      case "ConditionalExpression":
        return this.of(node["consequent"]) ?? this.of(node["alternate"]);
      case "LogicalExpression":
        return this.of(node["left"]) ?? this.of(node["right"]);
      case "SequenceExpression":
        return this.of(list(node["expressions"]).at(-1));
      case "SpreadElement":
        return itemOf(this.of(node["argument"]));
      case "AwaitExpression":
        return this.of(node["argument"]);
      case "AssignmentExpression":
        return node["operator"] === "=" ? this.of(node["right"]) : null;
      default:
        return /^(TS.*Expression|TSTypeAssertion|ChainExpression)$/.test(node.type)
          ? this.of(node["expression"])
          : null;
    }
  }

  #member(node: Node): Kind | null {
    const of = this.of(node["object"]);
    const name = memberName(node);
    if (of?.is === "params") return aRef;
    if (of?.is === "builder" && name !== null) return { is: "method", name };
    if (of?.is === "record" && name !== null) return of.fields.get(name) ?? null;
    return of?.is === "list" && node["computed"] === true ? of.items : null;
  }

  #result(node: Node): Kind | null {
    const callee = this.of(node["callee"]);
    if (callee?.is === "method") return callee.name === "note" ? null : aRef;
    if (callee?.is === "function") return this.#results.get(callee.node) ?? null;
    if (!isNode(node["callee"]) || node["callee"].type !== "MemberExpression") return null;
    const of = this.of(node["callee"]["object"]);
    const name = memberName(node["callee"]) ?? "";
    if (of?.is === "ref") return name === "at" ? of : null;
    if (name === "map" || name === "flatMap") return this.#mapped(node, name);
    if (of?.is !== "list") return null;
    if (/^(at|pop|shift|find|findLast)$/.test(name)) return of.items;
    return /^(filter|slice|concat|reverse|toReversed|with)$/.test(name) ? of : null;
  }

  #mapped(node: Node, how: string): Kind | null {
    const callback = this.of(list(node["arguments"])[0]);
    const each = callback?.is === "function" ? this.#results.get(callback.node) : undefined;
    if (each === undefined) return null;
    return how === "flatMap" && each.is === "list" ? each : { is: "list", items: each };
  }

  #record(node: Node): Kind | null {
    const fields = new Map<string, Kind>();
    for (const property of list(node["properties"])) {
      const kind = this.of(property["value"]);
      const name = keyName(property);
      if (kind !== null && name !== null) fields.set(name, kind);
    }
    return fields.size === 0 ? null : { is: "record", fields };
  }

  #call(node: Node): void {
    const callee = this.of(node["callee"]);
    const given = list(node["arguments"]);
    const [first, second] = given.map((argument) => this.of(argument));
    if (callee?.is === "method") {
      if (callee.name === "step" && first?.is === "function") this.#noteStep(first.node);
      if (callee.name === "map" && second?.is === "function") this.enter(second.node, [aRef]);
      if (callee.name === "loop" && second?.is === "function") this.enter(second.node, [aRef, aRef]);
      return;
    }
    const kinds = given.map((argument) => this.of(argument));
    if (callee?.is === "function") this.enter(callee.node, kinds);
    // `[a, b].forEach((one) => …)`
    const object = isNode(node["callee"]) ? this.of(node["callee"]["object"]) : null;
    if (object?.is === "list" && first?.is === "function") this.enter(first.node, [object.items]);
  }

  #noteStep(node: Node): void {
    if (!this.steps.has(node)) this.found++;
    this.steps.add(node);
  }

  #gives(fn: Node, returned: unknown): void {
    const kind = this.of(returned);
    if (kind === null || this.#results.has(fn)) return;
    this.#results.set(fn, kind);
    this.found++;
  }

  #bind(pattern: unknown, kind: Kind | null): void {
    if (!isNode(pattern) || kind === null) return;
    if (pattern.type === "AssignmentPattern") this.#bind(pattern["left"], kind);
    if (pattern.type === "Identifier") this.#keep(this.#variables.get(pattern) ?? pattern, kind);
    if (pattern.type === "ArrayPattern" && kind.is === "list") {
      for (const part of list(pattern["elements"])) this.#bind(part, kind.items);
    }
    if (pattern.type !== "ObjectPattern") return;
    for (const property of list(pattern["properties"])) this.#bindPart(property, kind);
  }

  #bindPart(property: Node, kind: Kind): void {
    if (property.type === "RestElement") this.#bind(property["argument"], kind);
    const name = keyName(property);
    if (kind.is === "params") this.#bind(property["value"], aRef);
    if (kind.is === "builder" && name !== null) this.#bind(property["value"], { is: "method", name });
    if (kind.is === "record") this.#bind(property["value"], kind.fields.get(name ?? "") ?? null);
  }

  // The first one stays: what a variable once held of a flow is what is asked about.
  #keep(variable: Variable, kind: Kind): void {
    if (this.#kinds.has(variable)) return;
    this.#kinds.set(variable, kind);
    this.found++;
  }
}

function list(nodes: unknown): readonly Node[] {
  return Array.isArray(nodes) ? nodes.filter(isNode) : [];
}

function listOf(kinds: readonly (Kind | null)[]): Kind | null {
  const items = kinds.find((kind) => kind !== null);
  return items === undefined || items === null ? null : { is: "list", items };
}

function itemOf(kind: Kind | null): Kind | null {
  return kind?.is === "list" ? kind.items : null;
}

function declared(left: unknown): unknown {
  return isNode(left) && left.type === "VariableDeclaration" ? list(left["declarations"])[0]?.["id"] : left;
}

function keyName(property: Node): string | null {
  const key = property["key"];
  if (!isNode(key) || property["computed"] === true) return null;
  return key.type === "Identifier" ? String(key["name"]) : String(key["value"]);
}

/** The name of a member: `b` of `a.b` and of `a["b"]`; null where it is computed. */
export function memberName(node: Node): string | null {
  const property = node["property"];
  if (!isNode(property)) return null;
  if (node["computed"] !== true) return String(property["name"]);
  return property.type === "Literal" && typeof property["value"] === "string" ? property["value"] : null;
}

// Of the function itself, not of one inside.
function returns(fn: Node): readonly Node[] {
  const found: Node[] = [];
  const waiting: Node[] = list([fn["body"]]).slice();
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.type === "ReturnStatement") found.push(node);
    else if (!/Function|^Class/.test(node.type)) waiting.push(...Object.values(node).flatMap(nodesIn));
  }
  return found;
}

function nodesIn(value: unknown): readonly Node[] {
  return Array.isArray(value) ? list(value) : isNode(value) ? [value] : [];
}
