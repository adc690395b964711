import { constants } from "node:os";
import { StemmaError } from "../error.ts";

/** A `dvc.yaml` cannot be used as it is: a template, a name, an output that two stages have. */
export class PipelineError extends StemmaError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("PIPELINE", message, options);
  }
}

/** A target names no stage, no file and no output. */
export class UnknownTargetError extends StemmaError {
  readonly target: string;

  constructor(target: string, message: string) {
    super("UNKNOWN_TARGET", message);
    this.target = target;
  }
}

/** A stage's command ended with an exit code other than 0, or by a signal. */
export class StageFailedError extends StemmaError {
  readonly exitCode: number | null;

  constructor(cmd: string, end: { readonly code: number | null; readonly signal: NodeJS.Signals | null }) {
    // dvc/stage/exceptions.py, StageCmdFailedError; Python gives a signal as a negative code
    const code = end.code ?? (end.signal === null ? "no code" : -constants.signals[end.signal]);
    super("STAGE_FAILED", `failed to run: ${cmd}, exited with ${code}`);
    this.exitCode = end.code;
  }
}

/** Stages could not be reproduced. */
export class ReproductionError extends StemmaError {
  readonly stages: readonly string[];

  constructor(stages: readonly string[], cause?: unknown) {
    const names = joined(stages.map((stage) => `'${stage}'`));
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    super("REPRODUCTION", `failed to reproduce${stages.length > 1 ? " stages:" : ""} ${names}${why}`, { cause });
    this.stages = stages;
  }
}

/** "a", "a and b", "a, b and c" */
export function joined(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? "";
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
