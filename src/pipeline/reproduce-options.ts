import type { LockStage } from "../format/index.ts";
import type { OutVersion } from "../version/index.ts";
import type { PipelineEvent } from "./events.ts";
import { PipelineError } from "./pipeline-error.ts";
import { type PlanOrder, planOrder } from "./plan-order.ts";
import type { Session } from "./session.ts";
import type { GraphStage, PipelineStage } from "./stage.ts";
import { collectStages } from "./targets.ts";

/** Gets data from a remote. */
export interface PullHooks {
  /** The kept runs. */
  readonly runs: () => Promise<void>;
  /** What targets record: stages, `.dvc` files, outputs. */
  readonly data: (targets: readonly string[]) => Promise<void>;
  /** Versions of outputs into the cache: those of a kept run, which nothing else names. */
  readonly outs: (versions: readonly OutVersion[]) => Promise<void>;
}

export interface ReproduceOptions {
  /** The folder that targets are relative to, absolute; the project's root without it. */
  readonly folder?: string;
  /** Stages, groups, files, folders; `dvc.yaml` of the folder without any. */
  readonly targets?: readonly string[];
  readonly allPipelines?: boolean;
  readonly pipeline?: boolean;
  readonly singleItem?: boolean;
  readonly downstream?: boolean;
  readonly recursive?: boolean;
  readonly glob?: boolean;
  readonly force?: boolean;
  /** What depends on a stage that ran runs too. */
  readonly forceDownstream?: boolean;
  readonly allowMissing?: boolean;
  /** What a failure does: ends it all, leaves out what needs the stage, or nothing. */
  readonly onError?: "fail" | "keep-going" | "ignore";
  /** Takes outputs from earlier runs of the same; true without it. */
  readonly runCache?: boolean;
  /** Puts outputs into the cache; true without it. */
  readonly commit?: boolean;
  /** Stages that may run at once; 1 without it. Their commands share no terminal then. */
  readonly jobs?: number;
  /** What commands print comes as events, although no two run at once. */
  readonly captured?: boolean;
  readonly pull?: PullHooks;
  /** Asked before a stage runs; false ends it all. */
  readonly confirm?: (stage: GraphStage) => Promise<boolean>;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: PipelineEvent) => void;
  /** Environment of a stage's commands, beside `DVC_STAGE` and `DVC_ROOT`. */
  readonly environment?: (stage: PipelineStage) => Promise<Readonly<Record<string, string>>>;
  /** Hears of a stage that ran or came from the cache, and of what is recorded of it. */
  readonly onStage?: (stage: PipelineStage, how: "ran" | "cached", entry: LockStage) => Promise<void>;
  /** Hears of a stage whose commands failed, or whose outputs could not be recorded. */
  readonly onStageFailed?: (stage: PipelineStage, error: unknown) => Promise<void>;
}

export interface ReproduceResult {
  /** Those that ran, came from the cache or were recorded anew, in the order in which they were done. */
  readonly reproduced: readonly GraphStage[];
  /** Files to commit to git, from the project's root. */
  readonly written: readonly string[];
}

/** @throws {PipelineError} the person does not want the stage to run */
export async function askBefore(stage: GraphStage, { confirm }: ReproduceOptions): Promise<void> {
  if (confirm !== undefined && !(await confirm(stage))) throw new PipelineError("reproduction aborted by the user");
}

/** The stages to look at. */
export function orderOf(session: Session, options: ReproduceOptions): PlanOrder {
  const whole = options.allPipelines === true;
  const wanted = options.targets === undefined || options.targets.length === 0 ? ["dvc.yaml"] : options.targets;
  const targets = whole ? [] : collectStages(session, wanted, options);
  // An empty dvc.yaml has no stages; that is not "all".
  if (!whole && targets.length === 0) return { stages: [], graph: session.graph };
  const alone = !whole && options.pipeline !== true;
  return planOrder(session.graph, targets, {
    pipeline: options.pipeline === true,
    singleItem: alone && options.singleItem === true,
    downstream: alone && options.downstream === true,
  });
}
