import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./tools.ts";

/** The text of a file that another tool wrote: `golden("dvc-3.67.1/d.dvc")`. */
export function golden(name: string): string {
  return readFileSync(join(root, "test", "golden", name), "utf8");
}
