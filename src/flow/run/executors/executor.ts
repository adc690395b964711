import type { StepCode } from "../../code.ts";
import type { StepPlan } from "../../plan.ts";
import type { Value } from "../../value.ts";
import type { SharedPart, ValuePlace } from "../../values/index.ts";
import type { ContextFacts, StepSink } from "./step-context.ts";

/** One try of one step. */
export interface Try {
  readonly step: StepPlan;
  readonly code: StepCode;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly context: ContextFacts;
  /** What the step sees of the environment besides what this process sees. */
  readonly env: Readonly<Record<string, string>>;
  /** Where imports are looked for. */
  readonly folder: string;
  /** Where parts of values lie. */
  readonly values: ValuePlace;
  /** Aborts when the flow is stopped. */
  readonly signal: AbortSignal;
  readonly sink: StepSink;
}

/** What a try gave. */
export interface Outcome {
  /** As the codec writes it. */
  readonly text: string;
  readonly digest: string;
  /** Parts of the result that another thread made: at hand for the steps that need them. */
  readonly parts?: readonly SharedPart[];
}

/**
 * Runs a try to its end.
 *
 * @throws what the step threw; {@link StepTimeoutError}; the signal's reason
 */
export type Executor = (attempt: Try) => Promise<Outcome>;
