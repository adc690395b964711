import type { ParamRefs } from "../builder.ts";
import { didYouMean } from "../near-name.ts";
import type { Binding } from "../plan.ts";
import { type Draft, made, problem } from "./draft.ts";

/** The refs of params by name; an unknown name is told with those that there are. */
export function paramRefs<P>(draft: Draft, params: Readonly<Record<string, Binding>>): ParamRefs<P> {
  const refs = Object.entries(params).map(([param, binding]) => [param, made(draft, binding)]);
  return new Proxy(Object.freeze(Object.fromEntries(refs)), {
    get(known, param) {
      if (typeof param === "symbol" || Object.hasOwn(known, param)) return Reflect.get(known, param);
      const names = Object.keys(params).join(", ") || "none";
      throw problem(draft, `it has no param "${param}" (params: ${names})${didYouMean(param, Object.keys(params))}`);
    },
    set(_known, param) {
      throw problem(
        draft,
        `its param ${String(param)} is written; run({ ${String(param)}: … }) gives it another value`,
      );
    },
  }) as ParamRefs<P>;
}
