import { errorFacts } from "../../error.ts";
import { recordPart } from "../../lineage/index.ts";
import { openDatabase, type Project, type Sql } from "../../store/index.ts";
import { type LateRun, type LateRunEnd, LateRuns } from "../../track/index.ts";
import { groupWriter } from "../keep/index.ts";
import { localPlace } from "./executors/index.ts";
import { stepActivity } from "./lineage-facts.ts";
import type { ParentRun, TaskRun } from "./nested-runs.ts";
import type { Task } from "./task.ts";
import { headOf, paramsOf } from "./task-head.ts";

/** A task that runs this long is shown to others as a run; most are over before. */
const shownMs = 200;

/** A task that is recorded by a run that is not written yet. */
interface Open {
  readonly run: LateRun;
  readonly end: (sql: Sql, end: LateRunEnd) => void;
}

/** Nested runs that are written with the result of their task: one transaction for all that a step leaves behind. */
export class LateTasks {
  readonly #project: Project;
  readonly #flow: string;
  readonly #runs: LateRuns;
  readonly #signal: AbortSignal;
  readonly #open = new Set<Open>();
  readonly #stop = (): void => this.#stopped();
  #timer: NodeJS.Timeout | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor({ id, flow, project, signal }: ParentRun) {
    this.#project = project;
    this.#flow = flow;
    this.#signal = signal;
    this.#runs = new LateRuns(project, { experiment: flow, parent: id });
    signal.addEventListener("abort", this.#stop);
  }

  /** False where runs are kept on a server too. */
  get arePossible(): boolean {
    return this.#runs.arePossible;
  }

  /** What runs in this thread may log to the run of its step, and so may who watches the machine: that has to be open. */
  canHave(task: Task, { systemMetrics }: ParentRun): boolean {
    return this.arePossible && !systemMetrics && task.step.systemMetrics !== true && localPlace(task) !== "inline";
  }

  /** Records a task that was found in the cache. */
  kept(task: Task): void {
    const open = this.#begin(task, true);
    this.#soon((sql) => open.end(sql, { status: "FINISHED" }));
  }

  async recorded<T>(task: Task, work: (run: TaskRun) => Promise<T>): Promise<T> {
    const open = this.#begin(task, false);
    this.#open.add(open);
    this.#timer ??= setInterval(() => this.#show(), shownMs).unref();
    let closed = false;
    const close = (sql: Sql): void => {
      open.end(sql, { status: "FINISHED" });
      closed = true;
    };
    try {
      const result = await work({ id: open.run.id, close });
      if (this.#open.delete(open) && !closed) this.#soon((sql) => open.end(sql, { status: "FINISHED" }));
      return result;
    } catch (error) {
      // Of what the stop ended it has been written already.
      if (this.#open.delete(open)) this.#now([[open, { status: "FAILED", error: errorFacts(error) }]]);
      throw error;
    }
  }

  /** Resolves when all is written; what could not be written is told unless there is worse to tell. */
  async end(error: unknown): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#signal.removeEventListener("abort", this.#stop);
    await groupWriter(this.#project).settled();
    if (this.#failure !== null && error === null) throw this.#failure.error;
  }

  #begin(task: Task, cached: boolean): Open {
    const { name, tags } = headOf(task, this.#flow, cached);
    const texts = Object.entries(tags).map(([key, value]) => [key, String(value)] as const);
    const run = this.#runs.begin({ name, tags: Object.fromEntries(texts), params: paramsOf(task) });
    const open: Open = {
      run,
      end: (sql, end) => {
        run.end(sql, end);
        if (!cached) recordPart(this.#project, { kind: "run", id: run.id }, stepActivity(this.#flow, task));
      },
    };
    return open;
  }

  #soon(work: (sql: Sql) => void): void {
    groupWriter(this.#project).soon(work, (error) => {
      this.#failure ??= { error };
    });
  }

  #now(ends: readonly (readonly [Open, LateRunEnd])[]): void {
    try {
      openDatabase(this.#project).write((sql) => {
        for (const [open, end] of ends) open.end(sql, end);
      });
    } catch (error) {
      // What ended the run is what its user has to hear first.
      this.#failure ??= { error };
    }
  }

  // The stop is told at once, whoever may still be at work.
  #stopped(): void {
    const ends = [...this.#open].map((open) => [open, { status: "KILLED" }] as const);
    this.#open.clear();
    this.#now(ends);
  }

  #show(): void {
    try {
      for (const { run } of this.#open) run.show();
    } catch (error) {
      this.#failure ??= { error };
    }
  }
}
