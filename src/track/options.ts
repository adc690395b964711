import type { DvcLiveOptions } from "./dvclive/index.ts";
import { ValueError } from "./params.ts";
import type { Run } from "./run.ts";
import type { SystemMetricsOptions } from "./system/index.ts";

/** The long form of what `track()` takes. */
export interface TrackOptions {
  /** MLFLOW_EXPERIMENT_NAME, or the name of MLFLOW_EXPERIMENT_ID, where absent. */
  readonly experiment?: string;
  /** The id of a run to go on with: it is RUNNING again, keeps what it has, and counts steps on. */
  readonly run?: string;
  /** The run's name; "wise-otter" or the like where absent. */
  readonly name?: string;
  /** Any plain JSON; nested records as `model.lr`. */
  readonly params?: object;
  readonly tags?: Readonly<Record<string, string | number | boolean>>;
  /** The run that this one is nested in, or its id; the run whose body calls where absent. */
  readonly parent?: Run | string;
  /** "call": each `log()` has reached the file when it returns. */
  readonly sync?: "call";
  /**
   * Whether the use of processor, memory, disk, network and NVIDIA's GPUs is logged while the run is open, as metrics `system/…`;
   * MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING says so where absent.
   */
  readonly systemMetrics?: boolean | SystemMetricsOptions;
  /**
   * Whether the run is also written as DVCLive writes it when it ends, for `dvc exp show` and DVC's VS Code extension, and saved as an
   * experiment of DVC's; true is the folder `dvclive`.
   */
  readonly dvclive?: boolean | DvcLiveOptions;
}

/** What runs as the run. */
export type RunBody<T> = (run: Run) => T | Promise<T>;

/** One call of `track()`, whatever its form. */
export interface TrackCall<T> {
  readonly options: TrackOptions;
  readonly body: RunBody<T> | null;
}

/** `track(experiment, params?, body?)`, `track(experiment, body)` or `track(options, body?)` as one. @throws {ValueError} */
export function readCall<T>(first: string | TrackOptions, second?: unknown, third?: unknown): TrackCall<T> {
  if (typeof first === "string") {
    const paramsOrBody = second ?? {};
    const isBody = typeof paramsOrBody === "function";
    return {
      options: { experiment: first, params: isBody ? {} : record(paramsOrBody, `track("${first}", params)`) },
      body: bodyOf(isBody ? paramsOrBody : third),
    };
  }
  const options = record(first, "track(options)") as unknown as TrackOptions;
  const experiment = options.experiment ?? process.env["MLFLOW_EXPERIMENT_NAME"] ?? process.env["MLFLOW_EXPERIMENT_ID"];
  if (typeof experiment !== "string" && options.run === undefined)
    throw new ValueError(`track() got no experiment; write track("seir", …) or track({ experiment: "seir" }, …).`);
  return { options, body: bodyOf(second) };
}

function record(value: unknown, what: string): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new ValueError(
    `${what} wants a record such as { beta: 0.3 }; it got ${Array.isArray(value) ? "a list" : typeof value}.`,
  );
}

function bodyOf<T>(value: unknown): RunBody<T> | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "function")
    throw new ValueError(`The body of track() is a ${typeof value}; pass a function (run) => …`);
  return value as RunBody<T>;
}
