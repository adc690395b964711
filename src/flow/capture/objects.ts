import { type Node, walk as walkTree } from "../syntax/index.ts";
import type { Draft } from "./draft.ts";
import { fieldMutation } from "./mutation.ts";
import { type FreeName, type FunctionSyntax, functionSyntax } from "./references.ts";
import { type BoundFunction, functionScript } from "./scopes.ts";
import { cannotGo, keep, type Walk } from "./walk.ts";

type AnyFunction = (...inputs: never[]) => unknown;

interface Making {
  readonly label: string;
  readonly walk: Walk;
  readonly draftOf: (value: unknown, label: string, walk: Walk) => Draft;
}

interface MakingObject extends Making {
  /** The function that gives an arrow function the `this` of its caller. */
  readonly makerOf: (arrow: AnyFunction, label: string, walk: Walk) => Draft;
}

/** A bound function: the function itself, its `this`, its first arguments. */
export function boundDraft(fn: object, { target, self, args }: BoundFunction, { label, walk, draftOf }: Making): Draft {
  const inner = { ...walk, via: [...walk.via, label] };
  refuseChange(self, { method: label, name: "this", syntax: syntaxOf(target) }, inner);
  const own = draftOf(self, "self", inner);
  // One word on what the object hides is enough: its method reads just that.
  const hides = typeof self === "object" && self !== null && hiddenField(classOf(self)) !== null;
  const of = hides ? own : draftOf(target, label, inner);
  const fields: (readonly [string, Draft])[] = [["this", own]];
  for (const [i, value] of args.entries()) fields.push([String(i), draftOf(value, `given${i + 1}`, inner)]);
  return keep(fn, { kind: "object", label, form: "bind", of, fields }, walk);
}

/** Whether a value is an object of a class that the user declared. */
export function isInstance(value: object, walk: Walk): boolean {
  const made = classOf(value);
  if (made === null || Reflect.get(globalThis, made.name) === made || syntaxOf(made) === null) return false;
  if (functionScript(made)?.isHosts === true) return false;
  return (
    walk.finder.find(made, made.name) === null &&
    walk.finder.member(made, { hint: made.name, modules: walk.modules }) === null
  );
}

/** An object of a class: the class with its methods, and the object's own fields. Null where it holds what nobody can read. */
export function instanceDraft(value: object, { label, walk, draftOf, makerOf }: MakingObject): Draft | null {
  const made = classOf(value);
  if (made === null) return null;
  const hidden = hiddenField(made);
  if (hidden !== null) {
    cannotGo(
      `it uses \`${label}\`, a ${made.name} with the private field ${hidden}, which only the class can read`,
      walk,
    );
    return keep(value, { kind: "constant", label, text: "null" }, walk);
  }
  const base = builtInBase(made);
  if (base !== null) {
    const what = `it uses \`${label}\`, whose class ${made.name} extends ${base}: its contents cannot go along`;
    cannotGo(what, walk);
    return keep(value, { kind: "constant", label, text: "null" }, walk);
  }
  const fields: (readonly [string, Draft])[] = [];
  const draft: Draft = { kind: "object", label, form: "instance", of: draftOf(made, made.name, walk), fields };
  walk.known.set(value, draft);
  const all = Object.keys(value).map((key) => [key, Reflect.get(value, key) as unknown] as const);
  const arrows = all.filter(([, field]) => isOwnArrow(field, made));
  for (const [key, field] of all) if (!isOwnArrow(field, made)) fields.push([key, draftOf(field, key, walk)]);
  walk.drafts.push(draft);
  if (arrows.length === 0) return draft;
  const makers = arrows.map(([key, arrow]) => [key, makerOf(arrow as AnyFunction, key, walk)] as const);
  // A name of its own: who uses the object uses the object itself, which then has them.
  keep({}, { kind: "object", label, form: "arrows", of: draft, fields: makers }, walk);
  return draft;
}

// `fit = (x) => x * this.k;` in a class: its `this` is the object that has it.
function isOwnArrow(field: unknown, made: unknown): boolean {
  const syntax = syntaxOf(field);
  if (syntax === null || syntax.node.type !== "ArrowFunctionExpression" || !syntax.readsThis) return false;
  const text = Function.prototype.toString.call(field);
  for (let one = made; typeof one === "function"; one = Object.getPrototypeOf(one) as unknown)
    if (syntaxOf(one) !== null && Function.prototype.toString.call(one).includes(text)) return true;
  return false;
}

/** Refuses a step that is a method by itself, and an arrow function that reads the `this` around it. */
export function refuseThis(fn: object, { readsThis, node }: FunctionSyntax, walk: Walk): void {
  if (!readsThis || /^Class/.test(node.type)) return;
  const name = String(Reflect.get(fn, "name"));
  if (node.type === "ArrowFunctionExpression") {
    const way = `Write f.step((inputs) => model.${name}(inputs), …) with that object, or put what it reads into a constant before it`;
    cannotGo("it reads the `this` of the code around it, which goes along with its object only", walk, way);
  } else if (walk.via.length === 1) {
    const bind = `Write f.step(model.${name}.bind(model), …) with the object that it is a method of`;
    cannotGo("it reads `this`, which is lost when a method is given by itself", walk, bind);
  }
}

/** Refuses a call of a method that changes its object: the change would be in a copy. */
export function refuseChange(
  self: unknown,
  { method, name, syntax }: { readonly method: string; readonly name: string; readonly syntax: FunctionSyntax | null },
  walk: Walk,
): void {
  if (syntax === null || typeof self !== "object" || self === null) return;
  const field = syntax.changesThis[0] ?? fieldMutation(self, syntax);
  if (field === null) return;
  cannotGo(
    `${method}() changes \`${name}.${field}\`, of which a thread has its own copy`,
    walk,
    "Make the object inside the step",
  );
}

/** The method of an object that a use calls, where the user declared it: in a class, in a record. */
export function methodOf(
  { value, name, node }: { readonly value: unknown; readonly name: string; readonly node: Node },
  { members }: FreeName,
  walk: Walk,
): { readonly method: string; readonly name: string; readonly syntax: FunctionSyntax | null } {
  const method = members[members.findIndex((member) => member.node === node) + 1]?.name ?? "";
  const isObject = typeof value === "object" && value !== null && method !== "constructor";
  const isOwn = isObject && (isRecord(value) || isInstance(value, walk));
  return { method, name, syntax: isOwn ? syntaxOf(fieldOf(value, method)) : null };
}

function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.hasOwn(prototype as object, "isPrototypeOf");
}

// Nothing is asked of the object but what it has: a getter may do work.
function fieldOf(value: object, name: string): unknown {
  for (let one: unknown = value; typeof one === "object" && one !== null; one = Object.getPrototypeOf(one)) {
    const field = Object.getOwnPropertyDescriptor(one, name);
    if (field !== undefined) return field.value;
  }
  return undefined;
}

function syntaxOf(value: unknown): FunctionSyntax | null {
  return typeof value === "function" ? functionSyntax(Function.prototype.toString.call(value)) : null;
}

function classOf(value: object): { readonly name: string } | null {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== "object" || prototype === null || Object.hasOwn(prototype, "isPrototypeOf")) return null;
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof made === "function" ? (made as unknown as { readonly name: string }) : null;
}

// What a Map, a list or an error holds is in no field.
function builtInBase(made: unknown): string | null {
  if (typeof made !== "function" || made === Object || !Object.hasOwn(made, "prototype")) return null;
  return syntaxOf(made) === null ? made.name : builtInBase(Object.getPrototypeOf(made));
}

function hiddenField(made: unknown): string | null {
  const syntax = syntaxOf(made);
  if (syntax === null) return null;
  for (const node of walkTree(syntax.node)) {
    // What is static is the class's, and comes with it.
    if (!/^(PropertyDefinition|MethodDefinition|AccessorProperty)$/.test(node.type) || node["static"] === true)
      continue;
    if (isPrivate(node["key"])) return privateName(node["key"]);
  }
  return hiddenField(Object.getPrototypeOf(made));
}

function isPrivate(key: unknown): boolean {
  return typeof key === "object" && key !== null && /^Private(Name|Identifier)$/.test(String(Reflect.get(key, "type")));
}

function privateName(key: unknown): string {
  const id: unknown = Reflect.get(Object(key), "id");
  return `#${String(Reflect.get(Object(id ?? key), "name"))}`;
}
