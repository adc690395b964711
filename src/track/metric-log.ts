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

export interface MetricLogOptions {
  readonly run: string;
  readonly eachCall: boolean;
  /** The step that comes next, for metrics that the run has already. */
  readonly nextSteps: ReadonlyMap<string, number>;
}

/** Takes the metrics that a run logs: checks them, counts steps, and hands them to the run's tail. */
export class MetricLog {
  readonly #writer: TailWriter;
  readonly #unregister: () => void;
  /** The step that comes next, for each metric that was logged. */
  readonly #next: Map<string, number>;

  constructor(project: Project, options: MetricLogOptions) {
    this.#next = new Map(options.nextSteps);
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
    const now = Date.now();
    const values = metrics as Readonly<Record<string, unknown>>;
    for (const key in values) this.#check(key, values[key]);
    const timeMs = options?.time === undefined ? now : timeOf(options.time);
    const step = options?.step;
    if (step !== undefined && !Number.isSafeInteger(step))
      throw new ValueError(`step is ${shown(step)}; a whole number is wanted.`);
    for (const key in values) {
      const at = step ?? this.#next.get(key) ?? 0;
      this.#next.set(key, at + 1);
      // + 0 makes a step of -0 a 0.
      this.#writer.add(key, { value: values[key] as number, step: at + 0, timeMs }, now);
    }
    if (this.#writer.isDirty) expectFlush();
  }

  /** Brings everything to the file and closes it. */
  close(): void {
    this.#writer.close();
    this.#unregister();
  }

  #check(key: string, value: unknown): void {
    if (typeof value !== "number")
      throw new ValueError(
        `metrics.${key} is ${shown(value)}; metrics are numbers. A text goes into run.tag() or run.param().`,
      );
    // A name that was logged before was looked at then.
    if (!this.#next.has(key)) checkName("metric", key);
  }
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
