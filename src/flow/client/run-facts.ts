import { StemmaError } from "../../error.ts";
import { type FlowRunRecord, flowRun, visibleCards } from "../keep/index.ts";
import { didYouMean } from "../near-name.ts";
import type { FlowPlace, StepPlan } from "../plan/index.ts";
import type { FlowStatus } from "../status/index.ts";
import { cardPage } from "./card-page.ts";
import { type DefinedFlow, definedFlow } from "./defined.ts";
import { FlowCard } from "./flow-card.ts";
import { FlowStep } from "./flow-step.ts";
import { FlowTask } from "./flow-task.ts";
import { keptStatus } from "./kept-status.ts";
import { KeptValues } from "./kept-values.ts";
import { NoSuchRunError } from "./named-run.ts";
import { namespaceTag } from "./namespace.ts";
import { RunTags } from "./run-tags.ts";

/** What a run of a flow tells of itself, while it runs and after, also of one of another process. */
export abstract class RunFacts {
  readonly #place: FlowPlace;
  #values: { readonly values: KeptValues; readonly of: string } | null = null;

  constructor(place: FlowPlace) {
    this.#place = place;
  }

  /** Id of the parent run: `track.runs()` and the panel know it by that. */
  abstract get id(): string;

  /** Where each step stands. */
  abstract get status(): FlowStatus;

  /** The flow's name. */
  get flow(): string {
    return this.record.flow;
  }

  get params(): FlowRunRecord["params"] {
    return this.record.params;
  }

  /** "lost": it never ended, and the process that ran it is gone. */
  get state(): FlowRunRecord["state"] {
    return this.record.state;
  }

  get startMs(): number {
    return this.record.startMs;
  }

  /** Null while it runs. */
  get endMs(): number | null {
    return this.record.endMs;
  }

  get error(): FlowRunRecord["error"] {
    return this.record.error;
  }

  /** Id of the run that it went on with; null: it began by itself. */
  get origin(): string | null {
    return this.record.origin;
  }

  /** `user:anna`, or that of the deployment that ran it. */
  get namespace(): string | null {
    const name = this.tags.get(namespaceTag);
    return name === undefined ? null : String(name);
  }

  /** Words and values that people give it: `run.tags.add("best")`. */
  get tags(): RunTags {
    return new RunTags(this.#place.project, this.id);
  }

  /** The steps in the order of the plan. */
  get steps(): readonly FlowStep[] {
    const { values, status } = this;
    return values.plan.steps.map((step) => this.#step(step, values, () => status));
  }

  /** A step with its tasks. @throws {RangeError} the flow had no such step */
  step(id: string): FlowStep {
    const { values } = this;
    const step = values.plan.steps.find((one) => one.id === id);
    if (step !== undefined) return this.#step(step, values, () => this.status);
    const known = values.plan.steps.map((one) => one.id);
    const about = `Run ${this.id} of flow "${this.flow}" has no step ${JSON.stringify(id)}.${didYouMean(id, known)}`;
    throw new RangeError(`${about} It has ${known.join(", ") || "none"}.`);
  }

  #step(step: StepPlan, values: KeptValues, status: () => FlowStatus): FlowStep {
    const parts = { run: this.id, place: this.#place, step, values, status };
    const tasks = values.tasks(step.id).map((tries) => new FlowTask({ ...parts, tries }));
    return new FlowStep(step.id, { tasks, status, cards: () => this.#cards(status, step.id) });
  }

  #cards(status: () => FlowStatus, step?: string): readonly FlowCard[] {
    return visibleCards(this.#place.project, this.id, step).map((card) => new FlowCard(card, status));
  }

  /** What the steps showed; of results that were kept, what was shown when they were made. */
  get cards(): readonly FlowCard[] {
    return this.#cards(() => this.status);
  }

  /** All cards of the run as a page of its own. */
  html(): string {
    return cardPage(`${this.flow} ${this.id.slice(0, 8)}`, this.cards);
  }

  /** The record as it is kept now. @throws {NoSuchRunError} */
  protected get record(): FlowRunRecord {
    const record = flowRun(this.#place.project, this.id);
    if (record === null) throw new NoSuchRunError(this.id);
    return record;
  }

  /** What is kept of it, as of now. */
  protected get values(): KeptValues {
    const { record } = this;
    const of = `${record.id} ${record.state}`;
    // A run that is over changes no more.
    if (this.#values?.of !== of || record.state === "running") {
      this.#values = { values: new KeptValues(this.#place, record), of };
    }
    return this.#values.values;
  }

  protected get place(): FlowPlace {
    return this.#place;
  }

  protected keptStatus(): FlowStatus {
    return keptStatus(this.#place.project, this.record, this.values);
  }

  /** The flow of this name as this process defined it last. @throws {StemmaError} it did not */
  protected definition(): DefinedFlow {
    const defined = definedFlow(this.flow);
    if (defined !== null) return defined;
    throw new StemmaError(
      "FLOW_NOT_DEFINED",
      `flow "${this.flow}" is not defined in this process. Run the cell or load the file that defines it, then resume() again.`,
    );
  }
}
