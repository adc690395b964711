import type { ErrorFacts } from "../../error.ts";
import { caughtItems, failureCause, notRun, type Plan } from "../plan/index.ts";
import type {
  FlowStatus,
  LogTail,
  StatusCard,
  StatusCardPart,
  StepState,
  StepStatus,
  TaskRecord,
} from "../status/index.ts";
import { cardLimit, ShownCards } from "./shown-cards.ts";

/** Tasks whose log is shown while they run or when they failed, and lines of each. */
const shownLogs = 3;
const shownLines = 8;
const shownLetters = 400;

/** One task while the flow runs. */
export interface TaskState {
  readonly step: string;
  readonly indices: readonly number[];
  state: StepState;
  reason: string;
  startMs: number | null;
  endMs: number | null;
  error: ErrorFacts | null;
  /** The last lines that its current try printed. */
  log?: (count: number) => readonly string[];
}

/** What a running flow has done so far; each change is told. */
export class Progress {
  readonly plan: Plan;
  readonly startMs: number = Date.now();
  readonly #changed: () => void;
  readonly #tasks = new Map<string, TaskState>();
  readonly #byStep: ReadonlyMap<string, TaskState[]>;
  /** Number of items of a map at a place. */
  readonly #sizes = new Map<string, number>();
  /** Maps and loops that stood in a branch that was not taken. */
  readonly #skipped = new Set<string>();
  /** Tasks that run, in the order in which they began, and those that failed. */
  readonly #watched = new Set<TaskState>();
  readonly #cards = new ShownCards();
  /** What the run has to show when it is over: cards that were made before are among them. */
  #lastCards: readonly StatusCard[] | null = null;
  /** Of a run that failed: why the rest of it did not run. */
  #cause: string | null = null;
  state: FlowStatus["state"] = "running";
  endMs: number | null = null;
  runId: string | null = null;
  error: ErrorFacts | null = null;
  notes: readonly string[] = [];

  constructor(plan: Plan, changed: () => void) {
    this.plan = plan;
    this.#changed = changed;
    this.#byStep = new Map(plan.steps.map((step) => [step.id, []]));
  }

  task(step: string, indices: readonly number[]): TaskState {
    const key = `${step} ${indices.join(" ")}`;
    const known = this.#tasks.get(key);
    if (known !== undefined) return known;
    const task: TaskState = { step, indices, state: "waiting", reason: "", startMs: null, endMs: null, error: null };
    this.#tasks.set(key, task);
    this.#byStep.get(step)?.push(task);
    return task;
  }

  /** Changes a task and tells it. */
  change(task: TaskState, change: Partial<TaskState>): void {
    Object.assign(task, change);
    if (task.state === "running" || task.state === "failed") this.#watched.add(task);
    else {
      this.#watched.delete(task);
      // A map of 10,000 would keep all its logs.
      delete task.log;
    }
    this.#changed();
  }

  /** A task printed something. */
  printed(): void {
    this.#changed();
  }

  /** A task shows something; null: its card begins anew. */
  card({ step, indices }: Pick<TaskState, "step" | "indices">, part: StatusCardPart | null): void {
    if (part === null) this.#cards.clear(step, indices);
    else this.#cards.add(step, indices, part);
    this.#changed();
  }

  /** Whether a result was taken from the cache. */
  get hasCached(): boolean {
    return [...this.#tasks.values()].some(({ state }) => state === "cached");
  }

  /** The run is over: these are drawn, where there are any. */
  lastCards(cards: readonly StatusCard[]): void {
    if (cards.length > 0) this.#lastCards = cards.slice(-cardLimit);
  }

  sized(map: string, indices: readonly number[], items: number): void {
    this.#sizes.set(`${map} ${indices.join(" ")}`, items);
    this.#changed();
  }

  /** A map or loop in a branch that was not taken: it has no items. */
  skipped(scope: string, indices: readonly number[]): void {
    this.#skipped.add(scope);
    this.sized(scope, indices, 0);
  }

  /** How often a step in these maps runs; null while that is not known. */
  items(maps: readonly string[]): number | null {
    return this.#total(maps);
  }

  end(state: FlowStatus["state"], error: ErrorFacts | null): void {
    this.state = state;
    this.error = error;
    this.endMs = Date.now();
    if (state === "stopped") this.#stopRunning();
    if (state === "failed") this.#cause = failureCause([...this.#watched].filter((task) => task.state === "failed"));
    this.#changed();
  }

  status(): FlowStatus {
    const { plan, state, startMs, endMs, runId, error, notes } = this;
    const steps = plan.steps.map((step) => this.#step(step.id, step.maps));
    const tasks = [...this.#tasks.values()].map(taskRecord);
    const shown = { logs: this.#logs(), cards: this.#lastCards ?? this.#cards.all() };
    return { plan, state, steps, tasks, startMs, endMs, runId, error, notes, ...shown };
  }

  // What failed first, then what began last.
  #logs(): readonly LogTail[] {
    const watched = [...this.#watched].reverse();
    const failed = watched.filter(({ state }) => state === "failed");
    const tails: LogTail[] = [];
    for (const task of [...failed, ...watched.filter(({ state }) => state !== "failed")]) {
      const lines = (task.log?.(shownLines) ?? []).map((line) => line.slice(0, shownLetters));
      if (lines.length > 0) tails.push({ step: task.step, indices: task.indices, state: task.state, lines });
      if (tails.length === shownLogs) break;
    }
    return tails;
  }

  #stopRunning(): void {
    for (const task of this.#tasks.values()) {
      if (task.state === "running") Object.assign(task, { state: "stopped", endMs: this.endMs });
    }
  }

  #step(step: string, maps: readonly string[]): StepStatus {
    const tasks = this.#byStep.get(step) ?? [];
    const count = (...states: readonly StepState[]): number =>
      tasks.filter(({ state }) => states.includes(state)).length;
    const skipped = count("skipped");
    const items = this.#total(maps);
    const total = items === null ? null : items - skipped;
    const cached = count("cached");
    const done = cached + count("done");
    const failed = tasks.find(({ state }) => state === "failed");
    const isSkipped = total === 0 && (skipped > 0 || maps.some((scope) => this.#skipped.has(scope)));
    const state = stepState({
      skipped: isSkipped,
      failed: failed !== undefined,
      running: count("running"),
      stopped: count("stopped"),
      done,
      cached,
      total,
    });
    const caught = tasks.filter((task) => task.state === "done" && task.error !== null);
    const told = { step, done, cached, total, error: failed?.error ?? null, ...caughtOf(caught) };
    const cause = state === "running" || state === "waiting" ? this.#cause : null;
    const used = caughtItems(
      caught.map(({ reason }) => reason),
      Math.max(tasks.length, total ?? 0),
    );
    if (cause === null) return { ...told, state, reason: used ?? reasonOf(tasks, state) };
    return { ...told, state: done === 0 ? "waiting" : "stopped", reason: notRun(cause, told) };
  }

  // The product of the sizes on each way down; null as long as one of them is not known.
  #total(maps: readonly string[], indices: readonly number[] = []): number | null {
    const map = maps[indices.length];
    if (map === undefined) return 1;
    const size = this.#sizes.get(`${map} ${indices.join(" ")}`);
    if (size === undefined) return null;
    if (indices.length === maps.length - 1) return size;
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const below = this.#total(maps, [...indices, i]);
      if (below === null) return null;
      sum += below;
    }
    return sum;
  }
}

interface Counts {
  readonly skipped: boolean;
  readonly failed: boolean;
  readonly running: number;
  readonly stopped: number;
  readonly done: number;
  readonly cached: number;
  readonly total: number | null;
}

function stepState({ skipped, failed, running, stopped, done, cached, total }: Counts): StepState {
  if (failed) return "failed";
  if (skipped) return "skipped";
  if (stopped > 0) return "stopped";
  if (total !== null && done === total) return cached === total && total > 0 ? "cached" : "done";
  return running > 0 || done > 0 ? "running" : "waiting";
}

// What runs again says more than what is kept; of several reasons the first.
function reasonOf(tasks: readonly TaskState[], state: StepState): string {
  const told = state === "cached" ? tasks : tasks.filter((task) => task.state !== "cached");
  return told.find(({ reason }) => reason !== "")?.reason ?? "";
}

function caughtOf(caught: readonly TaskState[]): Pick<StepStatus, "caught"> {
  return caught.length === 0 ? {} : { caught: caught.length };
}

function taskRecord({ step, indices, state, startMs, endMs }: TaskState): TaskRecord {
  return { step, item: indices.at(-1) ?? null, state, startMs, endMs };
}
