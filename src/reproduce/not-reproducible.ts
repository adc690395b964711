import { StemmaError } from "../error.ts";

/** A run cannot be run again as it was; nothing was run. */
export class NotReproducibleError extends StemmaError {
  /** All that cannot be had back, a sentence each. */
  readonly problems: readonly string[];

  constructor(run: string, problems: readonly string[]) {
    super("NOT_REPRODUCIBLE", `Run ${run} cannot be run again as it was:\n${problems.map((p) => `- ${p}`).join("\n")}`);
    this.problems = problems;
  }
}
