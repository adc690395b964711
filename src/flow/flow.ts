import { drawable } from "../host/index.ts";
import type { FlowBody, Output } from "./builder.ts";
import { type StepCode, stepCodes } from "./code.ts";
import { definePlan, type PlannedFlow } from "./define-plan.ts";
import type { Known } from "./evaluate.ts";
import { type FileDigest, fileDigest } from "./file-digest.ts";
import { runParams } from "./flow-params.ts";
import type { FlowRun } from "./flow-run.ts";
import { definedStatus } from "./flow-status.ts";
import { type FlowPlace, flowPlace } from "./place.ts";
import type { Plan } from "./plan.ts";
import { openResults, type Results } from "./results.ts";
import { runFlow } from "./run/index.ts";
import type { FlowStatus } from "./status.ts";

/** The long form of what `flow()` takes. */
export interface FlowOptions<P extends object> {
  readonly name: string;
  /** Names and defaults. */
  readonly params?: P;
  /** Tags of every run. */
  readonly tags?: Readonly<Record<string, string | number | boolean>>;
}

type Tags = Readonly<Record<string, string | number | boolean>>;

/** Steps and what they give each other; as the last expression of a cell it draws its graph. */
export class Flow<P extends object = object, T = unknown> {
  readonly name: string;
  /** The flow as one plain record. */
  readonly plan: Plan;
  readonly #planned: PlannedFlow;
  readonly #tags: Tags;
  readonly #place: FlowPlace;
  readonly #results: Results;

  constructor(planned: PlannedFlow, tags: Tags) {
    this.name = planned.plan.name;
    this.plan = planned.plan;
    this.#planned = planned;
    this.#tags = tags;
    this.#place = flowPlace();
    this.#results = openResults(this.#place.project);
    // Here, in the cell that defines the flow, is where a problem of its steps can be mended.
    this.#codes();
  }

  /**
   * Runs the steps whose code or inputs changed, the others are kept; resolves when all have ended and are on the disk.
   *
   * @param params changes to the defaults
   * @throws {FlowError} a step failed: its name, its item, its inputs, and what it threw as `cause`
   * @throws {FlowStoppedError} the stop button was pressed
   */
  async run(params: Partial<P> = {}): Promise<FlowRun<T>> {
    const all = runParams(this.plan, params);
    const known = { plan: this.plan, params: all, file: this.#files() };
    const { plan } = this;
    return runFlow<T>({
      plan,
      tags: this.#tags,
      params: all,
      codes: this.#codes(),
      known,
      results: this.#results,
      place: this.#place,
    });
  }

  /** Which steps are kept and which would run, and why; runs nothing. */
  status(params: Partial<P> = {}): FlowStatus {
    const known = { plan: this.plan, params: runParams(this.plan, params), file: this.#files() };
    return definedStatus({ plan: this.plan, codes: this.#codes(), known, results: this.#results, notes: [] });
  }

  // Captured anew each time: a helper may have been declared again since.
  #codes(): ReadonlyMap<string, StepCode> {
    return stepCodes(this.#planned, this.#place.folder);
  }

  // A file is read once a run: all steps see the same bytes in their keys.
  #files(): Known["file"] {
    const read = new Map<string, FileDigest>();
    return (path) => {
      const known = read.get(path) ?? fileDigest(path, this.#place);
      read.set(path, known);
      return known;
    };
  }
}

drawable(Flow.prototype, "flow");

/** The verb: wires plain functions to a flow. */
export interface FlowVerb {
  /**
   * A flow. The body runs once, with refs in place of values: the graph is known before anything runs.
   *
   * @param params names and defaults, plain JSON
   * @throws {FlowDefinitionError} all problems of the body and the steps at once
   */
  <P extends object, R>(name: string, params: P, body: FlowBody<P, R>): Flow<P, Output<R>>;
  <P extends object, R>(options: FlowOptions<P>, body: FlowBody<P, R>): Flow<P, Output<R>>;
}

function defineFlow<P extends object, R>(
  first: string | FlowOptions<P>,
  second: P | FlowBody<P, R>,
  third?: FlowBody<P, R>,
): Flow<P, Output<R>> {
  if (typeof first === "string") return new Flow(definePlan(first, second as P, third as FlowBody<P, R>), {});
  const { name, params, tags } = first;
  return new Flow(definePlan(name, params ?? ({} as P), second as FlowBody<P, R>), tags ?? {});
}

/** Wires steps: `flow("fit", { betas: [0.2, 0.3] }, (f, p) => f.map(p.betas, (beta) => f.step(fitOne, { beta })))`. */
export const flow: FlowVerb = defineFlow as FlowVerb;
