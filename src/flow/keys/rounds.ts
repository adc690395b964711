import { otherwiseName } from "../define/index.ts";
import { decode } from "../encoding/index.ts";
import { type Binding, bindingText, find, type LoopPlan, type Place, type Plan, type WhenPlan } from "../plan/index.ts";
import type { Value } from "../values/index.ts";

/** How far a loop is. */
export interface Rounds {
  /** Rounds whose next state is known. */
  readonly count: number;
  /** The last of them is the loop's end. */
  readonly ended: boolean;
}

/** Reads the states of loops, each once. */
export class LoopReader {
  readonly #plan: Plan;
  readonly #read: (binding: Binding, place: Place) => Value | null;
  readonly #rounds = new Map<string, Rounds>();
  readonly #states = new Map<string, Value[]>();

  constructor(plan: Plan, read: (binding: Binding, place: Place) => Value | null) {
    this.#plan = plan;
    this.#read = read;
  }

  rounds(id: string, indices: readonly number[]): Rounds {
    const loop = find(this.#plan.loops, id);
    const key = `${id} ${indices.join(" ")}`;
    let seen = this.#rounds.get(key) ?? { count: 0, ended: false };
    const most = seen.ended ? null : this.#most(loop, indices);
    if (most === null) return seen;
    while (!seen.ended && seen.count < most && this.state(id, [...indices, seen.count + 1]) !== null) {
      const last = this.#isLast(loop, [...indices, seen.count]);
      if (last === null) break;
      seen = { count: seen.count + 1, ended: last };
    }
    // Without a question there are as many rounds as there may be; with one the last state is taken, or it is an error.
    if (seen.count === most && (loop.until === null || loop.atMax === "last")) seen = { ...seen, ended: true };
    this.#rounds.set(key, seen);
    return seen;
  }

  /** The state at the beginning of a round, which is what the rounds before made; null where that is not known. */
  state(id: string, indices: readonly number[]): Value | null {
    const loop = find(this.#plan.loops, id);
    const outer = indices.slice(0, -1);
    const round = indices.at(-1) ?? 0;
    const key = `${id} ${outer.join(" ")}`;
    const known = this.#states.get(key) ?? [];
    this.#states.set(key, known);
    // One after the other: a far round that asked for the one before would nest as deep as there are rounds.
    while (known.length <= round) {
      const at = known.length;
      const value =
        at === 0
          ? this.#read(loop.initial, { maps: loop.maps, indices: outer })
          : this.#read(loop.next, { maps: [...loop.maps, id], indices: [...outer, at - 1] });
      if (value === null) return null;
      known.push(value);
    }
    return known[round] ?? null;
  }

  /** What the loop gives; null while it has not ended. */
  last(id: string, indices: readonly number[]): Value | null {
    const { count, ended } = this.rounds(id, indices);
    return ended ? this.state(id, [...indices, count]) : null;
  }

  #most(loop: LoopPlan, indices: readonly number[]): number | null {
    const value = this.#read(loop.max, { maps: loop.maps, indices });
    if (value === null) return null;
    const most = wholeNumber(value, `max of the loop ${loop.id}`);
    if (most >= 1) return most;
    throw new RangeError(`max of the loop ${loop.id} is ${most}; it takes a whole number from 1`);
  }

  #isLast(loop: LoopPlan, indices: readonly number[]): boolean | null {
    if (loop.until === null) return false;
    const text = this.#read(loop.until, { maps: [...loop.maps, loop.id], indices })?.text();
    if (text === undefined) return null;
    if (text === "true" || text === "false") return text === "true";
    throw new TypeError(`until of the loop ${loop.id} is ${text.slice(0, 60)}; it takes true or false`);
  }
}

/** The branch for a value. @throws {TypeError} there is none */
export function branchFor(when: WhenPlan, value: Value): string {
  const text = value.text();
  const found: unknown = text.length > 1000 ? null : decode(text);
  const name = ["string", "number", "boolean"].includes(typeof found) ? String(found) : null;
  if (name !== null && Object.hasOwn(when.branches, name)) return name;
  if (when.otherwise !== null) return otherwiseName;
  const names = Object.keys(when.branches).join(", ");
  throw new TypeError(
    `${bindingText(when.on)} is ${text.slice(0, 60)}, for which f.when() on ${when.id} has no branch (branches: ${names}). Add one, or give { otherwise: () => … }.`,
  );
}

/** The numbers of a range. @throws {RangeError} */
export function rangeOf(given: Readonly<Record<"start" | "end" | "step", Value>>): readonly number[] {
  const start = wholeNumber(given.start, "the start of f.range()");
  const step = wholeNumber(given.step, "the step of f.range()");
  if (step === 0) throw new RangeError("the step of f.range() is 0; it takes any other whole number");
  const length = Math.max(0, Math.ceil((wholeNumber(given.end, "the end of f.range()") - start) / step));
  return Array.from({ length }, (_, i) => start + i * step);
}

function wholeNumber(value: Value, name: string): number {
  const number = Number(value.text());
  if (Number.isSafeInteger(number)) return number;
  throw new RangeError(`${name} is ${value.text().slice(0, 60)}; it takes a whole number`);
}
