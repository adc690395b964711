import { drawable } from "../../host/index.ts";
import type { Plan } from "../plan/index.ts";
import type { FlowStatus } from "../status/index.ts";
import { FlowCard } from "./flow-card.ts";

/** How one step is run by itself. */
export interface OnlyOptions {
  /** The run whose inputs it gets, or its id. */
  readonly from: string | { readonly id: string };
  /** The item of its map, or one index for each map that it is in; all items where absent. */
  readonly item?: number | readonly number[];
  /** Inputs to take in place of the run's, by name. */
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/** One task of a trial. */
export interface TrialTask {
  readonly indices: readonly number[];
  readonly output: unknown;
  readonly log: string;
  readonly card: FlowCard | null;
  readonly seed: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** A task of a trial before it knows its card. */
export type RanTask = Omit<TrialTask, "card"> & { readonly parts: FlowCard["parts"] };

/** One step that ran by itself; nothing of it is kept. Draws itself. */
export class StepTrial {
  readonly step: string;
  readonly tasks: readonly TrialTask[];
  readonly #plan: Plan;

  constructor(plan: Plan, step: string, ran: readonly RanTask[]) {
    this.#plan = plan;
    this.step = step;
    this.tasks = ran.map(({ parts, ...task }) => ({
      ...task,
      card: parts.length === 0 ? null : new FlowCard({ step, indices: task.indices, parts }, () => this.status),
    }));
  }

  /** What the step gave: outside maps and for one item the value itself, else the list of values, in the order of the items. */
  get output(): unknown {
    const [first] = this.tasks;
    const single = this.tasks.length === 1 && first !== undefined;
    return single ? first.output : this.tasks.map(({ output }) => output);
  }

  /** What all tasks printed. */
  get log(): string {
    return this.tasks.map(({ log }) => log).join("");
  }

  get cards(): readonly FlowCard[] {
    return this.tasks.flatMap(({ card }) => card ?? []);
  }

  /** As it is drawn: this step in its flow. */
  get status(): FlowStatus {
    const { tasks, step } = this;
    const steps = this.#plan.steps.map(({ id }) => {
      const here = id === step;
      const done = here ? tasks.length : 0;
      const reason = here ? "ran by itself; nothing of it is kept" : "";
      return {
        ...{ step: id, state: here ? ("done" as const) : ("waiting" as const), reason },
        ...{ done, cached: 0, total: here ? done : null, error: null },
      };
    });
    const ends = tasks.map(({ startMs, endMs }) => [startMs, endMs] as const);
    const startMs = ends.reduce<number | null>((least, [start]) => Math.min(least ?? start, start), null);
    const endMs = ends.reduce<number | null>((most, [, end]) => Math.max(most ?? end, end), null);
    const records = tasks.map(({ indices, ...task }) => ({
      ...{ step, item: indices.at(-1) ?? null, state: "done" as const },
      ...{ startMs: task.startMs, endMs: task.endMs },
    }));
    const about = { runId: null, error: null, notes: [], logs: [], cards: this.cards.slice(0, shownCards) };
    return { plan: this.#plan, state: "done", steps, tasks: records, startMs, endMs, ...about };
  }
}

const shownCards = 12;

drawable(StepTrial.prototype, "flow-trial");
