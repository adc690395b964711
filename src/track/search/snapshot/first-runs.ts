import type { SqlValue } from "../../../store/index.ts";
import type { Order } from "../condition.ts";
import type { Columns, NumberColumn } from "./columns.ts";
import { columnName } from "./layout.ts";
import { columnOf } from "./passing.ts";

/** Compares two runs by their places; less than 0 where `a` stands first. */
type Compare = (a: number, b: number) => number;

/** One thing to sort by, as the database sorts by it. */
interface Key {
  readonly compare: Compare;
  /** How a run stands to the values of another one, as its page token has them. */
  readonly against: (run: number) => number;
}

/** The order of runs, as `orderTerms` tells it to the database; `after` is the values of the last run of a page. */
export interface RunOrder {
  readonly orders: readonly Order[];
  readonly after: readonly SqlValue[] | null;
}

/** The places of the first `limit` runs, in any order, of those that are `found` and stand behind `after`. */
export function firstRuns(
  columns: Columns,
  found: Uint8Array,
  { orders, after, limit }: RunOrder & { readonly limit: number },
): readonly number[] {
  const keys = keysOf(columns, { orders, after });
  const compare = first(keys.map((key) => key.compare));
  const heap = new Heap(limit, compare);
  for (let run = 0; run < found.length; run++) {
    if (found[run] === 1 && (after === null || isBehind(keys, run))) heap.offer(run);
  }
  return heap.runs;
}

function isBehind(keys: readonly Key[], run: number): boolean {
  for (const { against } of keys) {
    const order = against(run);
    if (order !== 0) return order > 0;
  }
  return false;
}

function first(compares: readonly Compare[]): Compare {
  return (a, b) => {
    for (const compare of compares) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function keysOf(columns: Columns, { orders, after }: RunOrder): readonly Key[] {
  const chosen = orders.map((order, i) => keyOf(columns, order, after?.slice(2 * i, 2 * i + 2) ?? []));
  const rest = after?.slice(2 * orders.length) ?? [];
  const oldestFirst = orders.some(({ key, descending }) => key === "start_time" && !descending);
  const number = (key: string): NumberColumn => {
    const column = columns.column(columnName("run", key));
    if (column?.kind !== "number") throw new RangeError(`a snapshot of runs has no ${key}`);
    return column;
  };
  return [
    ...chosen,
    numberKey(number("start_time").values, -1, Number(rest[0])),
    numberKey(number("id").values, oldestFirst ? 1 : -1, Number(rest[1])),
  ];
}

function numberKey(values: Float64Array, sign: 1 | -1, after: number): Key {
  return {
    compare: (a, b) => sign * ((values[a] ?? 0) - (values[b] ?? 0)),
    against: (run) => sign * ((values[run] ?? 0) - after),
  };
}

/** Numbers and texts first, then NaN, then what is missing, whichever the direction. */
function keyOf(columns: Columns, order: Order, after: readonly SqlValue[]): Key {
  const column = columnOf(columns, order);
  const sign = order.descending ? -1 : 1;
  const [afterRank = 0, afterValue = null] = after;
  if (column === null)
    return { compare: () => 0, against: () => (order.entity === "metric" ? 2 : 1) - Number(afterRank) };
  const isText = column.kind === "text";
  const values: ArrayLike<number> = isText ? column.codes : column.values;
  // An attribute that is missing has rank 1 in the database, a metric 2.
  const missing = order.entity === "metric" ? 2 : 1;
  const rank = isText
    ? (run: number): number => (column.codes[run] === 0 ? 1 : 0)
    : (run: number): number => Math.min(column.ranks[run] ?? 0, missing);
  const last = isText && typeof afterValue === "string" ? column.texts.placeOf(afterValue) + 1 : Number(afterValue);
  return {
    compare: (a, b) => {
      const rankOfA = rank(a);
      return rankOfA - rank(b) || (rankOfA === 0 ? sign * inOrder(values[a] ?? 0, values[b] ?? 0) : 0);
    },
    against: (run) => {
      const rankOfRun = rank(run);
      return rankOfRun - Number(afterRank) || (rankOfRun === 0 ? sign * inOrder(values[run] ?? 0, last) : 0);
    },
  };
}

// Infinities among them: their difference would be NaN.
function inOrder(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Keeps the first `limit` of what it is offered: the last of them on top, so that most offers are one comparison. */
class Heap {
  readonly runs: number[] = [];
  readonly #limit: number;
  readonly #compare: Compare;

  constructor(limit: number, compare: Compare) {
    this.#limit = limit;
    this.#compare = compare;
  }

  offer(run: number): void {
    if (this.runs.length < this.#limit) {
      this.runs.push(run);
      this.#rise(this.runs.length - 1);
    } else if (this.#compare(run, this.runs[0] ?? 0) < 0) {
      this.runs[0] = run;
      this.#sink(0);
    }
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#isBehind(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let last = at;
      if (left < this.runs.length && this.#isBehind(left, last)) last = left;
      if (right < this.runs.length && this.#isBehind(right, last)) last = right;
      if (last === at) return;
      this.#swap(at, last);
      at = last;
    }
  }

  #isBehind(a: number, b: number): boolean {
    return this.#compare(this.runs[a] ?? 0, this.runs[b] ?? 0) > 0;
  }

  #swap(a: number, b: number): void {
    const kept = this.runs[a] ?? 0;
    this.runs[a] = this.runs[b] ?? 0;
    this.runs[b] = kept;
  }
}
