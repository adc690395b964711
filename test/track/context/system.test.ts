import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { track } from "../../../src/track/index.ts";
import { parseGpus } from "../../../src/track/system/gpus.ts";
import { machineMetrics, parseNetwork } from "../../../src/track/system/machine.ts";
import { systemInterval } from "../../../src/track/system/watch.ts";

const before = process.cwd();
beforeEach(() => process.chdir(mkdtempSync(join(tmpdir(), "stemma system "))));
afterEach(() => {
  process.chdir(before);
  for (const name of ["LOGGING", "SAMPLING_INTERVAL", "NODE_ID"]) {
    delete process.env[`MLFLOW_${name === "LOGGING" ? "ENABLE_" : ""}SYSTEM_METRICS_${name}`];
  }
});

const always = [
  "system/cpu_utilization_percentage",
  "system/disk_available_megabytes",
  "system/disk_usage_megabytes",
  "system/disk_usage_percentage",
  "system/network_receive_megabytes",
  "system/network_transmit_megabytes",
  "system/system_memory_usage_megabytes",
  "system/system_memory_usage_percentage",
];

describe("system metrics", () => {
  it("have MLflow's names, a sample while the run is open and one at its end", async () => {
    const run = await track({ experiment: "a", systemMetrics: { intervalMs: 100 } }, async (open) => {
      await expect.poll(() => open.record().metrics["system/cpu_utilization_percentage"]?.step).toBe(1);
    });
    const histories = run.histories();
    expect(Object.keys(histories).filter((name) => !name.includes("gpu_"))).toEqual(
      process.platform === "linux" ? always : expect.anything(),
    );
    const [memory] = histories["system/system_memory_usage_percentage"] ?? [];
    expect(memory?.value).toBeGreaterThan(0);
    expect(memory?.value).toBeLessThan(100);
    expect(histories["system/disk_usage_percentage"]?.length).toBeGreaterThan(2);
  });

  it("are off unless they are asked for, here or by MLflow's setting", async () => {
    expect(Object.keys((await track("a", () => {})).record().metrics)).toEqual([]);
    process.env["MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING"] = "true";
    process.env["MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL"] = "2.5";
    process.env["MLFLOW_SYSTEM_METRICS_NODE_ID"] = "node_0";
    expect(systemInterval(undefined)).toBe(2_500);
    expect(systemInterval(false)).toBeNull();
    const { metrics } = (await track("a", () => {})).record();
    expect(Object.keys(metrics)).toContain("system/node_0/disk_usage_megabytes");
  });

  it("refuse an interval that is none before a run is made", async () => {
    const wrong = track({ experiment: "a", systemMetrics: { intervalMs: 5 } }, () => {});
    await expect(wrong).rejects.toThrow("systemMetrics.intervalMs is 5; milliseconds, at least 100");
    expect(track.runs()).toHaveLength(0);
  });

  it("keep no process alive", () => {
    const library = new URL("../../../src/track/index.ts", import.meta.url).href;
    const script = `const { track } = await import(${JSON.stringify(library)}); await track({ experiment: "a", systemMetrics: true }); console.log("done");`;
    expect(execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" })).toBe("done\n");
  });
});

it("the processor's use is that since the last sample, the network's that since the start", () => {
  const start = { busyMs: 0, idleMs: 0, received: 1_000_000, sent: 0 };
  const last = { busyMs: 500, idleMs: 500, received: 2_000_000, sent: 0 };
  const now = { busyMs: 600, idleMs: 800, received: 3_500_000, sent: 250_000 };
  expect(machineMetrics(now, { start, before: last })).toMatchObject({
    cpu_utilization_percentage: 25,
    network_receive_megabytes: 2.5,
    network_transmit_megabytes: 0.25,
  });
});

it("reads /proc/net/dev", () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
  eth0:1234567    9999    0    0    0     0          0         0  7654321    8888    0    0    0     0       0          0
`;
  expect(parseNetwork(text)).toEqual({ received: 1_234_667, sent: 7_654_421 });
});

it("reads what nvidia-smi prints, a GPU that tells no power included", () => {
  const text = "0, 1024, 24576, 37, 71.25, 350.00\n1, 3, 15360, 0, [N/A], [N/A]\n";
  expect(parseGpus(text)).toEqual({
    gpu_0_memory_usage_megabytes: 1073.7,
    gpu_0_memory_usage_percentage: 4.2,
    gpu_0_utilization_percentage: 37,
    gpu_0_power_usage_watts: 71.3,
    gpu_0_power_usage_percentage: 20.4,
    gpu_1_memory_usage_megabytes: 3.1,
    gpu_1_memory_usage_percentage: 0,
    gpu_1_utilization_percentage: 0,
  });
});
