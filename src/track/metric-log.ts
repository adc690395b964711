import { randomBytes } from "node:crypto";
import type { Project } from "../store/index.ts";
import { checkName } from "./names.ts";
import { ValueError } from "./params.ts";
import { expectFlush, foldInBackground, registerWriter, TailWriter, tailFolder } from "./series/index.ts";

export interface MetricOptions {
  /** A whole number. Absent: one after the last step of that metric in this run, from 0. */
  readonly step?: number;
  /** Unix time in ms, or a Date; now where absent. */
  readonly time?: number | Date;
}

/** Hears of a point that was logged; must be quick. */
export type PointTap = (name: string, value: number, when: { readonly step: number; readonly timeMs: number }) => void;

export interface MetricLogOptions {
  readonly run: string;
  readonly eachCall: boolean;
  readonly tap: PointTap | null;
  /** The step that comes next, for metrics that the run has already. */
  readonly nextSteps: ReadonlyMap<string, number>;
}

/** One metric of a run, and the step that comes next. */
interface Metric {
  readonly name: string;
  next: number;
}

/** Takes the metrics that a run logs: checks them, counts steps, and hands them to the run's tail. */
export class MetricLog {
  readonly #writer: TailWriter;
  readonly #unregister: () => void;
  readonly #tap: PointTap | null;
  readonly #metrics = new Map<string, Metric>();
  // One record for all calls, and the metric of the last one: log() is called a million times in a row.
  readonly #when = { step: 0, timeMs: 0, nowMs: 0 };
  #last: Metric = { name: "", next: 0 };

  constructor(project: Project, options: MetricLogOptions) {
    this.#tap = options.tap;
    for (const [name, next] of options.nextSteps) this.#metrics.set(name, { name, next });
    this.#writer = new TailWriter({
      folder: tailFolder(project.stemmaFolder),
      run: options.run,
      writer: randomBytes(4).toString("hex"),
      eachCall: options.eachCall,
      // What fails there is not lost: the segment stays, and whoever reads next folds it and gets the error.
      onFull: (segment) => void foldInBackground(project, [segment]).catch(() => {}),
    });
    this.#unregister = registerWriter(this.#writer);
  }

  /** All of `metrics` or, when one is no number, none. @throws {ValueError} @throws {NameError} */
  log(metrics: object, options: MetricOptions | undefined): void {
    const values = metrics as Readonly<Record<string, unknown>>;
    for (const key in values) {
      if (typeof values[key] !== "number") throw noNumber(key, values[key]);
      if (key !== this.#last.name) this.#metricOf(key);
    }
    const step = options?.step;
    if (step !== undefined && !Number.isSafeInteger(step))
      throw new ValueError(`step is ${shown(step)}; a whole number is wanted.`);
    const when = this.#when;
    when.nowMs = Date.now();
    when.timeMs = options?.time === undefined ? when.nowMs : timeOf(options.time);
    for (const key in values) {
      const metric = key === this.#last.name ? this.#last : this.#metricOf(key);
      // + 0 makes a step of -0 a 0.
      when.step = (step ?? metric.next) + 0;
      this.#writer.add(key, values[key] as number, when);
      metric.next = when.step + 1;
      this.#tap?.(key, values[key] as number, when);
    }
    if (this.#writer.isDirty) expectFlush();
  }

  /** Brings everything to the file and closes it. */
  close(): void {
    this.#writer.close();
    this.#unregister();
  }

  #metricOf(name: string): Metric {
    const known = this.#metrics.get(name);
    if (known === undefined) checkName("metric", name);
    const metric = known ?? { name, next: 0 };
    this.#metrics.set(name, metric);
    this.#last = metric;
    return metric;
  }
}

function noNumber(name: string, value: unknown): ValueError {
  return new ValueError(
    `metrics.${name} is ${shown(value)}; metrics are numbers. A text goes into run.tag() or run.param().`,
  );
}

function timeOf(time: number | Date): number {
  const timeMs = Math.trunc(Number(time));
  if (!Number.isSafeInteger(timeMs))
    throw new ValueError(`time is ${shown(time)}; milliseconds since 1970 or a Date are wanted.`);
  return timeMs;
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "object" && value !== null ? `a ${value.constructor?.name ?? "object"}` : String(value);
}
