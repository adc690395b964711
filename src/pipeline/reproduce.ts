import { existsSync } from "node:fs";
import type { LockStage } from "../format/index.ts";
import type { Project } from "../store/index.ts";
import { lockRepository } from "../version/index.ts";
import { saveData, whyDataChanged } from "./data-stage.ts";
import type { PipelineEvent } from "./events.ts";
import { type Ended, executeStage } from "./execute-stage.ts";
import { GitIgnores } from "./git-ignores.ts";
import { reach } from "./graph.ts";
import { lockFileOf } from "./load-pipelines.ts";
import { LockWriter } from "./lock-writer.ts";
import { NewNames } from "./new-names.ts";
import { ReproductionError } from "./pipeline-error.ts";
import type { PlanOrder } from "./plan-order.ts";
import { askBefore, orderOf, type ReproduceOptions, type ReproduceResult } from "./reproduce-options.ts";
import { openSession, type Session } from "./session.ts";
import { addressOf, type GraphStage, type PipelineStage, shownPath, stageId } from "./stage.ts";
import {
  cachedRun,
  checkOutputs,
  type RunContext,
  removeOutputs,
  restoreRun,
  saveStage,
  whyChanged,
} from "./stage-run.ts";
import { StageUsers } from "./stage-users.ts";

/**
 * Brings stages up to date, as `dvc repro` does: what changed runs, in the order of the graph, several at once with `jobs`.
 * `dvc.lock` is written after each stage; a crash or a stop leaves a repository that DVC and Stemma can open.
 *
 * @throws {ReproductionError} a stage failed
 * @throws {PipelineError} @throws {UnknownTargetError} @throws {FormatError} @throws {LockedError}
 */
export async function reproduce(project: Project, options: ReproduceOptions = {}): Promise<ReproduceResult> {
  const session = openSession(project, options.folder === undefined ? {} : { folder: options.folder });
  if (options.pull !== undefined && options.runCache !== false) await options.pull.runs();
  return new Reproduction(session, orderOf(session, options), options).run();
}

class Reproduction {
  private readonly order: PlanOrder;
  private readonly options: ReproduceOptions;
  private readonly context: RunContext;
  private readonly names: NewNames;
  private readonly locks: LockWriter;
  private readonly users: StageUsers;
  private readonly emit: (event: PipelineEvent) => void;
  /** Stages as they are now, with the entries that were written meanwhile. */
  private readonly current = new Map<string, PipelineStage>();
  private readonly open: GraphStage[];
  private readonly planned: ReadonlySet<string>;
  private readonly closed = new Set<string>();
  private readonly leftOut = new Set<string>();
  private readonly forced = new Set<string>();
  private readonly failed: GraphStage[] = [];
  private readonly reproduced: GraphStage[] = [];
  private readonly written = new Set<string>();
  private readonly running = new Map<string, Promise<Ended>>();
  private firstError: unknown = null;

  constructor(session: Session, order: PlanOrder, options: ReproduceOptions) {
    this.order = order;
    this.options = options;
    this.emit = options.onEvent ?? ((): void => {});
    this.names = new NewNames(session.repository.cache.folder);
    const { emit, names } = this;
    this.context = { session, ignores: new GitIgnores(session), signal: options.signal, emit, names: names.objects };
    this.locks = new LockWriter(session.project, order.stages.map(stageId), names.locks);
    this.users = new StageUsers(session.project);
    this.open = [...order.stages];
    this.planned = new Set(order.stages.map(stageId));
    if (options.force === true) for (const stage of order.stages) this.forced.add(stageId(stage));
  }

  // Only this loop touches the repository, and holds its lock meanwhile; commands run without it, as DVC's do.
  async run(): Promise<ReproduceResult> {
    try {
      await this.runAll();
    } finally {
      if (this.users.isOpen) await lockRepository(this.context.session.project, async () => this.leave());
      await this.names.settle();
    }
    this.options.signal?.throwIfAborted();
    this.raise();
    return { reproduced: this.reproduced, written: [...this.written, ...this.context.ignores.written].toSorted() };
  }

  private async runAll(): Promise<void> {
    let ended: Ended | null = null;
    for (;;) {
      const started = await lockRepository(this.context.session.project, async () => {
        if (ended !== null) await this.settle(ended);
        const stages = await this.advance();
        this.users.write();
        return stages;
      });
      for (const stage of started) this.running.set(stageId(stage), executeStage(this.context, stage, this.options));
      if (this.running.size === 0) break;
      ended = await Promise.race(this.running.values());
      this.running.delete(stageId(ended.stage));
    }
  }

  private leave(): void {
    this.users.releaseAll();
    this.users.write();
  }

  private raise(): void {
    if (this.failed.length === 0 || this.options.onError === "ignore") return;
    const names = this.failed.map((stage) => addressOf(stage, this.context.session.folder));
    throw new ReproductionError(names, this.options.onError === "keep-going" ? undefined : this.firstError);
  }

  /** Looks at stages until as many have to run as may at once. */
  private async advance(): Promise<readonly PipelineStage[]> {
    const started: PipelineStage[] = [];
    const slots = Math.max(1, this.options.jobs ?? 1);
    for (;;) {
      if (this.options.signal?.aborted === true || this.stopped()) break;
      if (this.running.size + started.length >= slots) break;
      const at = this.open.findIndex((stage) => this.isReady(stage));
      const [stage] = at === -1 ? [] : this.open.splice(at, 1);
      if (stage === undefined) break;
      if (this.leftOut.has(stageId(stage))) continue;
      try {
        this.users.check(stage);
        if (stage.kind === "data") await this.lookAtData(stage);
        else if (await this.look(stage)) started.push(this.now(stage));
      } catch (error) {
        await this.fail(stage, error);
      }
    }
    return started;
  }

  private stopped(): boolean {
    return this.failed.length > 0 && (this.options.onError ?? "fail") === "fail";
  }

  /** Whether all that a stage needs is settled; one after the other, the order sees to that. */
  private isReady(stage: GraphStage): boolean {
    if ((this.options.jobs ?? 1) <= 1) return true;
    return this.order.graph
      .needs(stage)
      .every((other) => this.closed.has(stageId(other)) || !this.planned.has(stageId(other)));
  }

  private now(stage: PipelineStage): PipelineStage {
    return this.current.get(stageId(stage)) ?? stage;
  }

  /** Whether a stage's commands have to run; everything else is done here. */
  private async look(stage: PipelineStage): Promise<boolean> {
    if (stage.frozen) this.emit({ kind: "frozen", stage });
    if (!(await this.isStale(stage))) return this.close(stage, false);
    await askBefore(stage, this.options);
    if (stage.frozen) {
      this.emit({ kind: "verifying", stage });
      checkOutputs(stage);
      await this.save(stage);
      return this.close(stage, true);
    }
    this.users.claim(stage);
    removeOutputs(stage);
    if (!this.forced.has(stageId(stage))) await this.pullDependencies(stage);
    const run = this.forced.has(stageId(stage)) ? null : await this.runFromCache(stage);
    if (run === null) return true;
    this.emit({ kind: "cached", stage });
    await restoreRun(this.context, stage, run);
    await this.save(stage, "cached");
    this.users.release(stage);
    return this.close(stage, true);
  }

  private async isStale(stage: PipelineStage): Promise<boolean> {
    if (this.forced.has(stageId(stage))) return true;
    const needs = this.order.graph.needs(stage).flatMap((other) => (other.kind === "stage" ? [this.now(other)] : []));
    const changed = (allowMissing: boolean): Promise<string | null> =>
      whyChanged(this.context, stage, { allowMissing, needs });
    if ((await changed(this.options.allowMissing === true)) === null) {
      this.emit({ kind: "unchanged", stage });
      return false;
    }
    return this.options.pull === undefined || (await changed(true)) !== null || !(await this.pulled(stage));
  }

  /** Brings missing data of a stage that did not change otherwise. */
  private async pulled(stage: PipelineStage): Promise<boolean> {
    this.emit({ kind: "pulling", stage });
    await this.options.pull?.data([addressOf(stage, this.context.session.folder)]);
    const needs: readonly PipelineStage[] = [];
    return (await whyChanged(this.context, stage, { allowMissing: false, needs })) === null;
  }

  private async pullDependencies(stage: PipelineStage): Promise<void> {
    const missing = stage.deps.filter((dep) => dep.path !== null && !existsSync(dep.absolute));
    if (this.options.pull === undefined || missing.length === 0) return;
    await this.options.pull.data(missing.map((dep) => shownPath(dep, this.context.session.folder)));
  }

  private async runFromCache(stage: PipelineStage): Promise<LockStage | null> {
    const { pull, runCache } = this.options;
    return cachedRun(this.context, stage, { runCache: runCache !== false, ...(pull === undefined ? {} : { pull }) });
  }

  private async lookAtData(stage: Extract<GraphStage, { readonly kind: "data" }>): Promise<void> {
    const forced = this.forced.has(stageId(stage));
    if (!forced && (await whyDataChanged(this.context, stage, this.options.allowMissing === true)) === null) {
      this.emit({ kind: "unchanged", stage });
      this.close(stage, false);
      return;
    }
    await askBefore(stage, this.options);
    this.emit({ kind: "verifying", stage });
    await saveData(this.context, stage, this.options.commit !== false);
    this.written.add(stage.file);
    this.close(stage, true);
  }

  private async settle({ stage, error }: Ended): Promise<void> {
    this.users.release(stage);
    if (this.options.signal?.aborted === true) return;
    try {
      if (error !== null) throw error;
      await this.save(stage, "ran");
      this.close(stage, true);
    } catch (thrown) {
      await this.fail(stage, thrown);
    }
  }

  private async save(stage: PipelineStage, how: "ran" | "cached" | null = null): Promise<void> {
    const commit = this.options.commit !== false;
    const options = { commit, runCache: commit, allowMissing: this.options.allowMissing === true };
    const entry = await saveStage(this.context, stage, options);
    this.current.set(stageId(stage), { ...stage, lock: entry });
    const change = this.locks.put(stage.file, stage.name, entry);
    this.names.soon();
    const file = lockFileOf(stage.file);
    if (change !== "unchanged") {
      this.written.add(file);
      this.emit({ kind: "locked", stage, change, file });
    }
    if (how !== null) await this.options.onStage?.(stage, how, entry);
  }

  private close(stage: GraphStage, reproduced: boolean): false {
    this.closed.add(stageId(stage));
    if (reproduced) this.reproduced.push(stage);
    if (reproduced) this.emit({ kind: "done", stage });
    if (this.options.forceDownstream === true && (reproduced || this.forced.has(stageId(stage)))) {
      for (const other of this.order.graph.feeds(stage)) this.forced.add(stageId(other));
    }
    return false;
  }

  private async fail(stage: GraphStage, thrown: unknown): Promise<void> {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (stage.kind === "stage") await this.options.onStageFailed?.(stage, error);
    this.users.release(stage);
    this.failed.push(stage);
    this.firstError ??= error;
    this.closed.add(stageId(stage));
    const mode = this.options.onError ?? "fail";
    if (mode === "fail") return;
    const ignored = mode === "ignore";
    const names = ignored ? new Set<string>() : reach([stage], this.order.graph.feeds);
    const skipped = this.order.stages.filter((other) => names.has(stageId(other)) && other !== stage);
    for (const other of skipped) this.leftOut.add(stageId(other));
    this.emit({ kind: "failed", stage, error, ignored, skipped });
  }
}
