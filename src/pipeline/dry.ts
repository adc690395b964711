import type { LockEntry, LockStage } from "../format/index.ts";
import type { Project } from "../store/index.ts";
import { whyDataChanged } from "./data-stage.ts";
import { GitIgnores } from "./git-ignores.ts";
import { orderOf, type ReproduceOptions } from "./reproduce-options.ts";
import { openSession } from "./session.ts";
import { addressOf, commandsOf, type GraphStage, type PipelineStage, stageId } from "./stage.ts";
import { cachedRun, type RunContext, whyChanged } from "./stage-run.ts";
import { lockedDep } from "./stage-state.ts";

/** What `reproduce` would do with a stage. */
export type DryVerdict = "unchanged" | "will run" | "may run" | "cached" | "will be recorded" | "will fail";

export interface DryStage {
  /** As DVC names it in the reader's folder. */
  readonly address: string;
  readonly verdict: DryVerdict;
  /** Why; null for what stays as it is. */
  readonly reason: string | null;
  readonly frozen: boolean;
  /** What would run. */
  readonly commands: readonly string[];
}

/** Stages whose outputs will or may be other ones, and those that are known already. */
interface Ahead {
  readonly context: RunContext;
  readonly verdicts: Map<string, DryVerdict>;
  /** The outputs that a cached run will bring, by absolute path. */
  readonly known: Map<string, LockEntry>;
}

/**
 * What `reproduce` would do with the same options, and why, stage by stage. A stage that is unchanged itself but needs one that
 * will run may run: that depends on what comes out. Nothing is written.
 */
export async function dryRun(project: Project, options: ReproduceOptions = {}): Promise<readonly DryStage[]> {
  const session = openSession(project, options.folder === undefined ? {} : { folder: options.folder });
  const { stages, graph } = orderOf(session, options);
  const context = {
    session,
    ignores: new GitIgnores(session),
    signal: options.signal,
    emit: (): void => {},
    names: new Set<string>(),
  };
  const ahead: Ahead = { context, verdicts: new Map(), known: new Map() };
  const plan: DryStage[] = [];
  for (const stage of stages) {
    const needs = graph.needs(stage).filter((other) => isUnsettled(ahead.verdicts.get(stageId(other))));
    const { verdict, reason } = await verdictOf(ahead, { stage, needs }, options);
    ahead.verdicts.set(stageId(stage), verdict);
    const commands = stage.kind === "stage" && verdict.endsWith("run") ? commandsOf(stage) : [];
    const frozen = stage.kind === "stage" && stage.frozen;
    plan.push({ address: addressOf(stage, session.folder), verdict, reason, frozen, commands });
  }
  return plan;
}

function isUnsettled(verdict: DryVerdict | undefined): boolean {
  return verdict === "will run" || verdict === "may run" || verdict === "cached" || verdict === "will be recorded";
}

interface Verdict {
  readonly verdict: DryVerdict;
  readonly reason: string | null;
}

interface Looked {
  readonly stage: GraphStage;
  readonly needs: readonly GraphStage[];
}

async function verdictOf(ahead: Ahead, { stage, needs }: Looked, options: ReproduceOptions): Promise<Verdict> {
  const { context } = ahead;
  const allowMissing = options.allowMissing === true;
  if (stage.kind === "data") {
    const reason = await whyDataChanged(context, stage, allowMissing);
    if (reason === null) return { verdict: "unchanged", reason };
    return { verdict: /is (deleted|not in cache)/.test(reason) ? "will fail" : "will be recorded", reason };
  }
  if (options.force === true) return { verdict: "will run", reason: "forced" };
  const uncertain = stage.frozen ? [] : needs.filter((other) => mayMatter(ahead, stage, other));
  const missing = uncertain.length > 0 || allowMissing;
  const reason = await whyChanged(context, stage, { allowMissing: missing, needs: [] });
  const names = uncertain.map((other) => addressOf(other, context.session.folder)).join(", ");
  if (reason === null) {
    return uncertain.length === 0 ? { verdict: "unchanged", reason } : { verdict: "may run", reason: `needs ${names}` };
  }
  if (stage.frozen) return { verdict: "will be recorded", reason };
  if (uncertain.length > 0) return { verdict: "will run", reason };
  const run = await runOf(ahead, stage, options);
  if (run === null) return { verdict: "will run", reason };
  for (const out of stage.outs) {
    const entry = run.outs.find((one) => one.path === out.given);
    if (entry !== undefined) ahead.known.set(out.absolute, entry);
  }
  return { verdict: "cached", reason };
}

/** Whether a stage cannot know yet what another one leaves it: a cached run's outputs are known beforehand. */
function mayMatter(ahead: Ahead, stage: PipelineStage, other: GraphStage): boolean {
  if (other.kind === "data" || ahead.verdicts.get(stageId(other)) !== "cached") return true;
  const made = new Set(other.outs.map((out) => out.absolute));
  const deps = stage.deps.filter((dep) => made.has(dep.absolute));
  return deps.length === 0 || deps.some((dep) => ahead.known.get(dep.absolute)?.md5 !== lockedDep(stage, dep)?.md5);
}

async function runOf(ahead: Ahead, stage: PipelineStage, options: ReproduceOptions): Promise<LockStage | null> {
  const missing = stage.deps.some((dep) => ahead.known.has(dep.absolute));
  return missing ? null : cachedRun(ahead.context, stage, { runCache: options.runCache !== false });
}
