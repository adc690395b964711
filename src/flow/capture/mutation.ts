import { types } from "node:util";
import type { Node } from "../syntax/index.ts";
import type { FreeName, FunctionSyntax } from "./references.ts";

const ofLists = ["push", "pop", "shift", "unshift", "splice", "sort", "reverse", "fill", "copyWithin"];
const ofMaps = ["set", "add", "delete", "clear"];

/** The call by which a function changes a value from outside, as it is written: `state.list.push()`. Null where there is none. */
export function mutation(
  free: FreeName,
  found: { readonly value: unknown; readonly name: string; readonly node: Node },
  syntax: FunctionSyntax,
): string | null {
  const { called } = syntax;
  const followed = free.members.findIndex(({ node }) => node === found.node);
  let value = found.value;
  let path = found.name;
  for (const { name, node } of free.members.slice(followed + 1)) {
    path += `.${name}`;
    if (called.has(node)) return changes(value, name) && !isMemo(free, name, syntax) ? `${path}()` : null;
    value = own(value, name);
  }
  return null;
}

/** The same for the calls of a method below its `this`: `items.push()`. */
export function fieldMutation(self: object, { callsThis }: FunctionSyntax): string | null {
  for (const path of callsThis) {
    const [method = "", fields] = [path.at(-1), path.slice(0, -1)];
    const asked = callsThis.some(
      (other) => other.slice(0, -1).join(".") === fields.join(".") && /^(get|has)$/.test(other.at(-1) ?? ""),
    );
    if (asked && (method === "set" || method === "add")) continue;
    if (changes(fields.reduce<unknown>(own, self), method)) return `${fields.join(".")}.${method}()`;
  }
  return null;
}

// A function that also asks for what it puts there keeps what it has computed.
function isMemo({ name, members }: FreeName, method: string, { free }: FunctionSyntax): boolean {
  if (method !== "set" && method !== "add") return false;
  const path = [name, ...members.map((member) => member.name)].slice(0, -1).join(".");
  return free.some((other) => {
    const asked = [other.name, ...other.members.map((member) => member.name)];
    return asked.slice(0, -1).join(".") === path && /^(get|has)$/.test(asked.at(-1) ?? "");
  });
}

function changes(value: unknown, method: string): boolean {
  if (Array.isArray(value)) return ofLists.includes(method);
  if (ArrayBuffer.isView(value)) return method === "set" || ofLists.includes(method) || method.startsWith("write");
  if (types.isDate(value)) return /^set[A-Z]/.test(method);
  return (types.isMap(value) || types.isSet(value)) && ofMaps.includes(method);
}

// Never by a getter, which would do work here.
function own(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}
