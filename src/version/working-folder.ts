import { dirname } from "node:path";
import { host } from "../host/index.ts";

/** What paths in cells are relative to: the notebook's folder, outside a notebook the working one. */
export function workingFolder(): string {
  const notebook = host().notebook();
  return notebook === null ? process.cwd() : dirname(notebook);
}
