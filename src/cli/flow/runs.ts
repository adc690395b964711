import { StemmaError } from "../../error.ts";
import { type FlowRunRecord, flowRuns } from "../../flow/index.ts";
import { findProject } from "../../store/index.ts";

/** No run, step or item is named so, or several runs are. */
export class FlowRunNameError extends StemmaError {
  constructor(message: string) {
    super("FLOW_RUN_NAME", message);
  }
}

/** The run of an id, or of the beginning of one; "last" is the newest. @throws {FlowRunNameError} */
export function runOf(id: string): FlowRunRecord {
  const found = flowRuns(findProject(process.cwd()), id === "last" ? { limit: 1 } : { id });
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const known = found.map((run) => run.id.slice(0, 12)).slice(0, 5);
  throw new FlowRunNameError(
    only === undefined
      ? `No flow had a run ${JSON.stringify(id)} here. stemma flow list shows them.`
      : `${found.length} runs begin with ${id}: ${known.join(", ")}${found.length > 5 ? " …" : ""}. Give more of the id.`,
  );
}

/** A task of a run, as a command line names it. */
export interface TaskName {
  readonly run: FlowRunRecord;
  readonly step: string | null;
  /** Indices in its maps and loops; null: all items. */
  readonly indices: readonly number[] | null;
}

/** `ID`, `ID/STEP` or `ID/STEP/ITEM`, in nested maps `ID/STEP/2/0`. @throws {FlowRunNameError} */
export function taskName(text: string): TaskName {
  const [id = "", step, ...items] = text.split("/").filter((part) => part !== "");
  const indices = items.flatMap((item) => item.split(".")).map(Number);
  if (indices.some((index) => !Number.isInteger(index) || index < 0))
    throw new FlowRunNameError(`${JSON.stringify(items.join("/"))} is no item. Items are counted from 0: ID/STEP/3.`);
  return { run: runOf(id), step: step ?? null, indices: indices.length === 0 ? null : indices };
}

/** Whether a task is among those that a name stands for: of nested maps the outer index stands for all inside. */
export function isNamed({ indices }: TaskName, task: { readonly indices: readonly number[] }): boolean {
  return indices === null || indices.every((index, depth) => task.indices[depth] === index);
}
