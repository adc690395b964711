import { StemmaError } from "../../../error.ts";
import type { Results } from "../../keys/index.ts";
import type { Value } from "../../values/index.ts";

/** What a spec needs is not in the project's store. */
export class MissingValueError extends StemmaError {
  constructor(what: string, digest: string, folder: string) {
    super(
      "MISSING_VALUE",
      `${what} (${digest}) is not in the store of ${folder}. Run the task where it sees the project of the flow's run.`,
    );
  }
}

/** A value that the flow put into the store for a task. @throws {MissingValueError} */
export function storedValue(
  what: string,
  { results, digest, folder }: { readonly results: Results; readonly digest: string; readonly folder: string },
): Value {
  const value = results.value(digest);
  if (value === null) throw new MissingValueError(what, digest, folder);
  return value;
}
