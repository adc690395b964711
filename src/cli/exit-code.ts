import { errorFacts } from "../error.ts";

/** Commands that take DVC's place, with its exit codes. */
const dvcVerbs: ReadonlySet<string> = new Set(["add", "checkout", "status"]);

/** Of a command that failed. Ours: 1. DVC's: 253 outside a repository, 1 for `add`, else 255 (dvc/cli/__init__.py). */
export function failureCode(thrown: unknown, verb: string): number {
  if (!dvcVerbs.has(verb)) return 1;
  if (errorFacts(thrown).code === "NO_DVC") return 253;
  return verb === "add" ? 1 : 255;
}

/** Of a wrong use. */
export function usageCode(verb: string): number {
  return dvcVerbs.has(verb) ? 254 : 2;
}
