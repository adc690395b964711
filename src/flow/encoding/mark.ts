import { sha256 } from "./digest.ts";

/** What the lineage knows a result by: many steps give the same `true`. */
export function markOf(key: string, digest: string): string {
  return sha256(`${key} ${digest}`);
}
