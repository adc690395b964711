import { AsyncLocalStorage } from "node:async_hooks";
import { host } from "../host/index.ts";
import type { Activity } from "./fact.ts";
import { nodeId } from "./node-id.ts";

const running = new AsyncLocalStorage<Activity>();

/** Opened in one cell and closed in a later one; the last one opened is the current one. */
const open: Activity[] = [];

/** Calls `fn` as a part of the activity: what it does, also after an await, belongs to that. */
export function within<T>(activity: Activity, fn: () => T): T {
  return running.run(activity, fn);
}

/**
 * What the calling code belongs to: the activity of {@link within}, else the one that was opened last, else the cell
 * that runs; null where there is none.
 */
export function currentActivity(): Activity | null {
  return running.getStore() ?? open.at(-1) ?? currentCell();
}

/** Makes an activity the current one for all code that is not {@link within} another, until it is closed. */
export function openActivity(activity: Activity): void {
  closeActivity(activity);
  open.push(activity);
}

/** Ends what {@link openActivity} began; nothing happens when it is not open. */
export function closeActivity(activity: Activity): void {
  const at = open.findIndex((other) => nodeId(other) === nodeId(activity));
  if (at !== -1) open.splice(at, 1);
}

// A front end that sends no cell ids: the number of the cell tells executions apart, not cells, so it is no identity.
function currentCell(): Activity | null {
  const cell = host().cell()?.id ?? null;
  const notebook = host().notebook();
  return cell === null || notebook === null ? null : { kind: "cell", notebook, cell };
}
