import type { ErrorFacts } from "../../error.ts";

/** What a worker is asked to do. */
export interface WorkerJob {
  readonly job: number;
  /** The step's id, for stack traces. */
  readonly name: string;
  readonly folder: string;
  /** Digest of the code; the text is sent once to each worker. */
  readonly code: string;
  readonly text: string | null;
  /** As the codec writes it. */
  readonly inputs: string;
}

/** What a worker says. */
export type WorkerAnswer =
  | { readonly job: number; readonly kind: "output"; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly job: number; readonly kind: "done"; readonly text: string; readonly digest: string }
  | { readonly job: number; readonly kind: "failed"; readonly error: ErrorFacts };
