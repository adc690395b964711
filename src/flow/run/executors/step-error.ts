import { StemmaError } from "../../../error.ts";

/** A try took longer than the step's timeout. */
export class StepTimeoutError extends StemmaError {
  constructor(step: string, timeoutMs: number) {
    super(
      "STEP_TIMEOUT",
      `${step} took longer than its timeout of ${timeoutMs} ms. Give it more time: { timeout: "10m" }.`,
    );
  }
}

/** The thread or process of a step ended under it. */
export class StepEndedError extends StemmaError {
  /** @param how "its thread (exit code 3)" */
  constructor(step: string, how: string) {
    super("STEP_ENDED", `${step} ended ${how}. Return a value; don't call process.exit() in a step.`);
  }
}

/** Deno's kernel starts Node for a step in a process of its own, and there is none. */
export class NoNodeError extends StemmaError {
  constructor(step: string, options: { readonly cause: unknown }) {
    super(
      "NO_NODE",
      `${step} runs in a process of Node, and no \`node\` is on the PATH of this kernel. Install Node 22.13 or newer; a step that is no command can also run as { run: "thread" }.`,
      options,
    );
  }
}

/** The process of a step crashed: a fault in native code, or somebody killed it. */
export class StepCrashedError extends StemmaError {
  /** @param lastWords what it wrote at its end, or nothing */
  constructor(step: string, signal: string, lastWords: string) {
    const cause =
      signal === "SIGKILL"
        ? 'killed (SIGKILL), by hand or by the system for want of memory. Give it a limit: { resources: { memory: "2GB" } }'
        : `ended by a crash (${signal}) in code below JavaScript. Look at the native packages that it uses`;
    super("STEP_CRASHED", `${step} was ${cause}.${lastWords === "" ? "" : `\n${lastWords}`}`);
  }
}

/** A step needed more memory than there was for it. */
export class StepMemoryError extends StemmaError {
  constructor(step: string, limitMb: number | null, options?: { readonly cause?: unknown }) {
    const limit = limitMb === null ? "the usual limit of JavaScript's heap" : `its limit of ${limitMb} MB`;
    super(
      "STEP_MEMORY",
      `${step} needed more memory than ${limit}. Give it more: { resources: { memory: "${moreThan(limitMb)}" } }.`,
      options,
    );
  }
}

function moreThan(limitMb: number | null): string {
  return limitMb === null || limitMb >= 4096 ? `${Math.ceil((limitMb ?? 4096) / 512)}GB` : `${limitMb * 2}MB`;
}
