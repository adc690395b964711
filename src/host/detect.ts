import { denoHost, findDeno } from "./deno.ts";
import type { Host } from "./host.ts";
import { type KernelHook, kernelHookKey } from "./kernel-hook.ts";
import { nodeHost } from "./node.ts";
import { stemmaHost } from "./stemma.ts";
import { findTslab, tslabHost } from "./tslab.ts";

let current: Host | null = null;

/** The place that this process runs in, found at the first call. */
export function host(): Host {
  current ??= detect();
  return current;
}

/** Takes another host from now on; null detects again at the next {@link host}. For tests and embedders. */
export function useHost(next: Host | null): void {
  current = next;
}

function detect(): Host {
  const hook: unknown = Reflect.get(globalThis, Symbol.for(kernelHookKey));
  if (isKernelHook(hook)) return stemmaHost(hook);
  const tslab = findTslab();
  if (tslab !== null) return tslabHost(tslab);
  const deno = findDeno();
  return deno === null ? nodeHost() : denoHost(deno);
}

function isKernelHook(value: unknown): value is KernelHook {
  return typeof value === "object" && value !== null && "version" in value && value.version === 1;
}
