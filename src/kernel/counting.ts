import type { Content } from "./protocol/index.ts";

/** Whether a request for a cell counts up: not a silent one, nor a blank one. */
export function isCounted({ code, silent, store_history }: Content): boolean {
  return silent !== true && store_history !== false && String(code ?? "").trim() !== "";
}
