import { children, isNode, type Node } from "../syntax/index.ts";
import type { Draft } from "./draft.ts";
import type { FunctionSyntax } from "./references.ts";
import { cannotGo, keep, type Walk } from "./walk.ts";

interface Making {
  readonly label: string;
  readonly draft: Draft & { kind: "function" };
  readonly walk: Walk;
  readonly draftOf: (value: unknown, label: string, walk: Walk) => Draft;
}

/** What was put on a function or class after its text was read: `scale.unit = "m"`, a static field with another value. */
export function ownProperties(fn: object, { label, draft, walk, draftOf }: Making): void {
  const keys = Object.keys(fn).filter((key) => !isAsWritten(Reflect.get(fn, key), key, draft.syntax));
  if (keys.length === 0) return;
  const fields = keys.map((key) => [key, draftOf(Reflect.get(fn, key), key, walk)] as const);
  // A name of its own: who uses the function uses the function itself, which then has the properties.
  keep({}, { kind: "object", label, form: "assign", of: draft, fields }, walk);
}

/** What was put on the prototype of a class, or of a function that makes objects, after its text was read. */
export function prototypeProperties(fn: object, { label, draft, walk, draftOf }: Making): void {
  const prototype: unknown = Object.getOwnPropertyDescriptor(fn, "prototype")?.value;
  if (typeof prototype !== "object" || prototype === null) return;
  const put = Object.entries(Object.getOwnPropertyDescriptors(prototype)).filter(
    ([key, field]) => key !== "constructor" && !isInText(field, draft.text),
  );
  if (put.length === 0) return;
  const accessor = put.find(([, field]) => !("value" in field));
  if (accessor !== undefined) {
    const what = `it uses \`${accessor[0]}\`, an accessor that was put on ${label} later`;
    cannotGo(what, walk, "Declare it in the class");
    return;
  }
  const fields = put.map(([key, { value }]) => [key, draftOf(value, key, walk)] as const);
  keep({}, { kind: "object", label, form: "prototype", of: draft, fields }, walk);
}

function isInText({ value, get, set }: PropertyDescriptor, text: string): boolean {
  const codes = [value, get, set].filter((one) => one !== undefined);
  return codes.every((code) => typeof code === "function" && text.includes(Function.prototype.toString.call(code)));
}

// A static field runs again where the class goes; only what its text says plainly can be compared.
function isAsWritten(value: unknown, key: string, { node }: FunctionSyntax): boolean {
  const body = /^Class/.test(node.type) && isNode(node["body"]) ? children(node["body"]) : [];
  const field = body.find((member) => member["static"] === true && isNamed(member, key));
  if (field === undefined) return false;
  const written = field["value"];
  if (typeof value === "object" || typeof value === "function" || typeof value === "symbol") return true;
  if (!isNode(written)) return value === undefined;
  return written.type !== "Literal" || written["value"] === value;
}

function isNamed({ key }: Node, name: string): boolean {
  return isNode(key) && (key["name"] === name || key["value"] === name);
}
