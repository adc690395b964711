import type { Evaluator, Known, Source, StepCode } from "../../keys/index.ts";
import type { StepPlan } from "../../plan/index.ts";
import type { SharedPart, Value, ValuePlace } from "../../values/index.ts";
import type { ContextFacts, StepSink } from "./step-context.ts";

/** One try of one step, as this machine runs it. */
export interface LocalTry {
  readonly step: StepPlan;
  readonly code: TryCode;
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

/** One try of one step. */
export interface Try extends LocalTry {
  /** For who runs it elsewhere. */
  readonly origin: TryOrigin;
}

/** The code of a step, as far as an executor needs it. */
export type TryCode = Pick<StepCode, "fn" | "digest" | "runnable">;

/** What a try is part of. */
export interface TryOrigin {
  readonly runId: string;
  /** Whether a step was told to run again, although its result is kept. */
  readonly isFresh: (step: string) => boolean;
  readonly sources: readonly Source[];
  readonly sight: FlowSight;
}

/** What is known of the flow that runs. */
export interface FlowSight {
  readonly known: Omit<Known, "result">;
  readonly codes: ReadonlyMap<string, StepCode>;
  readonly read: Evaluator;
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
export type Executor = (attempt: LocalTry) => Promise<Outcome>;
