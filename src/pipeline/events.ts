import type { GraphStage, PipelineStage } from "./stage.ts";

/** What happens while stages are reproduced. */
export type PipelineEvent =
  | { readonly kind: "unchanged"; readonly stage: GraphStage }
  | { readonly kind: "frozen"; readonly stage: GraphStage }
  /** A frozen stage, or data: only looked at, and recorded as it is. */
  | { readonly kind: "verifying"; readonly stage: GraphStage }
  | { readonly kind: "cached"; readonly stage: PipelineStage }
  | { readonly kind: "running"; readonly stage: PipelineStage }
  | { readonly kind: "command"; readonly stage: PipelineStage; readonly cmd: string }
  | {
      readonly kind: "output";
      readonly stage: PipelineStage;
      readonly text: string;
      readonly stream: "stdout" | "stderr";
    }
  | { readonly kind: "empty"; readonly stage: PipelineStage; readonly path: string }
  /** `generated`: the lock file was not there before. */
  | {
      readonly kind: "locked";
      readonly stage: GraphStage;
      readonly change: "generated" | "updated";
      readonly file: string;
    }
  /** A stage is done; the next one begins. */
  | { readonly kind: "done"; readonly stage: GraphStage }
  | { readonly kind: "pulling"; readonly stage: GraphStage }
  | {
      readonly kind: "failed";
      readonly stage: GraphStage;
      readonly error: Error;
      readonly ignored: boolean;
      /** What will be left out because of it. */
      readonly skipped: readonly GraphStage[];
    };
