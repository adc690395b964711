import { readFileSync, statfsSync } from "node:fs";
import { cpus, freemem, totalmem } from "node:os";
import { parse } from "node:path";

/** What the system has counted since it started; a use is the difference of two. */
export interface Counters {
  readonly busyMs: number;
  readonly idleMs: number;
  /** Of all network interfaces; null where the system has no list of them that we read. */
  readonly received: number | null;
  readonly sent: number | null;
}

export function readCounters(): Counters {
  let busyMs = 0;
  let idleMs = 0;
  for (const { times } of cpus()) {
    idleMs += times.idle;
    busyMs += times.user + times.nice + times.sys + times.irq;
  }
  return { busyMs, idleMs, ...readNetwork() };
}

/**
 * How the machine is used, by MLflow's names: mlflow/system_metrics/metrics. Megabytes are 10^6 bytes.
 *
 * @param start when the run began: what the network carried counts from there
 * @param before the last sample: the processor's use is the mean since then
 */
export function machineMetrics(
  now: Counters,
  { start, before }: { readonly start: Counters; readonly before: Counters },
): Readonly<Record<string, number>> {
  const busy = now.busyMs - before.busyMs;
  const all = busy + now.idleMs - before.idleMs;
  const memory = totalmem() - freemem();
  return {
    ...(all > 0 ? { cpu_utilization_percentage: rounded((busy / all) * 100) } : {}),
    system_memory_usage_megabytes: rounded(memory / 1e6),
    system_memory_usage_percentage: rounded((memory / totalmem()) * 100),
    ...diskMetrics(),
    ...difference("network_receive_megabytes", start.received, now.received),
    ...difference("network_transmit_megabytes", start.sent, now.sent),
  };
}

/** The disk of the root folder, as psutil counts it: what only root may fill counts as neither used nor free. */
function diskMetrics(): Readonly<Record<string, number>> {
  const { bsize, blocks, bfree, bavail } = statfsSync(parse(process.cwd()).root);
  const used = (blocks - bfree) * bsize;
  const free = bavail * bsize;
  return {
    disk_usage_percentage: rounded((used / Math.max(1, used + free)) * 100),
    disk_usage_megabytes: rounded(used / 1e6),
    disk_available_megabytes: rounded(free / 1e6),
  };
}

function difference(name: string, before: number | null, now: number | null): Readonly<Record<string, number>> {
  return before === null || now === null ? {} : { [name]: (now - before) / 1e6 };
}

function readNetwork(): { readonly received: number | null; readonly sent: number | null } {
  const text = process.platform === "linux" ? networkText() : null;
  return text === null ? { received: null, sent: null } : parseNetwork(text);
}

function networkText(): string | null {
  try {
    return readFileSync("/proc/net/dev", "latin1");
  } catch {
    // Some sandboxes show no /proc.
    return null;
  }
}

/** The sums of `/proc/net/dev`. @see proc_net_dev(5) */
export function parseNetwork(text: string): { readonly received: number; readonly sent: number } {
  let received = 0;
  let sent = 0;
  for (const line of text.split("\n").slice(2)) {
    const [, counters] = line.split(":");
    const numbers = counters?.trim().split(/\s+/).map(Number) ?? [];
    received += numbers[0] ?? 0;
    sent += numbers[8] ?? 0;
  }
  return { received, sent };
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
