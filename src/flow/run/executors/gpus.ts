import { execFile } from "node:child_process";
import { StemmaError } from "../../../error.ts";

/** The GPUs that steps may have, and who said so. */
export interface Gpus {
  /** As CUDA_VISIBLE_DEVICES names them: "0", "GPU-8f3c…", "MIG-1b2d…". */
  readonly names: readonly string[];
  /** For a message: "nvidia-smi -L", "CUDA_VISIBLE_DEVICES=0,1". */
  readonly source: string;
  /** What a task needs to see besides CUDA_VISIBLE_DEVICES, for these names to be the right ones. */
  readonly env: Readonly<Record<string, string>>;
}

/** A step asks for more GPUs than there are: no turn of its would ever come. */
export class GpuError extends StemmaError {
  constructor(step: string, wanted: number, { names, source }: Gpus) {
    const asks = `${step} asks for ${wanted} ${wanted === 1 ? "GPU" : "GPUs"}, and there ${names.length === 1 ? "is 1" : `are ${names.length || "none"}`} here (${source}).`;
    super(
      "NO_GPU",
      `${asks} Ask for fewer: { resources: { gpu: ${names.length} } }, run it on a cluster: { run: "slurm" }, or name the GPUs of this machine: STEMMA_GPUS=0,1.`,
    );
  }
}

/**
 * The GPUs of this machine: those that STEMMA_GPUS names, else CUDA_VISIBLE_DEVICES, else what `nvidia-smi -L` lists.
 * The variables are read each time, as a cell may set them; nvidia-smi is asked once.
 */
export async function gpusHere(env: NodeJS.ProcessEnv = process.env): Promise<Gpus> {
  for (const name of ["STEMMA_GPUS", "CUDA_VISIBLE_DEVICES"]) {
    const said = env[name];
    if (said !== undefined) return { names: named(said), source: `${name}=${said}`, env: {} };
  }
  const path = env["PATH"] ?? "";
  const known = listed.get(path) ?? list();
  listed.set(path, known);
  return known;
}

const listed = new Map<string, Promise<Gpus>>();

// CUDA stops at the first name that is none: "-1", and what schedulers write where there is no GPU.
function named(list: string): readonly string[] {
  const names = list.split(",").map((name) => name.trim());
  const end = names.findIndex((name) => !/^(\d+|(GPU|MIG)-.+)$/.test(name));
  return [...new Set(end === -1 ? names : names.slice(0, end))];
}

/** nvidia-smi wakes a sleeping driver, which takes seconds. */
const limitMs = 30_000;

function list(): Promise<Gpus> {
  return new Promise((done) => {
    execFile("nvidia-smi", ["-L"], { timeout: limitMs }, (error, stdout, stderr) => {
      if (error === null) done(gpusIn(stdout));
      else if (error.code === "ENOENT") done({ names: [], source: "nvidia-smi is not on the PATH", env: {} });
      else {
        const words = (stdout.trim() || stderr.trim() || error.message).split("\n")[0];
        done({ names: [], source: `nvidia-smi: ${words}`, env: {} });
      }
    });
  });
}

/**
 * What `nvidia-smi -L` lists: `GPU 0: NVIDIA A100 (UUID: GPU-…)` and, below one that is divided, `  MIG 1g.5gb Device 0: (UUID: MIG-…)`.
 * A divided GPU is its parts: CUDA shows a process nothing else of it.
 */
export function gpusIn(text: string): Gpus {
  const names: string[] = [];
  let whole: string | null = null;
  const close = (): void => {
    if (whole !== null) names.push(whole);
    whole = null;
  };
  for (const line of text.split("\n")) {
    const gpu = /^GPU (\d+):/.exec(line)?.[1];
    const part = /^\s+MIG .*\(UUID: (MIG-[^)]+)\)/.exec(line)?.[1];
    if (gpu !== undefined) {
      close();
      whole = gpu;
    } else if (part !== undefined) {
      whole = null;
      names.push(part);
    }
  }
  close();
  // CUDA counts the fastest first where nobody tells it to count as nvidia-smi does.
  return { names, source: "nvidia-smi -L", env: { CUDA_DEVICE_ORDER: "PCI_BUS_ID" } };
}
