import type ts from "typescript";
import { isExposedName } from "./expose-names.ts";
import type { TypeScript } from "./typescript.ts";

/** TypeScript's completions under the name that tslab's own copy gives them, with a host that knows the options. */
export function completions(ts: TypeScript): object {
  const getCompletionsAtPositionForTslab = (
    host: object,
    program: ts.Program,
    ...rest: readonly unknown[]
  ): ts.CompletionInfo | undefined => {
    const withOptions = { getCompilationSettings: () => program.getCompilerOptions(), ...host };
    const found = ts.Completions.getCompletionsAtPosition(withOptions, program, ...rest);
    if (found !== undefined) found.entries = found.entries.filter((entry) => !isExposedName(entry.name));
    return found;
  };
  return Object.create(ts.Completions, {
    getCompletionsAtPositionForTslab: { value: getCompletionsAtPositionForTslab },
  });
}
