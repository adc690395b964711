import { drawable } from "../../host/index.ts";
import type { FlowStatus, StepState } from "../status/index.ts";
import type { FlowCard } from "./flow-card.ts";
import type { FlowTask } from "./flow-task.ts";

interface StepParts {
  readonly tasks: readonly FlowTask[];
  readonly status: () => FlowStatus;
  /** Of all its tasks, read at once. */
  readonly cards: () => readonly FlowCard[];
}

/** One step of a run with its tasks: one for each item, in the order of the items; draws itself. */
export class FlowStep {
  readonly id: string;
  readonly state: StepState;
  /** Why it ran, or is kept. */
  readonly reason: string;
  readonly tasks: readonly FlowTask[];
  readonly #status: () => FlowStatus;
  readonly #cards: () => readonly FlowCard[];

  constructor(id: string, { tasks, status, cards }: StepParts) {
    const step = status().steps.find((one) => one.step === id);
    this.id = id;
    this.state = step?.state ?? "waiting";
    this.reason = step?.reason ?? "";
    this.tasks = tasks;
    this.#status = status;
    this.#cards = cards;
  }

  /** The only task of a step outside maps, the first one of others; undefined where none began. */
  get task(): FlowTask | undefined {
    return this.tasks[0];
  }

  /** The task of an item. */
  item(...indices: readonly number[]): FlowTask | undefined {
    return this.tasks.find((task) => task.indices.join(" ") === indices.join(" "));
  }

  /** What {@link task} gave. */
  get output(): Promise<unknown> {
    return this.task === undefined ? Promise.resolve(undefined) : this.task.output;
  }

  /** What all tasks printed, one after the other. */
  get log(): string {
    return this.tasks.map(({ log }) => log).join("");
  }

  /** What {@link task} showed. */
  get card(): FlowCard | null {
    return this.task?.card ?? null;
  }

  /** What the tasks showed. */
  get cards(): readonly FlowCard[] {
    return this.#cards();
  }

  /** The run as it is drawn with this step's cards. */
  status(): FlowStatus {
    return { ...this.#status(), cards: this.cards.slice(0, shownCards) };
  }
}

const shownCards = 12;

drawable(FlowStep.prototype, "flow-step");
