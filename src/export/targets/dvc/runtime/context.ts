/**
 * What a step gets as its second argument, as in the notebook: the same draws for the same seed. Cards are not drawn, and
 * checkpoints are kept for the next try of the same run only.
 *
 * This file is copied into exported projects: it imports its neighbours and Node's own modules, nothing else.
 */
import { createHash } from "node:crypto";
import { encode } from "./codec.ts";
import { itemSeed, seededRandom } from "./random.ts";

/** What the flow says of a step, and where this run of it stands in the maps. */
export interface StepFacts {
  /** Of the step; absent: it has none. */
  readonly seed?: number;
  /** Indices in its maps, outermost first; absent: it is in none. */
  readonly indices?: readonly number[];
  /** Names of the inputs that tell items apart. */
  readonly seeded?: readonly string[];
  /** Whether each item draws differently, also with the same inputs. */
  readonly always?: boolean;
  /** 1 for the first try. */
  readonly attempt?: number;
  /** Tells of the end of its time. */
  readonly signal?: AbortSignal;
}

type Step<I, O> = (inputs: I, context: object) => O;

/** Calls a step with its inputs and its context. */
export function call<I extends object, O>(run: Step<I, O>, inputs: I, facts: StepFacts): O {
  const seed = facts.seed === undefined ? null : seedOf(facts.seed, inputs, facts);
  return run(inputs, contextOf(run, { ...facts, seed }));
}

function seedOf(seed: number, inputs: object, { indices = [], seeded = [], always = false }: StepFacts): number {
  if (indices.length === 0) return seed;
  const texts = seeded.map((name): [string, string] => [name, textOf(name, Reflect.get(inputs, name))]);
  return itemSeed(seed, { texts, indices: always ? indices : [] }, sha256);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** From this length on the notebook keeps an array as a file of its own, and makes the seed of that. */
const longBytes = 4096;

function textOf(name: string, value: unknown): string {
  const write = (part: object): null => {
    if (!ArrayBuffer.isView(part) || part.byteLength < longBytes) return null;
    throw new Error(
      `the input ${name} holds an array of ${part.byteLength} bytes: the numbers of ctx.random would not be those of the notebook`,
    );
  };
  return encode(value, name, { write, read: () => undefined });
}

interface ContextFacts {
  readonly seed: number | null;
  readonly indices?: readonly number[];
  readonly attempt?: number;
  readonly signal?: AbortSignal;
}

/** Checkpoints of this process, by the step. */
const saved = new Map<object, Map<string, unknown>>();

const never: AbortSignal = new AbortController().signal;

function contextOf(run: object, { seed, indices = [], attempt = 1, signal = never }: ContextFacts): object {
  const own = saved.get(run) ?? new Map<string, unknown>();
  saved.set(run, own);
  const at = indices.join(" ");
  const quiet = (): void => {};
  const drawn = (): number => {
    if (seed !== null) return seed;
    throw new Error("the step draws by ctx.random and has no seed: give the flow or the step one in the notebook");
  };
  const random = seed === null ? null : seededRandom(seed);
  return {
    get seed(): number {
      return drawn();
    },
    get random(): unknown {
      return random ?? drawn();
    },
    attempt,
    item: indices.at(-1) ?? null,
    signal,
    checkpoint: {
      save: async (value: unknown): Promise<void> => void own.set(at, structuredClone(value)),
      load: async (): Promise<unknown> => structuredClone(own.get(at)),
    },
    card: { markdown: quiet, table: quiet, vega: quiet, image: quiet, progress: quiet },
    log: (...parts: readonly unknown[]): void => console.log(...parts),
  };
}
