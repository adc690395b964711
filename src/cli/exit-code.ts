import { errorFacts } from "../error.ts";

/** Commands that take DVC's place, with its exit codes. */
const dvcVerbs: ReadonlySet<string> = new Set(
  (
    "add cache check-ignore checkout commit completion config data destroy dag diff du exp experiments fetch freeze gc get " +
    "get-url git-hook import import-url init install list list-url ls ls-url metrics move mv params plots pull push queue remote remove " +
    "rename repro rm root stage status unfreeze unprotect update version"
  ).split(" "),
);

/** Those that end with 1 where others end with 255 (dvc/commands: what catches DvcException itself). */
const endWithOne: ReadonlySet<string> = new Set(
  (
    "add commit destroy diff fetch freeze get get-url import import-url init install list list-url ls ls-url move mv " +
    "params plots pull push remove rm status unfreeze unprotect update"
  ).split(" "),
);

/** What DVC does not expect in verbs that end with 1 else. */
const unexpected: ReadonlySet<string> = new Set([
  "init INVALID_ARGUMENT",
  "diff MISSING_DATA",
  "unprotect MISSING_DATA",
]);

/** Of a command that failed. Ours: 1. DVC's: 253 outside a repository, 251 for its configuration, 1 or 255 (dvc/cli/__init__.py). */
export function failureCode(thrown: unknown, verb: string): number {
  if (!dvcVerbs.has(verb)) return 1;
  const { code } = errorFacts(thrown);
  if (code === "NO_DVC") return 253;
  if (code === "CONFIG") return 251;
  if (unexpected.has(`${verb} ${code}`)) return 255;
  return endWithOne.has(verb) ? 1 : 255;
}

/** Of a wrong use. */
export function usageCode(verb: string): number {
  return dvcVerbs.has(verb) ? 254 : 2;
}
