import { drawable } from "../host/index.ts";
import type { Json } from "../track/index.ts";
import type { FlowBody, Output } from "./builder.ts";
import { noteDefined, type OnlyOptions, type ResumeOptions, type StepTrial } from "./client/index.ts";
import { noteDefinition, refuseUnknown } from "./define/index.ts";
import { definePlan, type PlannedFlow } from "./define-plan.ts";
import {
  collectRuns,
  type FlowGcOptions,
  type FlowRunList,
  type FlowRunQuery,
  type FlowVerbs,
  flowVerbs,
  runList,
} from "./flow-client.ts";
import { runParams } from "./flow-params.ts";
import type { FlowRun } from "./flow-run.ts";
import { type CollectedRuns, type Resumption, resumption } from "./keep/index.ts";
import { changeNotes, codeNotes, knownOf, openResults, type Results, type StepCode, stepCodes } from "./keys/index.ts";
import { type FlowPlace, flowPlace, type Plan } from "./plan/index.ts";
import { runFlow, runOnly } from "./run/index.ts";
import { missingNotes, type SliceOptions, sliceOf } from "./slice.ts";
import { definedStatus, type FlowStatus, flowWatch, type WatchedFlow } from "./status/index.ts";

/** The long form of what `flow()` takes. */
export interface FlowOptions<P extends object> {
  readonly name: string;
  /** Names and defaults. */
  readonly params?: P;
  /** Tags of every run. */
  readonly tags?: Readonly<Record<string, string | number | boolean>>;
  /** When it runs once it is deployed: "hourly", "daily", "weekly", or five fields of cron. */
  readonly schedule?: string;
  /** The project that its runs belong to, where several people deploy it. */
  readonly project?: string;
  /** Of `ctx.random` in all steps that have none of their own, a whole number. */
  readonly seed?: number;
}

/** How a flow is run: all of it where no part is asked for. */
export interface FlowRunOptions extends SliceOptions {
  /** Whether the use of processor, memory, disk and GPUs is logged as metrics `system/…`, in the run and in each of its steps. */
  readonly systemMetrics?: boolean;
}

/** Steps and what they give each other; as the last expression of a cell it draws its graph. */
export class Flow<P extends object = object, T = unknown> {
  readonly name: string;
  /** The flow as one plain record. */
  readonly plan: Plan;
  readonly #planned: PlannedFlow;
  readonly #place: FlowPlace;
  readonly #results: Results;
  /** The steps' code as it was when the flow was defined. */
  readonly #defined: ReadonlyMap<string, StepCode>;

  constructor(planned: PlannedFlow) {
    this.name = planned.plan.name;
    this.plan = planned.plan;
    this.#planned = planned;
    this.#place = flowPlace();
    this.#results = openResults(this.#place.project);
    // Here, in the cell that defines the flow, is where a problem of its steps can be mended.
    this.#defined = this.#codes();
    // Who watches shows them with the run.
    if (flowWatch() === null) for (const note of codeNotes(this.#defined)) warnOnce(`flow "${this.name}": ${note}`);
  }

  /**
   * Runs the steps whose code or inputs changed, the others are kept; resolves when all have ended and are on the disk.
   *
   * @param params changes to the defaults
   * @param options a part of the steps, as Kedro's slices: `{ from: ["fit"] }`
   * @throws {FlowError} a step failed: its name, its item, its inputs, and what it threw as `cause`
   * @throws {FlowStoppedError} the stop button was pressed
   */
  async run(params: Partial<P> = {}, options: FlowRunOptions = {}): Promise<FlowRun<T>> {
    return this.#start(runParams(this.plan, params), options, null);
  }

  /**
   * Goes on with an earlier run: the same params; what that run finished is taken from it, the rest runs.
   *
   * @param id of the run
   * @throws {ResumeError} no such run, one that still runs, no such step
   */
  async resume(id: string, options: ResumeOptions = {}): Promise<FlowRun<T>> {
    refuseUnknown(options, "resume()", ["from"]);
    const { from } = options;
    if (from !== undefined && typeof from !== "string")
      throw new TypeError(`resume() got from ${JSON.stringify(from)}; it takes one name: { from: "fit" }`);
    const resumes = resumption(this.#place.project, this.plan, { id, from: from ?? null });
    return this.#start(runParams(this.plan, resumes.params), {}, resumes);
  }

  async #start(
    params: Readonly<Record<string, Json>>,
    options: FlowRunOptions,
    resumes: Resumption | null,
  ): Promise<FlowRun<T>> {
    const slice = sliceOf(this.plan, options);
    const plan = slice?.plan ?? this.plan;
    const codes = partOfCodes(this.#codes(), plan);
    const changes = changeNotes(this.#defined, codes);
    if (flowWatch() === null) for (const note of changes) console.warn(`flow "${this.name}": ${note}`);
    return runFlow<T>({
      plan,
      tags: plan.tags,
      params,
      codes,
      given: this.#planned.given,
      notes: [...codeNotes(codes), ...changes],
      known: knownOf(plan, params, this.#place),
      results: this.#results,
      place: this.#place,
      resumes,
      outside: slice?.outside ?? new Set(),
      whole: slice?.whole ?? true,
      systemMetrics: options.systemMetrics === true,
    });
  }

  /**
   * One step as it is now, on what it got in an earlier run: nothing else runs, and nothing of it is kept.
   *
   * @param step id of the step; in a map all of its items where none is named
   * @throws {RangeError} no such step or item @throws {GoneValueError} an input is not kept any more @throws {FlowError} it failed
   */
  only(step: string, options: OnlyOptions): Promise<StepTrial> {
    const codes = this.#codes();
    const { given } = this.#planned;
    return runOnly({ plan: this.plan, codes, place: this.#place, given }, step, options);
  }

  /** The runs of this flow, the newest first. */
  runs(query: Omit<FlowRunQuery, "flow"> = {}): FlowRunList<T> {
    return runList<T>(this.#place, { ...query, flow: this.name });
  }

  /** Takes away old runs of this flow, and what then nobody points to. @throws {RangeError} it is not said what may go */
  gc(options: Omit<FlowGcOptions, "flow">): CollectedRuns {
    return collectRuns(this.#place.project, { ...options, flow: this.name });
  }

  /**
   * Which steps are kept and which would run, and why; runs nothing. Draws itself.
   *
   * @param part of the flow, as `run()` takes it
   */
  status(params: Partial<P> = {}, part: SliceOptions = {}): FlowStatus {
    const slice = sliceOf(this.plan, part);
    const plan = slice?.plan ?? this.plan;
    const known = knownOf(plan, runParams(this.plan, params), this.#place);
    const codes = partOfCodes(this.#codes(), plan);
    const notes = [...codeNotes(codes), ...changeNotes(this.#defined, codes)];
    const status = definedStatus({ plan, codes, known, results: this.#results, notes });
    return drawn({ ...status, notes: [...notes, ...missingNotes(status, slice)] });
  }

  // Captured anew each time: a helper may have been declared again since.
  #codes(): ReadonlyMap<string, StepCode> {
    return stepCodes(this.#planned, this.#place.folder);
  }
}

function partOfCodes(codes: ReadonlyMap<string, StepCode>, { steps }: Plan): ReadonlyMap<string, StepCode> {
  const ids = new Set(steps.map(({ id }) => id));
  return new Map([...codes].filter(([id]) => ids.has(id)));
}

const warned = new Set<string>();

// A cell that is run again, or a flow that is defined in a loop, says it once.
function warnOnce(text: string): void {
  if (warned.has(text)) return;
  warned.add(text);
  console.warn(text);
}

function drawn(status: FlowStatus): FlowStatus {
  drawable(status, "flow-status");
  return status;
}

drawable(Flow.prototype, "flow");

/** The verb: wires plain functions to a flow. */
export interface FlowVerb extends FlowVerbs {
  /**
   * A flow. The body runs once, with refs in place of values: the graph is known before anything runs.
   *
   * @param params names and defaults, plain JSON
   * @throws {FlowDefinitionError} all problems of the body and the steps at once
   */
  <P extends object, R>(name: string, params: P, body: FlowBody<P, R>): Flow<P, Output<R>>;
  <P extends object, R>(options: FlowOptions<P>, body: FlowBody<P, R>): Flow<P, Output<R>>;
  /** A flow without params. */
  <R>(name: string, body: FlowBody<object, R>): Flow<object, Output<R>>;
}

function defineFlow<P extends object, R>(
  first: string | FlowOptions<P>,
  second: P | FlowBody<P, R>,
  third?: FlowBody<P, R>,
): Flow<P, Output<R>> {
  const params = typeof second === "function" ? ({} as P) : second;
  const head = typeof first === "string" ? { name: first, params } : withParams(first);
  const body = (third ?? second) as FlowBody<P, R>;
  const planned = definePlan(head, body);
  const made = new Flow<P, Output<R>>(planned);
  const { name } = planned.plan;
  noteDefinition(made, { name, params: planned.plan.params, body: body as FlowBody<never, unknown> });
  noteDefined(name, made);
  flowWatch()?.defined(made as WatchedFlow);
  return made;
}

function withParams<P extends object>(options: FlowOptions<P>): FlowOptions<P> & { readonly params: P } {
  return { ...options, params: options.params ?? ({} as P) };
}

/** Wires steps: `flow("fit", { betas: [0.2, 0.3] }, (f, p) => f.map(p.betas, (beta) => f.step(fitOne, { beta })))`. */
export const flow: FlowVerb = Object.assign(defineFlow, flowVerbs) as FlowVerb;
