import { AsyncLocalStorage } from "node:async_hooks";
import { closeActivity, openActivity, within } from "../lineage/index.ts";
import type { Project } from "../store/index.ts";
import { activityOf } from "./open-run.ts";
import type { Run } from "./run.ts";

/** A run that is open, and the project it is kept in. */
export interface Scope {
  readonly run: Run;
  readonly project: Project;
}

const running = new AsyncLocalStorage<Scope>();
/** Runs without a body, the one opened last at the end. */
const opened: Scope[] = [];

/** The run whose body the calling code belongs to. */
export function runAround(): Scope | null {
  return running.getStore() ?? null;
}

/** That, else the open run without a body that was opened last. */
export function currentRun(): Run | null {
  return (running.getStore() ?? opened.at(-1))?.run ?? null;
}

/** Calls `body` as the body of a run. */
export function insideRun<T>(scope: Scope, body: () => T): T {
  return running.run(scope, () => within(activityOf(scope.run.id), body));
}

/** Makes a run without a body the current one, until it ends. */
export function keepOpen(scope: Scope): void {
  opened.push(scope);
  openActivity(activityOf(scope.run.id));
}

/** To be called when a run has ended. */
export function closeRun(id: string): void {
  closeActivity(activityOf(id));
  const at = opened.findIndex(({ run }) => run.id === id);
  if (at !== -1) opened.splice(at, 1);
}
