import { StemmaError } from "../../error.ts";
import { didYouMean, type FlowRunRecord, flowRuns, planOf } from "../../flow/index.ts";
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
      ? id === "last"
        ? "No flow ran here yet. stemma flow run FILE runs one."
        : `No flow had a run ${JSON.stringify(id)} here. stemma flow list shows them.`
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
  const run = runOf(id);
  return { run, step: step === undefined ? null : stepOf(run, step), indices: indices.length === 0 ? null : indices };
}

// By its id, or by the name that its author gave it where only one step has that.
function stepOf(run: FlowRunRecord, step: string): string {
  const plan = planOf(findProject(process.cwd()), run);
  if (plan === null) return step;
  const wanted = step.normalize("NFC");
  const found = plan.steps.find(({ id }) => id === wanted) ?? plan.steps.find(({ name }) => name === wanted);
  if (found !== undefined) return found.id;
  const known = plan.steps.map(({ id }) => id);
  const about = `Run ${run.id.slice(0, 8)} of ${run.flow} has no step ${JSON.stringify(step)}.`;
  throw new FlowRunNameError(`${about}${didYouMean(step, known)} It has ${listed(known)}.`);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 20).join(", ");
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown || "none";
}

/** The error of a task that is not there: which items the step has. */
export function noTask(
  { run, step, indices }: TaskName,
  all: readonly { readonly indices: readonly number[] }[],
): Error {
  const about = `Run ${run.id.slice(0, 8)} of ${run.flow}`;
  if (all.length === 0) {
    const what = step === null ? "No step" : `Step ${step}`;
    return new FlowRunNameError(`${what} of ${about.replace("Run", "run")} began. Its state is ${run.state}.`);
  }
  const [first, last] = [all[0], all.at(-1)].map((task) => task?.indices.join("/") ?? "");
  const has = first === "" ? "it is in no map" : `it has ${all.length} from ${first} to ${last}`;
  return new FlowRunNameError(`${about}: step ${step} has no item ${(indices ?? []).join("/")}, ${has}.`);
}

/** Whether a task is among those that a name stands for: of nested maps the outer index stands for all inside. */
export function isNamed({ indices }: TaskName, task: { readonly indices: readonly number[] }): boolean {
  return indices === null || indices.every((index, depth) => task.indices[depth] === index);
}
