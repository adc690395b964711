import { format, inspect } from "node:util";
import { cardColumns } from "../../card-columns.ts";
import type { StepCard, StepContext } from "../../context.ts";
import { decodeValue, encodeValue, type ValuePlace } from "../../values/index.ts";
import { seededRandom } from "./random.ts";

/** What a context is made of, as plain data: it goes with the inputs to wherever the step runs. */
export interface ContextFacts {
  readonly flow: string;
  readonly step: string;
  readonly indices: readonly number[];
  /** Cache key of the task. */
  readonly key: string;
  readonly seed: number;
  /** 1 for the first try. */
  readonly attempt: number;
}

/** One thing on a card. */
export type CardPart =
  | { readonly kind: "markdown"; readonly text: string }
  | {
      readonly kind: "table";
      readonly columns: readonly string[];
      readonly rows: readonly object[];
      readonly title: string | null;
    }
  | { readonly kind: "vega"; readonly spec: object }
  | { readonly kind: "image"; readonly base64: string; readonly title: string | null }
  | { readonly kind: "progress"; readonly done: number; readonly total: number };

/** Takes what a step gives besides its result. */
export interface StepSink {
  /** What the step prints: shown, and kept in its log. */
  print(stream: "stdout" | "stderr", text: string): void;
  /** What the step prints in this thread; true: it is shown by that, and does not have to go where it went. */
  heard(stream: "stdout" | "stderr", text: string): boolean;
  card(part: CardPart): void;
  /** Keeps the text of a checkpoint; on the disk when it resolves. */
  save(checkpoint: string): Promise<void>;
  /** The last checkpoint's text; null where there is none. */
  load(): Promise<string | null>;
}

/** What the context of one try is made of. */
export interface ContextParts {
  readonly facts: ContextFacts;
  readonly sink: StepSink;
  readonly signal: AbortSignal;
  readonly values: ValuePlace;
}

/** What a step gets as its second argument. */
export function stepContext({ facts, sink, signal, values }: ContextParts): StepContext {
  const { seed, attempt, indices } = facts;
  return Object.freeze({
    random: seededRandom(seed),
    seed,
    attempt,
    item: indices.at(-1) ?? null,
    signal,
    checkpoint: Object.freeze({
      save: async (value: unknown): Promise<void> => sink.save(await encodeValue(value, values, "checkpoint")),
      async load(): Promise<unknown> {
        const text = await sink.load();
        return text === null ? undefined : decodeValue(text, values);
      },
    }),
    card: stepCard(sink),
    log: (...parts: readonly unknown[]): void => sink.print("stdout", `${format(...parts)}\n`),
  });
}

function stepCard(sink: StepSink): StepCard {
  return Object.freeze({
    markdown(text: string): void {
      if (typeof text !== "string") throw new TypeError(`card.markdown() takes a text, and got ${got(text)}`);
      sink.card({ kind: "markdown", text });
    },
    table(rows: readonly object[], { title, columns }: TableOptions = {}): void {
      if (!Array.isArray(rows)) throw new TypeError(`card.table() takes a list of records, and got ${got(rows)}`);
      if (columns !== undefined && !(Array.isArray(columns) && columns.every((name) => typeof name === "string")))
        throw new TypeError(`card.table() takes columns as a list of names, and got ${got(columns)}`);
      const all = plain(rows, "rows");
      const table = columns === undefined ? { columns: cardColumns({ rows: all }), rows: all } : onlyOf(all, columns);
      sink.card({ kind: "table", ...table, title: title ?? null });
    },
    vega(spec: object): void {
      if (typeof spec !== "object" || spec === null || Array.isArray(spec))
        throw new TypeError(`card.vega() takes a specification of Vega or Vega-Lite as a record, and got ${got(spec)}`);
      sink.card({ kind: "vega", spec: plain(spec, "spec") });
    },
    image(bytes: Uint8Array, options: { readonly title?: string } = {}): void {
      if (!ArrayBuffer.isView(bytes))
        throw new TypeError(`card.image() takes the bytes of a PNG, JPEG or SVG file, and got ${got(bytes)}`);
      const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
      sink.card({ kind: "image", base64, title: options.title ?? null });
    },
    progress(done: number, total = 100): void {
      if (!Number.isFinite(done) || !Number.isFinite(total) || total <= 0)
        throw new TypeError(
          `card.progress() takes how much is done, and of how much above 0, as numbers, and got ${got(done)} of ${got(total)}`,
        );
      sink.card({ kind: "progress", done, total });
    },
  });
}

// In a line: what was given may be large.
function got(value: unknown): string {
  return inspect(value, { depth: 0, maxArrayLength: 3, maxStringLength: 60, breakLength: Number.POSITIVE_INFINITY });
}

type TablePart = Extract<CardPart, { readonly kind: "table" }>;

interface TableOptions {
  readonly title?: string;
  readonly columns?: readonly string[];
}

// What is not shown is not kept.
function onlyOf(rows: readonly object[], names: readonly string[]): Pick<TablePart, "columns" | "rows"> {
  const columns = [...new Set(names)];
  const fields = (row: object): object =>
    Object.fromEntries(
      columns.filter((name) => Object.hasOwn(row, name)).map((name) => [name, Reflect.get(row, name)]),
    );
  return { columns, rows: rows.map((row) => fields(Object(row))) };
}

// A card is read by browsers: what JSON cannot say is shown as text there.
function plain<T extends object>(value: T, name: string): T {
  const text: string | undefined = JSON.stringify(value, (_, part: unknown) =>
    typeof part === "bigint" || (typeof part === "number" && !Number.isFinite(part)) ? String(part) : part,
  );
  if (text === undefined) throw new TypeError(`card: ${name} is no plain data`);
  return JSON.parse(text) as T;
}
