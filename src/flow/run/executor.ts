import type { StepFunction } from "../builder.ts";

/** One try of one step. */
export interface Try {
  readonly step: string;
  /** As the codec writes the record of inputs. */
  readonly inputs: string;
  readonly timeoutMs: number | null;
  /** Aborts when the flow is stopped. */
  readonly signal: AbortSignal;
  readonly fn: StepFunction;
  /** The code that stands alone; null where it cannot. */
  readonly code: { readonly digest: string; readonly text: string } | null;
  /** Where imports are looked for. */
  readonly folder: string;
  /** Where a thread's prints go. */
  readonly print: (stream: "stdout" | "stderr", text: string) => void;
}

/** What a try gave. */
export interface Outcome {
  /** As the codec writes it. */
  readonly text: string;
  readonly digest: string;
}

/**
 * Runs a try to its end.
 *
 * @throws what the step threw; {@link StepTimeoutError}; the signal's reason
 */
export type Executor = (attempt: Try) => Promise<Outcome>;
