import { inspect } from "node:util";
import type { MimeBundle } from "../host/index.ts";

const displayKey = Symbol.for("Jupyter.display");

/**
 * What a cell shows for the value of its last expression.
 *
 * A value draws itself by `[Symbol.for("Jupyter.display")]()`, as in Deno's kernel, or by `toHTML()`, as arquero's tables
 * do; else it is shown as Node's console would.
 */
export async function resultBundle(value: unknown): Promise<MimeBundle> {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return plain(value);
  const own = member(value, displayKey);
  if (own !== null) {
    const bundle = await own();
    if (typeof bundle === "object" && bundle !== null) return bundle as MimeBundle;
  }
  const html = member(value, "toHTML")?.();
  // Its inside would be long; whoever reads text only learns what it is.
  if (typeof html === "string") return { "text/html": html, "text/plain": inspect(value, { depth: -1 }) };
  return isDanfoFrame(value) ? { "text/plain": String(value) } : plain(value);
}

function plain(value: unknown): MimeBundle {
  return { "text/plain": inspect(value) };
}

function member(value: object, key: PropertyKey): (() => unknown) | null {
  const method: unknown = Reflect.get(value, key);
  return typeof method === "function" ? () => method.call(value) as unknown : null;
}

// danfo's frames and series print as a table; inspect shows their inside.
function isDanfoFrame(value: object): boolean {
  return "$data" in value && "$columns" in value && "toString" in value;
}
