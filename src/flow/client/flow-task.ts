import type { ErrorFacts } from "../../error.ts";
import { StemmaError } from "../../error.ts";
import { drawable } from "../../host/index.ts";
import { type KeptAttempt, visibleCards } from "../keep/index.ts";
import type { FlowPlace, StepPlan } from "../plan/index.ts";
import type { FlowStatus } from "../status/index.ts";
import { decodeValue, type Value, valuePlace } from "../values/index.ts";
import { FlowCard } from "./flow-card.ts";
import type { KeptTries, KeptValues } from "./kept-values.ts";
import { madeBy } from "./made-by.ts";

/** What a task is read from. */
export interface TaskParts {
  readonly run: string;
  readonly place: FlowPlace;
  readonly step: StepPlan;
  readonly values: KeptValues;
  readonly tries: KeptTries;
  readonly status: () => FlowStatus;
}

/** What a task gave or got is not kept any more. */
export class GoneValueError extends StemmaError {
  constructor(what: string, way: string) {
    super("GONE_VALUE", `${what} is not kept any more. ${way}`);
  }
}

/** One step of one run, for one item: what went in, what came out, and how; draws itself. */
export class FlowTask {
  readonly step: string;
  /** Indices in its maps and loops; empty outside. */
  readonly indices: readonly number[];
  readonly state: KeptAttempt["state"];
  /** Why it ran, or since when its result is kept. */
  readonly reason: string;
  /** By which its result is kept: the same for the same code and inputs. */
  readonly key: string;
  /** Of its `ctx.random`. */
  readonly seed: number | null;
  /** All tries, each with its log; the last one has the result. */
  readonly attempts: readonly KeptAttempt[];
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly error: ErrorFacts | null;
  readonly #parts: TaskParts;

  constructor(parts: TaskParts) {
    const { last, all } = parts.tries;
    this.step = last.step;
    this.indices = last.indices;
    this.state = last.state;
    this.reason = last.reason;
    this.key = last.key;
    this.seed = last.seed;
    this.attempts = all;
    this.startMs = all[0]?.startMs ?? null;
    this.endMs = last.endMs;
    this.error = last.error;
    this.#parts = parts;
  }

  /** Index in the innermost map or loop; null outside. */
  get item(): number | null {
    return this.indices.at(-1) ?? null;
  }

  /** Whether its result was there already. */
  get cached(): boolean {
    return this.state === "cached";
  }

  /** What it got, by name; read when it is asked for. @throws {GoneValueError} */
  get input(): Promise<Readonly<Record<string, unknown>>> {
    return this.#input();
  }

  /** What it gave; read when it is asked for. @throws {GoneValueError} it gave nothing, or that was taken away */
  get output(): Promise<unknown> {
    return this.#output();
  }

  /** What its last try printed; of a result that was kept, what was printed when it was made. */
  get log(): string {
    const { last } = this.#parts.tries;
    const { project } = this.#parts.place;
    const own = last.log();
    return own !== "" || !this.cached ? own : (madeBy(project, this)?.log() ?? "");
  }

  /** What it showed; of a result that was kept, what was shown when it was made. Null where it showed nothing. */
  get card(): FlowCard | null {
    const { run, place, status } = this.#parts;
    const card = visibleCards(place.project, run, this.step).find(({ indices }) => isSame(indices, this.indices));
    return card === undefined ? null : new FlowCard(card, status);
  }

  async #output(): Promise<unknown> {
    const { values, run } = this.#parts;
    const value = values.result(this.step, this.indices);
    if (value !== null) return this.#decoded(value);
    if (this.error !== null || this.state === "running" || this.state === "stopped")
      throw new GoneValueError(`The result of ${this.#name}`, `It gave none: its state is ${this.state}.`);
    throw new GoneValueError(`The result of ${this.#name} of run ${run}`, `resume("${run}") makes it again.`);
  }

  async #input(): Promise<Readonly<Record<string, unknown>>> {
    const { values, step, run } = this.#parts;
    const place = { maps: step.maps, indices: this.indices };
    const names = Object.keys(step.inputs);
    const found = Object.values(step.inputs).map((binding) => values.read.value(binding, place));
    const decoded = await Promise.all(
      found.map((value, at) => {
        if (value !== null) return this.#decoded(value);
        throw new GoneValueError(`Input ${names[at]} of ${this.#name}`, `resume("${run}") makes it again.`);
      }),
    );
    return Object.fromEntries(names.map((name, at) => [name, decoded[at]]));
  }

  #decoded(value: Value): Promise<unknown> {
    const { project, folder } = this.#parts.place;
    return decodeValue(value.text(), valuePlace(project, folder));
  }

  get #name(): string {
    return this.indices.length === 0 ? this.step : `${this.step}[${this.indices.join("][")}]`;
  }
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((index, at) => index === b[at]);
}

drawable(FlowTask.prototype, "flow-task");
