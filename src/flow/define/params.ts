import type { ParamRefs } from "../builder.ts";
import { didYouMean } from "../near-name.ts";
import type { Binding } from "../plan/index.ts";
import { bodyOnly } from "./body-only.ts";
import { type Draft, made, problem } from "./draft.ts";

/** The refs of params by name; an unknown name is told with those that there are. */
export function paramRefs<P>(draft: Draft, params: Readonly<Record<string, Binding>>): ParamRefs<P> {
  const refs = Object.entries(params).map(([param, binding]) => [param, made(draft, binding)]);
  const all = new Proxy(Object.freeze(Object.fromEntries(refs)), {
    get(known, param) {
      if (typeof param === "symbol" || Object.hasOwn(known, param)) return Reflect.get(known, param);
      // Asked of any object to know whether it is a module.
      if (param.startsWith("__")) return undefined;
      if (asText.has(param)) return refuseWhole;
      const names = Object.keys(params).join(", ") || "none";
      throw problem(draft, `it has no param "${param}" (params: ${names})${didYouMean(param, Object.keys(params))}`);
    },
    set(_known, param) {
      throw problem(
        draft,
        `its param ${String(param)} is written; run({ ${String(param)}: … }) gives it another value`,
      );
    },
  });
  return bodyOnly(all, "params") as ParamRefs<P>;
}

const asText: ReadonlySet<string> = new Set(["toJSON", "toString", "valueOf"]);

function refuseWhole(): never {
  throw new TypeError(
    "p has no value yet (used in a text or in JSON): the body of flow() runs once to know the graph. Do it inside a step, and give the step { ...p }.",
  );
}
