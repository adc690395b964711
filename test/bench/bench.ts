/** The frame of all benchmarks: ours and a peer alternate in one run, the median pair counts. */

/** One line of the table. `ratio` = ours / peer; smaller is better unless `goal` begins with ">=". */
export interface Row {
  readonly bench: string;
  readonly case: string;
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  readonly unit: string;
  readonly ratio: number;
  /** "<= 2.5" or ">= 1.8"; null where the figure is only shown. */
  readonly goal: string | null;
  /** Null without a goal. */
  readonly met: boolean | null;
  /** Of a row that is not met: why, and what would meet it. */
  readonly note?: string;
}

export interface Bench {
  /** What `npm run bench -- NAME` selects; the file's name. */
  readonly name: string;
  /** Rows as they are measured, so that a long benchmark shows that it lives. */
  rows(): AsyncIterable<Row>;
}

/** What one side of a pair measured, in the unit of its row. */
export type Measure = () => number | Promise<number>;

export interface Pair {
  readonly ours: number;
  readonly peer: number;
}

/**
 * Measures both sides in turn, after one warm-up of each, and gives the pair with the median ratio.
 *
 * @param times pairs to measure, odd, 5 where a pair takes under 12 s
 */
export async function pairs(ours: Measure, peer: Measure, times = 5): Promise<Pair> {
  await ours();
  await peer();
  const measured: Pair[] = [];
  for (let i = 0; i < times; i++) measured.push({ ours: await ours(), peer: await peer() });
  return median(measured);
}

/** The pair in the middle by ratio. */
export function median(measured: readonly Pair[]): Pair {
  const sorted = measured.toSorted((a, b) => a.ours / a.peer - b.ours / b.peer);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new RangeError("median() of no pairs; measure at least one");
  return middle;
}

export interface RowHead {
  readonly bench: string;
  readonly case: string;
  readonly peerName: string;
  readonly unit: string;
  readonly goal: string | null;
  /** Why the goal may be missed, and what would meet it; left out of a row that meets it. */
  readonly note?: string;
}

/** A row from its head and its median pair. */
export function row(head: RowHead, pair: Pair): Row {
  const ratio = pair.ours / pair.peer;
  const { note, ...rest } = head;
  const met = head.goal === null ? null : meets(ratio, head.goal);
  return { ...rest, ...pair, ratio, met, ...(met === false && note !== undefined ? { note } : {}) };
}

function meets(ratio: number, goal: string): boolean {
  const match = /^(<=|>=) (\d+(?:\.\d+)?)$/.exec(goal);
  if (match === null) throw new RangeError(`goal is "${goal}"; write it as "<= 2.5" or ">= 1.8"`);
  const limit = Number(match[2]);
  return match[1] === "<=" ? ratio <= limit : ratio >= limit;
}

/** Milliseconds that `work` takes. */
export async function milliseconds(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
