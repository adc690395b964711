import { notRun, stateWord } from "../../display/index.ts";
import type { FlowStatus, StepStatus } from "../../flow/index.ts";

/** Why a step stands where it does, in one line; empty where there is nothing to say. */
export function whyOf(step: StepStatus, status: Pick<FlowStatus, "plan" | "state">): string {
  if (step.state === "failed") return ownFailure(step.error?.message ?? step.reason, status.plan.name);
  // Said of a step that is running or done it would be wrong by now.
  if (stateWord(step, status) === notRun) return firstLine(step.reason).replace(/^not run: /, "");
  const isFirst = step.reason === neverRan && status.state !== "defined";
  return isFirst ? "" : firstLine(step.reason);
}

/** A failure's first line without the names that stand beside it: "item 1: beta is under 0". */
export function ownFailure(message: string, flow: string): string {
  const line = firstLine(message);
  const head = `flow "${flow}", step `;
  if (!line.startsWith(head)) return line;
  return line.slice(head.length).replace(/^[^\s:,]+(?:, (?=item )|: )/u, "");
}

/** The reason of a step's first run. */
export const neverRan = "never ran";

/** How a run that did not end well is gone on with. */
export function wayOut(id: string): string {
  return `What finished is kept: stemma flow resume ${id.slice(0, 8)} goes on from there.`;
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").trim();
}
