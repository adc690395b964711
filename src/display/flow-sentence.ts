import type { FlowStatus, StepStatus } from "../flow/index.ts";

/** What runs again, and why, in one sentence; empty when nothing needs to be said. */
export function flowSentence(status: FlowStatus): string {
  const failed = status.steps.find((step) => step.state === "failed");
  if (failed !== undefined)
    return `${nameOf(failed, status)} failed: ${firstLine(failed.error?.message ?? failed.reason)}`;
  if (status.error !== null) return firstLine(status.error.message);
  if (status.state === "stopped") return `Stopped: ${unfinished(status)} left. A next run() goes on from here.`;
  const again = status.steps.filter((step) => step.state !== "cached" && step.reason !== "");
  if (again.length === 0) {
    const cached = status.steps.length > 0 && status.steps.every((step) => step.state === "cached");
    return cached ? `Nothing ran again: ${count(status.steps.length, "step")} cached, same code and inputs.` : "";
  }
  if (again.every(isFirst)) return status.state === "defined" ? notRunYet(again.length, status.steps.length) : "";
  return againSentence(again, status);
}

function notRunYet(left: number, all: number): string {
  return left === all ? "Nothing ran yet." : `${count(left, "step")} did not run yet.`;
}

function againSentence(again: readonly StepStatus[], status: FlowStatus): string {
  const ended = status.state === "done";
  const causes = again.filter((step) => !isWaiting(step));
  const reasons = [...new Set((causes.length === 0 ? again : causes).map((step) => step.reason))];
  const verb = ended ? "ran again" : again.length === 1 ? "runs again" : "run again";
  const why =
    reasons.length === 1
      ? reasons[0]
      : (causes.length === 0 ? again : causes)
          .slice(0, 3)
          .map((step) => `${nameOf(step, status)} (${step.reason})`)
          .join(", ");
  return `${count(again.length, "step")} ${verb}: ${why}.`;
}

// Flow's own words for a step that has no cause of its own.
function isWaiting(step: StepStatus): boolean {
  return step.state === "waiting" && /^wait/.test(step.reason);
}

/** Whether a step runs only because it never did. */
export function isFirst(step: StepStatus): boolean {
  return /^never ran/.test(step.reason) || isWaiting(step);
}

function unfinished(status: FlowStatus): string {
  return count(status.steps.filter((step) => step.state !== "done" && step.state !== "cached").length, "step");
}

function nameOf(step: StepStatus, status: FlowStatus): string {
  return status.plan.steps.find((plan) => plan.id === step.step)?.name ?? step.step;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
