/**
 * What a stage reads and writes: params.yaml, results of other stages, files. Paths are from the project's folder,
 * which is where DVC runs a stage.
 *
 * This file is copied into exported projects: it imports its neighbours, `yaml` and Node's own modules, nothing else.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { inspect } from "node:util";
import { parse } from "yaml";
import { type Beside, decode, encode } from "./codec.ts";
import { callStep, type Step, type StepFacts } from "./context.ts";
import { movable, plainPaths, readPath } from "./paths.ts";

export { done, inEnvironment, tries } from "./tries.ts";

/** The item that this run of a `foreach` stage is for: its key in params.yaml, given on the command line. */
export const key: string = process.argv[2] ?? "";

/** A param, or undefined where params.yaml has none of this name. */
export function param<T>(name: string): T {
  return params()[name] as T;
}

/** The keys of a param whose items are one stage each, in the order of params.yaml. */
export function keys(name: string): string[] {
  const items = params()[name];
  if (typeof items !== "object" || items === null || Array.isArray(items)) {
    throw new Error(`params.yaml: ${name} has to be a map of items by key, as "fit0: 0.3", "fit1: 0.4"`);
  }
  return Object.keys(items);
}

/** The items of such a param, in that order. */
export function items<T>(name: string): T[] {
  return keys(name).map((each) => item(name, each));
}

/** One item of such a param. */
export function item<T>(name: string, each: string = key): T {
  if (!keys(name).includes(each)) throw new Error(`params.yaml: ${name} has no item ${JSON.stringify(each)}`);
  return (params()[name] as Record<string, T>)[each] as T;
}

/** The result that another stage wrote. */
export function read<T>(path: string): T {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(`${path} is missing: the stage that writes it did not run (dvc repro runs it)`, { cause });
  }
  return decode(text, readPath(partsOf(path))) as T;
}

/** A value that stands in the flow itself, from its text; tables and long arrays of it are files of the project. */
export function given<T>(text: string): T {
  return decode(text, kept?.parts(".") ?? null) as T;
}

/**
 * What a step gets: copies, as in the notebook, so that no step changes what another one gets.
 *
 * @throws {TypeError} what a step of this stage gave is no data
 */
export async function inputs<T>(make: () => T): Promise<T> {
  return kept === null ? (decode(encode(make(), "inputs")) as T) : kept.inputs(make);
}

/** Keeps a result for the stages that need it. @throws {TypeError} it holds what can neither be text nor lie beside it */
export async function write(path: string, value: unknown): Promise<void> {
  return writeParts(path, movable(value));
}

/** Keeps what the flow gives. Paths in it are for people: from the project's folder. */
export async function writeOutput(path: string, value: unknown): Promise<void> {
  return writeParts(path, plainPaths(value));
}

async function writeParts(path: string, value: unknown): Promise<void> {
  const beside = partsOf(path);
  if (beside === null) return save(path, encode(value, "result", readPath(null)));
  rmSync(filesOf(path), { recursive: true, force: true });
  mkdirSync(filesOf(path), { recursive: true });
  const text = encode(value, "result", readPath(beside));
  save(path, (await beside.settled()) ? text : encode(value, "result", readPath(beside)));
  // DVC warns of a folder without files.
  save(`${filesOf(path)}/parts.json`, beside.list());
}

/** Parts beside a text. */
export interface Parts extends Beside {
  /** Keeps what takes a while. @returns false: the words of it are known only now */
  settled(): Promise<boolean>;
  /** JSON that says what lies there. */
  list(): string;
}

/** What keeps tables, models, long arrays and files beside the text of a result; without it they are refused. */
export interface PartKeeping {
  /** The parts that lie in a folder. */
  parts(folder: string): Parts;
  /** @see inputs */
  inputs<T>(make: () => T): Promise<T>;
  /** The text of an input as the notebook makes the seeds of items of it. */
  contentText(value: unknown, name: string): Promise<string>;
}

let kept: PartKeeping | null = null;

export function keepParts(keeping: PartKeeping): void {
  kept = keeping;
}

function partsOf(path: string): Parts | null {
  return kept?.parts(filesOf(path)) ?? null;
}

/** What a step gives for its inputs and its context. */
export async function call<I extends object, O>(run: Step<I, O>, given: I, facts: StepFacts): Promise<Awaited<O>> {
  return await callStep(run, given, { ...facts, textOf: kept?.contentText ?? encodedText, copyOf });
}

function copyOf(value: unknown): Promise<unknown> {
  return inputs(() => value);
}

async function encodedText(value: unknown, name: string): Promise<string> {
  return encode(value, name);
}

/** The folder beside a result's text. */
function filesOf(path: string): string {
  return path.replace(/\.json$/, ".files");
}

/** Keeps what a notebook shows last; where that is no plain data, the text of it. */
export function writeShown(path: string, value: unknown): void {
  let text: string;
  try {
    text = encode(value);
  } catch {
    text = encode(inspect(value, { depth: 6 }));
  }
  save(path, text);
}

function save(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${text}\n`);
}

/** The absolute path of a file of the project. */
export function file(path: string): string {
  return resolve(path);
}

/** What `run` gives for each item, in their order; at most `max` at a time. */
export async function each<T, R>(
  list: readonly T[],
  max: number,
  run: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const rest = list.entries();
  const worker = async (): Promise<void> => {
    for (const [index, one] of rest) results[index] = await run(one, index);
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(max, list.length)) }, worker));
  return results;
}

export interface ChoiceFacts {
  readonly choice: string;
  /** Of the branches. */
  readonly names: readonly string[];
  /** Whether there is a branch for all other values. */
  readonly otherwise: boolean;
}

/** Which branch a value takes: the one of its name, else "otherwise". */
export function branch(value: unknown, { choice, names, otherwise }: ChoiceFacts): string {
  const known = ["string", "number", "boolean"].includes(typeof value) && names.includes(String(value));
  if (known) return String(value);
  if (otherwise) return "otherwise";
  throw new TypeError(`f.when() on ${choice} has no branch for ${encode(value).slice(0, 60)} (${names.join(", ")})`);
}

export interface LoopFacts {
  readonly loop: string;
  readonly initial: unknown;
  /** Rounds at most. */
  readonly max: unknown;
  /** Whether each round says if it is the last. */
  readonly asks: boolean;
  /** What `max` rounds without a last one are. */
  readonly atMax: "error" | "last";
}

/** What a round gives: the next state, and whether it is the last. */
export interface RoundFacts {
  readonly $$next?: unknown;
  readonly $$until?: unknown;
}

/** What `run` gives for each round, in their order; each begins with what the one before made. */
export async function rounds<R extends RoundFacts>(
  { loop, initial, max, asks, atMax }: LoopFacts,
  run: (state: unknown, round: number) => Promise<R>,
): Promise<R[]> {
  if (!Number.isSafeInteger(max) || Number(max) < 1)
    throw new RangeError(`max of the loop ${loop} is ${encode(max).slice(0, 60)}; it takes a whole number from 1`);
  const made: R[] = [];
  for (let state = initial; made.length < Number(max); state = made.at(-1)?.$$next) {
    const round = await run(state, made.length);
    made.push(round);
    if (asks && typeof round.$$until !== "boolean")
      throw new TypeError(`until of the loop ${loop} is ${encode(round.$$until).slice(0, 60)}; it takes true or false`);
    if (round.$$until === true) return made;
  }
  if (asks && atMax === "error") throw new Error(`loop ${loop}: until was true in none of ${made.length} rounds`);
  return made;
}

let loaded: Record<string, unknown> | undefined;

function params(): Record<string, unknown> {
  loaded ??= (parse(readFileSync("params.yaml", "utf8")) ?? {}) as Record<string, unknown>;
  return loaded;
}
