import { runCommand } from "./command.ts";
import type { ReproduceOptions } from "./reproduce-options.ts";
import { addressOf, commandsOf, type PipelineStage } from "./stage.ts";
import type { RunContext } from "./stage-run.ts";

/** A stage whose commands have ended, or could not begin. */
export interface Ended {
  readonly stage: PipelineStage;
  readonly error: unknown;
}

/** Runs the commands of a stage, one after the other; never throws. */
export async function executeStage(
  { session, emit }: RunContext,
  stage: PipelineStage,
  options: ReproduceOptions,
): Promise<Ended> {
  try {
    const env = {
      DVC_ROOT: process.env["DVC_ROOT"] ?? session.project.root,
      DVC_STAGE: addressOf(stage, session.folder),
      ...(await options.environment?.(stage)),
    };
    emit({ kind: "running", stage });
    const shared = (options.jobs ?? 1) <= 1 && options.captured !== true;
    for (const cmd of commandsOf(stage)) {
      emit({ kind: "command", stage, cmd });
      await runCommand(cmd, {
        folder: stage.absoluteWdir,
        env,
        signal: options.signal ?? null,
        onOutput: shared ? null : (text, stream) => emit({ kind: "output", stage, text, stream }),
      });
    }
    return { stage, error: null };
  } catch (error) {
    return { stage, error: error ?? new Error("the stage was stopped") };
  }
}
