import type { ErrorFacts } from "../../error.ts";
import type { Plan } from "../plan/index.ts";

/** `skipped`: it stands in a branch that was not taken. */
export type StepState = "cached" | "stale" | "waiting" | "running" | "done" | "failed" | "stopped" | "skipped";

/** Where one step stands, and why; a step in a map counts its items. */
export interface StepStatus {
  readonly step: string;
  readonly state: StepState;
  /** In the user's words: "helper scale() changed", "input cases.csv changed", "never ran", "same code and inputs as on 3 May, 14:02". */
  readonly reason: string;
  /** Items finished (cached ones included) of `total`; 1 of 1 for a step outside maps. `total` is null while it is not known. */
  readonly done: number;
  readonly cached: number;
  readonly total: number | null;
  /** Items of `done` that failed, and whose catch value the flow goes on with; absent where there are none. */
  readonly caught?: number;
  readonly error: ErrorFacts | null;
}

/** One execution of a step for one item. */
export interface TaskRecord {
  readonly step: string;
  /** Index in the map; null outside maps. */
  readonly item: number | null;
  readonly state: StepState;
  readonly startMs: number | null;
  readonly endMs: number | null;
}

/** A flow at one moment: defined, running or ended. */
export interface FlowStatus {
  readonly plan: Plan;
  readonly state: "defined" | "running" | "done" | "failed" | "stopped";
  readonly steps: readonly StepStatus[];
  readonly tasks: readonly TaskRecord[];
  readonly startMs: number | null;
  readonly endMs: number | null;
  /** The parent run, when there is one. */
  readonly runId: string | null;
  readonly error: ErrorFacts | null;
  /** What its author should know, a sentence each: chance in a step that is kept, a value that changed since the definition. */
  readonly notes: readonly string[];
  /** The last lines of what runs or failed, at most three tasks; only while the process that ran it is there. */
  readonly logs?: readonly LogTail[];
  /** What the steps show their reader, the newest cards of a run of this process. */
  readonly cards?: readonly StatusCard[];
}

/** The end of what a task printed. */
export interface LogTail {
  readonly step: string;
  readonly indices: readonly number[];
  readonly state: StepState;
  readonly lines: readonly string[];
}

/** One thing on a card: plain JSON with a `kind` ("markdown", "table", "vega", "image", "progress"). */
export interface StatusCardPart {
  readonly kind: string;
}

/** What one task shows. */
export interface StatusCard {
  readonly step: string;
  readonly indices: readonly number[];
  readonly parts: readonly StatusCardPart[];
  /** Id of the run that made it, where the task's result was kept from that one. */
  readonly madeBy?: string | null;
}
