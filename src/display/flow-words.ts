import type { FlowStatus, StepStatus } from "../flow/index.ts";

/** What stands below a step in the graph: how far it is, and why it runs. */
export function stepDetail(status: StepStatus | undefined, flow: FlowStatus): string {
  if (status === undefined) return "never ran";
  if (status.error !== null) {
    const { item, text } = failureOf(status, flow);
    return item === "" ? text : `${item}: ${text}`;
  }
  if (status.state === "cached") return "✓ cached";
  if (status.state === "skipped") return "branch not taken";
  const reason = isFirst(status) && status.state !== "waiting" ? "" : reasonOf(status);
  if (isCaught(status)) return `! ${status.reason}`;
  if (status.state === "done") return `✓ ${reason === "" ? "done" : reason}`;
  if (status.state === "waiting" && isOver(flow)) return reason === "" || isFirst(status) ? notRun : reason;
  if (status.state === "running") return [progressOf(status), reason].filter(Boolean).join(" · ") || "running";
  return reason === "" ? status.state : reason;
}

function isOver({ state }: Pick<FlowStatus, "state">): boolean {
  return state === "failed" || state === "stopped" || state === "done";
}

/** The state of a step that a run left out, in words. */
export const notRun = "not run";

/** How a step stands, in a word or two: nothing waits when the run is over. */
export function stateWord({ state }: Pick<StepStatus, "state">, run: Pick<FlowStatus, "state">): string {
  return state === "waiting" && isOver(run) ? notRun : state;
}

// Of one task the state says all.
function progressOf({ done, total }: StepStatus): string {
  return total === null || total === 1 ? "" : `${whole(done)} of ${whole(total)}`;
}

/** Why a step runs, in a few words; items of a map that are new are counted. */
export function reasonOf({ reason, done, cached, total }: StepStatus): string {
  if (reason !== newItem) return reason;
  const count = (total ?? done) - cached;
  return count === 1 ? newItem : `${whole(count)} new items`;
}

// Flow's own words.
const newItem = "new item";

/** Whether a step runs only because it never did. */
export function isFirst(step: StepStatus): boolean {
  if (step.reason === newItem) return step.cached === 0 && (step.state === "done" || step.state === "running");
  return /^never ran/.test(step.reason) || isWaiting(step);
}

/** Whether a step is never kept: that it runs is no news. */
export function isEachTime({ reason }: StepStatus): boolean {
  return reason.startsWith("runs each time");
}

/** Whether the flow goes on with what stands for a result of the step that failed. */
export function isCaught({ caught }: StepStatus): boolean {
  return caught !== undefined;
}

/** Whether a step has no cause of its own: it waits for others. */
export function isWaiting(step: StepStatus): boolean {
  return step.state === "waiting" && /^wait/.test(step.reason);
}

/** What failed, in its own words: where it stands is told by the picture. */
export function failureOf(step: StepStatus, flow: FlowStatus): { readonly item: string; readonly text: string } {
  const line = (step.error?.message ?? step.reason).split("\n")[0] ?? "";
  const heads = [step.step, nameOf(step, flow)].map((name) => `flow "${flow.plan.name}", step ${name}`);
  const head = heads.find((one) => line.startsWith(`${one}:`) || line.startsWith(`${one}, item `));
  if (head === undefined) return { item: "", text: line };
  const [, item = "", text = ""] = /^(?:, (item [\d.]+))?: (.*)$/.exec(line.slice(head.length)) ?? [];
  return { item, text: text === "" ? line : text };
}

/** The name that its author gave a step, behind that of its sub-flow: "nums-load". Its id where another step is named so. */
export function nameOf({ step }: Pick<StepStatus, "step">, { plan }: Pick<FlowStatus, "plan">): string {
  const found = plan.steps.find(({ id }) => id === step);
  if (found === undefined) return step;
  const isTwice = plan.steps.some(
    (other) => other !== found && other.name === found.name && other.group === found.group,
  );
  if (isTwice) return step;
  return found.group === null ? found.name : `${found.group.replaceAll("/", "-")}-${found.name}`;
}

/** "2,000" */
export function whole(count: number): string {
  return count.toLocaleString("en-US");
}
