import { inspect } from "node:util";
import { host } from "./detect.ts";
import { drawn } from "./draw.ts";
import { isShownHere } from "./shown.ts";
import { printsLastExpression } from "./tslab.ts";

/**
 * Lets the values of a class draw themselves: as the last expression of a cell in every kernel, as text in `console.log`.
 *
 * A value that is live under the same cell already ({@link noteShown}) gives an empty bundle there, which kernels skip.
 * The two methods are put on the prototype at run time, so that the class's type stays free of unique symbols
 * (a cell that cannot name a type is blocked: TS4023).
 *
 * @param kind names the renderer; `setRenderer()`
 */
export function drawable(prototype: object, kind: string): void {
  define(prototype, Symbol.for("Jupyter.display"), function (this: object) {
    return isShownHere(this) ? {} : drawn(kind, this);
  });
  define(
    prototype,
    inspect.custom,
    function (this: object, depth: number, options: { readonly depth?: number | null }) {
      if (depth !== (options.depth ?? depth)) return `[${this.constructor.name}]`;
      return inspected(kind, this);
    },
  );
}

function inspected(kind: string, value: object): string {
  const bundle = drawn(kind, value);
  const place = host();
  if (place.kind === "tslab" && printsLastExpression()) {
    if (!isShownHere(value)) place.show(bundle);
    return "";
  }
  const text = bundle["text/plain"];
  return typeof text === "string" ? text : `[${value.constructor.name}]`;
}

function define(prototype: object, key: symbol, value: unknown): void {
  Object.defineProperty(prototype, key, { value, configurable: true, writable: true });
}
