import { host } from "./detect.ts";

/** The cell, by its number, under which a value draws itself while it changes. */
const cells = new WeakMap<object, number>();

/** Notes that a value is live under the running cell: as that cell's last expression it needs no second picture. */
export function noteShown(value: object): void {
  const count = host().cell()?.count ?? null;
  if (count !== null) cells.set(value, count);
}

/** Whether a value is live under the cell that the calling code belongs to. */
export function isShownHere(value: object): boolean {
  const count = cells.get(value);
  return count !== undefined && count === host().cell()?.count;
}
