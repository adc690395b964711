import { StemmaError } from "../../error.ts";

/** A try took longer than the step's timeout. */
export class StepTimeoutError extends StemmaError {
  constructor(step: string, timeoutMs: number) {
    super(
      "STEP_TIMEOUT",
      `${step} took longer than its timeout of ${timeoutMs} ms. Give it more time: { timeout: "10m" }.`,
    );
  }
}

/** The thread of a step ended under it. */
export class StepEndedError extends StemmaError {
  constructor(step: string, how: string) {
    super("STEP_ENDED", `${step} ended its thread (${how}). Return a value; don't call process.exit() in a step.`);
  }
}
