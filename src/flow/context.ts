/** Numbers that are the same for the same code, inputs and item: each call gives the next one. */
export interface StepRandom {
  /** From 0 until before 1. */
  (): number;
  /** A whole number from 0 until before `n`. */
  int(n: number): number;
  /** Of the normal distribution with mean 0 and deviation 1. */
  normal(): number;
}

/** Where a long step puts what it has so far; a retry or a next run goes on from there. */
export interface StepCheckpoint {
  /** On the disk when it resolves; takes the place of the one before. */
  save(value: unknown): Promise<void>;
  /** The last one of this step with the same code and inputs; undefined where there is none. */
  load(): Promise<unknown>;
}

/** What a step shows its reader: kept with the run, drawn under the cell and in the panel. */
export interface StepCard {
  markdown(text: string): void;
  /**
   * @param rows records; their fields are the columns, in the order in which they first appear
   * @param options `columns`: these fields only, in this order
   */
  table(rows: readonly object[], options?: { readonly title?: string; readonly columns?: readonly string[] }): void;
  /** @param spec of Vega-Lite 5, with its data */
  vega(spec: object): void;
  /** @param bytes of a PNG, JPEG or SVG file */
  image(bytes: Uint8Array, options?: { readonly title?: string }): void;
  /** @param total 100 where absent */
  progress(done: number, total?: number): void;
}

/** What a step gets besides its inputs, as its second argument. */
export interface StepContext {
  readonly random: StepRandom;
  /** Of `random`. */
  readonly seed: number;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Index in the innermost map, round of the innermost loop; null outside. */
  readonly item: number | null;
  /** Aborts when the flow is stopped or the time of the step is over. */
  readonly signal: AbortSignal;
  readonly checkpoint: StepCheckpoint;
  readonly card: StepCard;
  /** A line in the step's log. */
  log(...parts: readonly unknown[]): void;
}
