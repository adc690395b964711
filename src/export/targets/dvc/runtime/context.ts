/**
 * What a step gets as its second argument, as in the notebook: the same draws for the same seed. Cards are not drawn, and
 * checkpoints are kept for the next try of the same run only.
 *
 * This file is copied into exported projects: it imports its neighbours and Node's own modules, nothing else.
 */
import { createHash } from "node:crypto";
import { itemSeed, seededRandom } from "./random.ts";

/** What the flow says of a step, and where this run of it stands in the maps. */
export interface StepFacts {
  /** Of the step; absent: it has none. */
  readonly seed?: number;
  /** Indices in its maps, outermost first; absent: it is in none. */
  readonly indices?: readonly number[];
  /** Names of the inputs that tell items apart. */
  readonly seeded?: readonly string[];
  /** The input that would make the seed by where a file lies, which is elsewhere in the notebook; absent: none does. */
  readonly byPath?: string;
  /** Whether each item draws differently, also with the same inputs. */
  readonly always?: boolean;
  /** Its id, where it may be tried again: its checkpoints are kept by that. */
  readonly step?: string;
  /** 1 for the first try. */
  readonly attempt?: number;
  /** Tells of the end of its time. */
  readonly signal?: AbortSignal;
}

/** The function of a step. */
export type Step<I, O> = (inputs: I, context: object) => O;

interface Called extends StepFacts {
  /** The text of an input, of which the seed of an item is made. */
  readonly textOf: (value: unknown, name: string) => Promise<string>;
  readonly copyOf: (value: unknown) => Promise<unknown>;
}

/** Calls a step with its inputs and its context. */
export async function callStep<I extends object, O>(run: Step<I, O>, inputs: I, facts: Called): Promise<Awaited<O>> {
  const none = facts.seed === undefined || facts.byPath !== undefined;
  const seed = none ? null : await seedOf(facts.seed ?? 0, inputs, facts);
  return await run(inputs, contextOf({ ...facts, seed }));
}

async function seedOf(
  seed: number,
  inputs: object,
  { indices = [], seeded = [], always = false, textOf }: Called,
): Promise<number> {
  if (indices.length === 0) return seed;
  const texts: [string, string][] = [];
  for (const name of seeded) texts.push([name, await textOf(Reflect.get(inputs, name), name)]);
  return itemSeed(seed, { texts, indices: always ? indices : [] }, sha256);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

interface ContextFacts extends Omit<Called, "seed"> {
  readonly seed: number | null;
}

/** Checkpoints of this process, by the step and where it stands. */
const saved = new Map<string, unknown>();

const never: AbortSignal = new AbortController().signal;

function contextOf(facts: ContextFacts): object {
  const { seed, byPath, step = "", indices = [], attempt = 1, signal = never, copyOf } = facts;
  const at = [step, ...indices].join(" ");
  const quiet = (): void => {};
  const drawn = (): number => {
    if (seed !== null) return seed;
    if (byPath === undefined)
      throw new Error("the step draws by ctx.random and has no seed: give the flow or the step one in the notebook");
    throw new Error(
      `the step draws by ctx.random for each item, and its input ${byPath} is where a file lies: draw in a step that does not get the path`,
    );
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
      save: async (value: unknown): Promise<void> => void saved.set(at, await copyOf(value)),
      load: async (): Promise<unknown> => (saved.has(at) ? copyOf(saved.get(at)) : undefined),
    },
    card: { markdown: quiet, table: quiet, vega: quiet, image: quiet, progress: quiet },
    log: (...parts: readonly unknown[]): void => console.log(...parts),
  };
}
