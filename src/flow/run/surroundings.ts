import type { Resumption } from "../keep/index.ts";
import type { Known, Results, StepCode, TaskNote } from "../keys/index.ts";
import type { Plan } from "../plan/index.ts";
import type { PrintStream, RunView } from "../status/index.ts";
import type { ValuePlace } from "../values/index.ts";
import type { Claims } from "./lease.ts";
import type { TaskRun } from "./nested-runs.ts";
import type { Progress } from "./progress.ts";
import type { Task } from "./task.ts";
import type { TaskKeeping } from "./task-keeping.ts";

/** What a run needs from outside. */
export interface Surroundings {
  readonly plan: Plan;
  readonly codes: ReadonlyMap<string, StepCode>;
  readonly known: Omit<Known, "result">;
  readonly results: Results;
  readonly claims: Claims;
  /** The run that this one goes on with. */
  readonly resumes: Resumption | null;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly folder: string;
  readonly values: ValuePlace;
  /** Who shows the run, and maybe what its tasks print. */
  readonly view: Pick<RunView, "printed" | "silent">;
  /** Prints as the cell that runs the flow does. */
  readonly print: (stream: PrintStream, text: string) => void;
  /** What a task keeps besides its result. */
  readonly keeping: TaskKeeping;
  /** Runs a task as a nested run. */
  recorded<T>(task: Task, work: (run: TaskRun) => Promise<T>): Promise<T>;
  /** Records a task that was found in the cache; null where that is done. */
  recordedKept(task: Task): Promise<unknown> | null;
  facts(task: Task, result: { readonly digest: string }): TaskNote["facts"];
}

/** The task was not begun, because another one failed or the flow was stopped. */
export class NotBegun extends Error {}
