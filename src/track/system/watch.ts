import { ValueError } from "../params.ts";
import type { RunWriter } from "../run-writer.ts";
import { gpuMetrics } from "./gpus.ts";
import { type Counters, machineMetrics, readCounters } from "./machine.ts";

export interface SystemMetricsOptions {
  /** Between two samples, at least 100; MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL (seconds) or 10,000 where absent. */
  readonly intervalMs?: number;
}

/** How often the system is sampled for a run; null for not at all. @throws {ValueError} */
export function systemInterval(wanted: boolean | SystemMetricsOptions | undefined): number | null {
  const environment = /^(true|1)$/i.test(process.env["MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING"] ?? "");
  if (wanted === false || (wanted === undefined && !environment)) return null;
  const seconds = Number.parseFloat(process.env["MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL"] ?? "");
  const usual = seconds > 0 ? seconds * 1_000 : 10_000;
  const interval = typeof wanted === "object" ? (wanted.intervalMs ?? usual) : usual;
  if (typeof interval === "number" && interval >= 100) return interval;
  throw new ValueError(`systemMetrics.intervalMs is ${String(interval)}; milliseconds, at least 100, are wanted.`);
}

/** The first sample of a long run comes early: a run of some seconds has one too. */
const firstMs = 1_000;

/**
 * Logs how the machine is used while a run is open, as metrics `system/…`: once soon after the start, then by interval, and
 * once more at the end. Its one timer keeps no process alive.
 *
 * @returns to be called before the run ends
 */
export function watchSystem(writer: RunWriter, intervalMs: number): () => void {
  const start = readCounters();
  const state = {
    before: start,
    gpus: {} as Readonly<Record<string, number>>,
    timer: undefined as NodeJS.Timeout | undefined,
  };
  const prefix = metricPrefix();
  const sample = (): void => {
    const now: Counters = readCounters();
    const metrics = { ...machineMetrics(now, { start, before: state.before }), ...state.gpus };
    state.before = now;
    writer.log(Object.fromEntries(Object.entries(metrics).map(([name, value]) => [prefix + name, value])));
  };
  const tick = async (): Promise<void> => {
    state.gpus = await gpuMetrics();
    if (writer.status !== "RUNNING" || state.timer === undefined) return;
    sample();
    again(intervalMs);
  };
  const again = (waitMs: number): void => {
    // What cannot be logged now (a full disk) is told to whoever logs or ends the run next.
    state.timer = setTimeout(() => void tick().catch(() => again(intervalMs)), waitMs).unref();
  };
  again(Math.min(firstMs, intervalMs));
  return () => {
    clearTimeout(state.timer);
    state.timer = undefined;
    sample();
  };
}

function metricPrefix(): string {
  const node = process.env["MLFLOW_SYSTEM_METRICS_NODE_ID"] ?? "";
  return node === "" ? "system/" : `system/${node}/`;
}
