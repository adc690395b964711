import { StemmaError } from "../error.ts";

/** Commands that take DVC's place, with its exit codes. */
export const dvcVerbs: ReadonlySet<string> = new Set(["add", "checkout", "status"]);

/** Ours: 2 for a wrong use, 1 for everything else that fails. DVC's: 254 and 255 (dvc/cli/__init__.py), 1 for `add`. */
export function exitCodeOf(thrown: unknown, verb: string): number {
  if (!dvcVerbs.has(verb)) return 1;
  return verb === "add" && thrown instanceof StemmaError ? 1 : 255;
}

export function usageCode(verb: string): number {
  return dvcVerbs.has(verb) ? 254 : 2;
}
