import { host } from "../../host/index.ts";
import {
  GoneValueError,
  KeptValues,
  namedRun,
  type OnlyOptions,
  placesOf,
  type RanTask,
  StepTrial,
} from "../client/index.ts";
import { refuseUnknown } from "../define/index.ts";
import { FlowError, FlowStoppedError } from "../flow-error.ts";
import type { FlowRunRecord } from "../keep/index.ts";
import { type Evaluator, evaluator, type Known, knownOf, type StepCode, taskKey } from "../keys/index.ts";
import { didYouMean } from "../near-name.ts";
import {
  bindingText,
  type FlowPlace,
  leavesOf,
  type Place,
  type Plan,
  type StepPlan,
  shownValue,
} from "../plan/index.ts";
import {
  decodeValue,
  encodeValue,
  type PartBytes,
  putParts,
  type Value,
  type ValuePlace,
  valueOfText,
  valuePlace,
} from "../values/index.ts";
import {
  attempts,
  type CardPart,
  type Outcome,
  readEnvironmentAgain,
  type StepSink,
  seatFor,
  seedOf,
  TaskLog,
  type Try,
} from "./executors/index.ts";
import { stepFailure } from "./failure.ts";
import { bindingsOf } from "./inputs.ts";
import { environmentOf, type Task } from "./task.ts";

/** The flow whose step runs, as it is now. */
export interface OnlyFlow {
  readonly plan: Plan;
  readonly codes: ReadonlyMap<string, StepCode>;
  readonly place: FlowPlace;
  /** The tables and long arrays that the plan's values point to. */
  readonly given: PartBytes;
}

/** Runs one step as it is now on what it got in an earlier run, and keeps nothing of it. @throws {GoneValueError} @throws {FlowError} */
export async function runOnly(flow: OnlyFlow, id: string, options: OnlyOptions): Promise<StepTrial> {
  const { plan, codes, place } = flow;
  refuseUnknown(options, "only()", ["from", "item", "inputs"]);
  const found = plan.steps.find((one) => one.id === id);
  const code = codes.get(id);
  if (found === undefined || code === undefined) {
    const known = plan.steps.map((one) => one.id);
    const about = `flow "${plan.name}" has no step ${JSON.stringify(id)}.${didYouMean(id, known)}`;
    throw new RangeError(`${about} It has ${known.join(", ")}.`);
  }
  const record = runOf(options, flow);
  const values = new KeptValues(place, record);
  for (const parts of [flow.given, code.given]) putParts(parts, valuePlace(place.project, place.folder));
  const params = { ...plan.params, ...record.params };
  // The files as they are now: what the step reads is what is there.
  const known: Known = {
    ...knownOf(plan, params, place),
    result: (name, indices) => values.result(name, indices),
  };
  // One try, on this machine: who tries a step wants to see it fail.
  const step: StepPlan = {
    ...found,
    retry: { attempts: 1, waitMs: 0, backoff: 1 },
    run: found.run === "slurm" ? "auto" : found.run,
  };
  const trying: Trying = { ...flow, known, read: evaluator(known), code, step, run: record.id };
  readEnvironmentAgain();
  await readFiles(trying);
  const places = placesIn(trying, options);
  const given = await givenInputs(trying, options);
  return new StepTrial(plan, id, await Promise.all(places.map((at) => oneTask(trying, at, given))));
}

interface Trying extends OnlyFlow {
  readonly known: Known;
  readonly read: Evaluator;
  readonly code: StepCode;
  readonly step: StepPlan;
  readonly run: string;
}

function runOf(options: OnlyOptions | undefined, { plan, place }: OnlyFlow): FlowRunRecord {
  const from = options?.from;
  const id = typeof from === "string" ? from : from?.id;
  if (typeof id !== "string") throw new TypeError(`only() got no run; write only("fit", { from: run }), or its id`);
  const record = namedRun(place.project, id);
  if (record.flow === plan.name) return record;
  throw new RangeError(`Run ${record.id} is of flow "${record.flow}", not of "${plan.name}".`);
}

async function readFiles({ plan, step, known }: Trying): Promise<void> {
  const signal = host().stopSignal();
  const leaves = bindingsOf(step).flatMap((binding) => leavesOf(binding, plan));
  const paths = leaves.flatMap((leaf) => (leaf.from === "file" ? [leaf.path] : []));
  try {
    for (const path of paths) await known.readFile(path, signal);
  } catch (error) {
    throw signal.aborted ? new FlowStoppedError(plan.name) : error;
  }
}

function placesIn({ step, plan, read, run }: Trying, { item }: OnlyOptions): readonly Place[] {
  const all = placesOf(step, plan, read);
  if (all === null)
    throw new GoneValueError(`What ${step.id} goes through in run ${run}`, `resume("${run}") makes it again.`);
  if (item === undefined) return all;
  const wanted: unknown = typeof item === "number" ? [item] : item;
  if (!Array.isArray(wanted) || !wanted.every(Number.isInteger))
    throw new TypeError(`only() got item ${JSON.stringify(item)}; it takes an index, or one for each map: [0, 2]`);
  const found = all.filter(({ indices }) => indices.join(" ") === wanted.join(" "));
  if (found.length > 0) return found;
  throw new RangeError(`${step.id} has no item ${itemText(wanted)} in run ${run}; ${itemsText(all, wanted)}.`);
}

// As it is written: { item: 2 }, in nested maps { item: [0, 2] }.
function itemText(indices: readonly number[]): string {
  return indices.length === 1 ? String(indices[0]) : `[${indices.join(", ")}]`;
}

function itemsText(places: readonly Place[], wanted: readonly number[]): string {
  const [first, last] = [places[0], places.at(-1)].map((place) => place?.indices ?? []);
  if (first === undefined || last === undefined || places.length === 0) return "it has none";
  if (first.length === 0) return "it is in no map: leave item out";
  const [one, other] = [itemText(first), itemText(last)];
  const range = places.length === 1 ? `one, ${one}` : `${places.length}, from ${one} to ${other}`;
  const meant = places.find(({ indices }) => indices.at(-1) === wanted.at(-1))?.indices ?? first;
  return `it has ${range}${first.length === 1 ? "" : `: write { item: ${itemText(meant)} }`}`;
}

async function givenInputs(
  { step, place }: Trying,
  { inputs = {} }: OnlyOptions,
): Promise<Readonly<Record<string, Value>>> {
  const values = valuePlace(place.project, place.folder);
  const entries = Object.entries(inputs).map(async ([name, value]) => {
    if (Object.hasOwn(step.inputs, name)) return [name, valueOfText(await encodeValue(value, values, name))] as const;
    const names = Object.keys(step.inputs).join(", ") || "none";
    throw new TypeError(`${step.id} has no input ${JSON.stringify(name)} (inputs: ${names})`);
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function oneTask(trying: Trying, at: Place, given: Readonly<Record<string, Value>>): Promise<RanTask> {
  const { step, known, place } = trying;
  const task = taskOf(trying, at, given);
  const ran: Ran = { log: new TaskLog(), parts: [], values: valuePlace(place.project, place.folder) };
  const startMs = Date.now();
  const outcome = await tried(task, trying, ran);
  const endMs = Date.now();
  const text = step.command === null ? outcome.text : known.outs(outcome.text).text();
  const output = await decodeValue(text, ran.values);
  const parts = ran.parts.filter((part, i) => part.kind !== "progress" || i === lastProgress(ran.parts));
  return { indices: at.indices, output, log: ran.log.text(), parts, seed: task.seed, startMs, endMs };
}

function lastProgress(parts: readonly CardPart[]): number {
  return parts.findLastIndex(({ kind }) => kind === "progress");
}

function taskOf({ step, code, read, run }: Trying, place: Place, given: Readonly<Record<string, Value>>): Task {
  const own = Object.entries(step.inputs).filter(([name]) => !Object.hasOwn(given, name));
  const key = taskKey({ ...step, inputs: Object.fromEntries(own) }, { code: code.digest, place, read });
  if (key !== null) {
    const seed = seedOf({ step, place }, key);
    return { ...key, inputs: { ...key.inputs, ...given }, step, code, place, seed };
  }
  const [name = "", binding] = own.find(([, one]) => read.value(one, place) === null) ?? [];
  const what = binding === undefined ? name : `${name} (${bindingText(binding)})`;
  throw new GoneValueError(`Input ${what} of ${step.id} in run ${run}`, `resume("${run}") makes it again.`);
}

/** What a task leaves while it runs. */
interface Ran {
  readonly log: TaskLog;
  readonly parts: CardPart[];
  readonly values: ValuePlace;
}

async function tried(task: Task, trying: Trying, ran: Ran): Promise<Outcome> {
  const { plan, known, codes, read, run } = trying;
  const { step, code, inputs, place, seed, sources, key } = task;
  const signal = host().stopSignal();
  const context = { flow: plan.name, step: step.id, indices: place.indices, key, seed, attempt: 1 };
  const origin = { runId: run, isFresh: () => true, sources, sight: { known, codes, read } };
  const rest = { origin, env: environmentOf(step), folder: trying.place.folder, values: ran.values, signal };
  const prepare = (): Try => ({ step, code, inputs, context, ...rest, sink: sinkOf(ran) });
  try {
    const seat = await seatFor(task, { signal });
    return await attempts(task, seat, { signal, prepare, started: nothing, ended: nothing, halt: signal });
  } catch (error) {
    if (signal.aborted) throw new FlowStoppedError(plan.name);
    if (error instanceof FlowError) throw error;
    const shown = Object.entries(inputs).map(([name, value]) => [name, shownValue(value.text())] as const);
    const failed = { flow: plan.name, step: step.id, indices: place.indices, error, code };
    throw stepFailure({ ...failed, inputs: shown, lastLines: ran.log.lastLines(shownLines) });
  }
}

/** Lines of the log that its error shows. */
const shownLines = 5;

function nothing(): void {}

// A checkpoint of a trial is its own: the flow's stays as it is.
function sinkOf({ log, parts }: Ran): StepSink {
  let checkpoint: string | null = null;
  return {
    print(stream, text) {
      log.add(text);
      process[stream].write(text);
    },
    heard(_, text) {
      log.add(text);
      return false;
    },
    card: (part) => void parts.push(part),
    save: async (text) => {
      checkpoint = text;
    },
    load: async () => checkpoint,
  };
}
