import type { ErrorFacts } from "../../../error.ts";
import type { CommandPlan, StepPlan } from "../../plan/index.ts";
import type { SharedPart, ValuePlace } from "../../values/index.ts";
import type { CardPart, ContextFacts } from "./step-context.ts";

/** One input as it is sent: a long one once to each worker, which knows it by its digest from then on. */
export interface SentInput {
  readonly name: string;
  /** Of a long input; null: it is not kept by the worker. */
  readonly digest: string | null;
  /** As the codec writes it, bytes in UTF-8; null: the worker has it. */
  readonly text: string | Uint8Array | null;
}

/** A command as a worker gets it. */
export interface WorkerCommand {
  readonly plan: CommandPlan;
  readonly env: StepPlan["env"];
  readonly memoryMb: number | null;
}

/** What a worker, a thread or a process, is asked to do. */
export interface WorkerJob {
  readonly kind: "job";
  readonly job: number;
  readonly folder: string;
  /** Digest of the code; the text is sent once to each worker. */
  readonly code: string;
  readonly text: string | null;
  /** In the place of a text: the step is a command. */
  readonly command: WorkerCommand | null;
  readonly inputs: readonly SentInput[];
  /** Parts of the inputs in memory that threads share; a process reads them from the disk. */
  readonly parts: readonly SharedPart[];
  readonly values: ValuePlace;
  readonly context: ContextFacts;
  /** The environment of who started it, where that changed since the last job; null: as it was. */
  readonly environment: Readonly<Record<string, string>> | null;
  /** What the step sees besides. */
  readonly env: Readonly<Record<string, string>>;
}

/** What a worker is told while it runs a job. */
export type WorkerOrder =
  | WorkerJob
  /** The flow was stopped, or the time is over: the worker is ended soon. */
  | { readonly kind: "stop"; readonly job: number; readonly reason: string }
  /** An answer to what the step asked for. */
  | { readonly kind: "reply"; readonly job: number; readonly ask: number; readonly reply: AskReply };

export type AskReply = { readonly text: string | null } | { readonly error: ErrorFacts };

/** What a worker says. */
export type WorkerAnswer =
  /** It is there, and takes its first job. */
  | { readonly job: 0; readonly kind: "ready" }
  | { readonly job: number; readonly kind: "output"; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly job: number; readonly kind: "card"; readonly part: CardPart }
  | { readonly job: number; readonly kind: "save"; readonly ask: number; readonly checkpoint: string }
  | { readonly job: number; readonly kind: "load"; readonly ask: number }
  | {
      readonly job: number;
      readonly kind: "done";
      readonly text: string;
      readonly digest: string;
      readonly parts: readonly SharedPart[];
    }
  | { readonly job: number; readonly kind: "failed"; readonly error: ErrorFacts };
