import type { FlowStatus, StepStatus } from "../flow/index.ts";
import { failureOf, isCaught, isEachTime, isFirst, isWaiting, nameOf, reasonOf } from "./flow-words.ts";

/** What runs again, and why, in one sentence; empty when nothing needs to be said. */
export function flowSentence(status: FlowStatus): string {
  const failed = status.steps.find((step) => step.state === "failed");
  if (failed !== undefined) return failedSentence(failed, status);
  if (status.error !== null) return status.error.message.split("\n")[0] ?? "";
  if (status.state === "stopped") return `Stopped: ${unfinished(status)} left. A next run() goes on from here.`;
  const caught = status.steps.filter(isCaught);
  if (caught.length > 0) return caughtSentence(caught, status);
  // A branch that is not taken does not run.
  const steps = status.steps.filter((step) => step.state !== "skipped");
  const again = steps.filter((step) => step.state !== "cached" && step.reason !== "" && !isEachTime(step));
  if (again.length === 0) {
    const cached = steps.length > 0 && steps.every((step) => step.state === "cached");
    if (!cached) return "";
    const verb = status.state === "defined" ? "Nothing runs again" : "Nothing ran again";
    return `${verb}: ${count(steps.length, "step")} cached, same code and inputs.`;
  }
  if (again.every(isFirst)) return status.state === "defined" ? notRunYet(again.length, steps.length) : "";
  return againSentence(again, status);
}

function failedSentence(failed: StepStatus, status: FlowStatus): string {
  const { item, text } = failureOf(failed, status);
  const name = nameOf(failed, status);
  return item === "" ? `${name} failed: ${text}` : `${name}, ${item}, failed: ${text}`;
}

function caughtSentence(caught: readonly StepStatus[], status: FlowStatus): string {
  const told = caught.slice(0, 2).map((step) => `${nameOf(step, status)}: ${step.reason}`);
  const more = caught.length > 2 ? `; and ${count(caught.length - 2, "step")} more` : "";
  return `${told.join("; ")}${more}`;
}

function notRunYet(left: number, all: number): string {
  return left === all ? "Nothing ran yet." : `${count(left, "step")} did not run yet.`;
}

function againSentence(again: readonly StepStatus[], status: FlowStatus): string {
  const ended = status.state === "done";
  const causes = again.filter((step) => !isWaiting(step));
  const told = causes.length === 0 ? again : causes;
  const reasons = [...new Set(told.map(reasonOf))];
  const verb = ended ? "ran again" : again.length === 1 ? "runs again" : "run again";
  const why =
    reasons.length === 1
      ? reasons[0]
      : told
          .slice(0, 3)
          .map((step) => `${nameOf(step, status)} (${reasonOf(step)})`)
          .join(", ");
  const more = reasons.length > 1 && told.length > 3 ? ` and ${told.length - 3} more` : "";
  return `${count(again.length, "step")} ${verb}: ${why}${more}.`;
}

function unfinished(status: FlowStatus): string {
  const left = status.steps.filter(({ state }) => state !== "done" && state !== "cached" && state !== "skipped");
  return count(left.length, "step");
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
