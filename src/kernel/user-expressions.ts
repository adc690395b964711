import { runInThisContext } from "node:vm";
import { errorReport } from "./error-report.ts";
import type { Executor } from "./language/index.ts";
import type { Content } from "./protocol/index.ts";
import { valueText } from "./values/index.ts";

/** What the `user_expressions` of an execute request give after the cell: JavaScript expressions over its variables. */
export function evaluated(expressions: Content, { variables, positions }: Executor): Content {
  const give = (expression: string): Content => {
    try {
      const script = runInThisContext(`(function (variables) { with (variables) { return (${expression}\n); } })`);
      return {
        status: "ok",
        data: { "text/plain": valueText((script as (v: object) => unknown)(variables)) },
        metadata: {},
      };
    } catch (error) {
      return { status: "error", ...errorReport(error, positions) };
    }
  };
  return Object.fromEntries(Object.entries(expressions).map(([name, text]) => [name, give(String(text))]));
}
