import type { Plan } from "../plan/index.ts";
import type { FlowStatus } from "./status.ts";

/**
 * Under this name on `globalThis` (`Symbol.for`) stands who wants to hear of flows. The command line's copy of the library
 * may be another than the one that a file imports; the process is theirs both.
 */
export const flowWatchKey = "stemma.flow.watch";

/** Which part of a flow runs, and what is logged of it; as `flow.run()` takes it. */
export interface WatchedRunOptions {
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly tags?: readonly string[];
  readonly systemMetrics?: boolean;
}

/** A flow as a watcher sees it. */
export interface WatchedFlow {
  readonly name: string;
  readonly plan: Plan;
  run(params: object, options?: WatchedRunOptions): Promise<WatchedRun>;
  resume(id: string, options: { readonly from?: string }): Promise<WatchedRun>;
  status(params: object, part?: Omit<WatchedRunOptions, "systemMetrics">): FlowStatus;
}

/** A run as a watcher sees it. */
export interface WatchedRun {
  readonly output: unknown;
  readonly status: FlowStatus;
}

/** Where something is printed. */
export type PrintStream = "stdout" | "stderr";

/** A task as a watcher hears of it. */
export interface WatchedTask {
  readonly step: string;
  /** Indices in its maps and loops; empty outside. */
  readonly indices: readonly number[];
}

/** Shows one run. */
export interface RunView {
  changed(): void;
  end(): void;
  /** Shows what a task prints; absent: that goes to stdout and stderr as it is. */
  printed?(task: WatchedTask, stream: PrintStream, text: string): void;
  /** A try of a task is over: what it printed has its end there. */
  silent?(task: WatchedTask): void;
}

/** Who shows flows in another way than under cells. */
export interface FlowWatch {
  /** A flow was defined. */
  defined(flow: WatchedFlow): void;
  /** A run begins; what is given hears of each change, and of its end. */
  begun(run: WatchedRun): RunView;
}

/** Who watches the flows of this process; null where nobody does. */
export function flowWatch(): FlowWatch | null {
  return (Reflect.get(globalThis, Symbol.for(flowWatchKey)) as FlowWatch | undefined) ?? null;
}

/** Watches the flows of this process from now on. */
export function watchFlows(watch: FlowWatch): void {
  Reflect.set(globalThis, Symbol.for(flowWatchKey), watch);
}
