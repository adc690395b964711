import { spawn } from "node:child_process";

const query = [
  "--query-gpu=index,memory.used,memory.total,utilization.gpu,power.draw,power.limit",
  "--format=csv,noheader,nounits",
];
const limitMs = 5_000;
const bytesPerMebibyte = 1024 * 1024;

let missing = false;

/** What NVIDIA's GPUs do now, by MLflow's names; none where `nvidia-smi` is not there or does not answer. */
export async function gpuMetrics(): Promise<Readonly<Record<string, number>>> {
  if (missing) return {};
  const text = await answer();
  missing = text === null;
  return text === null ? {} : parseGpus(text);
}

/** The lines of `nvidia-smi --query-gpu=index,memory.used,memory.total,…`; what a GPU cannot tell ("[N/A]") is left out. */
export function parseGpus(text: string): Readonly<Record<string, number>> {
  const metrics: Record<string, number> = {};
  for (const line of text.split("\n")) {
    const [
      index,
      used = Number.NaN,
      total = Number.NaN,
      utilization = Number.NaN,
      draw = Number.NaN,
      limit = Number.NaN,
    ] = line.split(",").map((field) => Number.parseFloat(field));
    if (index === undefined || Number.isNaN(index)) continue;
    const values = {
      memory_usage_megabytes: (used * bytesPerMebibyte) / 1e6,
      memory_usage_percentage: (used / total) * 100,
      utilization_percentage: utilization,
      power_usage_watts: draw,
      power_usage_percentage: (draw / limit) * 100,
    };
    for (const [name, value] of Object.entries(values))
      if (Number.isFinite(value)) metrics[`gpu_${index}_${name}`] = Math.round(value * 10) / 10;
  }
  return metrics;
}

function answer(): Promise<string | null> {
  const child = spawn("nvidia-smi", query, { stdio: ["ignore", "pipe", "ignore"], timeout: limitMs });
  child.unref();
  return new Promise((resolve) => {
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    child.once("error", () => resolve(null));
    child.once("close", (code) => resolve(code === 0 ? text : null));
  });
}
