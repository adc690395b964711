import { type Node, walk as walkTree } from "../syntax.ts";
import type { Draft } from "./draft.ts";
import { fieldMutation } from "./mutation.ts";
import { type FreeName, type FunctionSyntax, functionSyntax } from "./references.ts";
import { type BoundFunction, functionScript } from "./scopes.ts";
import { cannotGo, keep, type Walk } from "./walk.ts";

interface Making {
  readonly label: string;
  readonly walk: Walk;
  readonly draftOf: (value: unknown, label: string, walk: Walk) => Draft;
}

/** A bound function: the function itself, its `this`, its first arguments. */
export function boundDraft(fn: object, { target, self, args }: BoundFunction, { label, walk, draftOf }: Making): Draft {
  const inner = { ...walk, via: [...walk.via, label] };
  refuseChange(self, { method: label, name: "this", syntax: syntaxOf(target) }, inner);
  const of = draftOf(target, label, inner);
  const fields: (readonly [string, Draft])[] = [["this", draftOf(self, "self", inner)]];
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
export function instanceDraft(value: object, { label, walk, draftOf }: Making): Draft | null {
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
  const fields: (readonly [string, Draft])[] = [];
  const draft: Draft = { kind: "object", label, form: "instance", of: draftOf(made, made.name, walk), fields };
  walk.known.set(value, draft);
  for (const key of Object.keys(value)) fields.push([key, draftOf(Reflect.get(value, key), key, walk)]);
  walk.drafts.push(draft);
  return draft;
}

/** Refuses a step that is a method by itself, and an arrow function that reads the `this` around it. */
export function refuseThis(fn: object, { readsThis, node }: FunctionSyntax, walk: Walk): void {
  if (!readsThis || /^Class/.test(node.type)) return;
  const name = String(Reflect.get(fn, "name"));
  if (node.type === "ArrowFunctionExpression") {
    cannotGo("it reads the `this` of the code around it", walk, "Put what it reads into a constant before it");
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

/** The method of an object that a use calls, where it is one of a class that the user declared. */
export function methodOf(
  { value, name, node }: { readonly value: unknown; readonly name: string; readonly node: Node },
  { members }: FreeName,
  walk: Walk,
): { readonly method: string; readonly name: string; readonly syntax: FunctionSyntax | null } {
  const method = members[members.findIndex((member) => member.node === node) + 1]?.name ?? "";
  const isOwn = typeof value === "object" && value !== null && method !== "constructor" && isInstance(value, walk);
  const prototype: unknown = isOwn ? Object.getPrototypeOf(value) : null;
  const field = isOwn ? Object.getOwnPropertyDescriptor(prototype, method) : undefined;
  return { method, name, syntax: syntaxOf(field?.value) };
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

function hiddenField(made: unknown): string | null {
  const syntax = syntaxOf(made);
  if (syntax === null) return null;
  for (const node of walkTree(syntax.node)) {
    if (/^(PropertyDefinition|MethodDefinition|AccessorProperty)$/.test(node.type) && isPrivate(node["key"]))
      return privateName(node["key"]);
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
