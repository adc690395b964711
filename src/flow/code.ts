import type { StepFunction } from "./builder.ts";
import { type CapturedStep, capture, importFinder, moduleText, runnableText } from "./capture/index.ts";
import type { PlannedFlow } from "./define-plan.ts";
import { FlowDefinitionError } from "./flow-error.ts";
import { type CodeParts, codeParts } from "./key.ts";
import type { StepPlan } from "./plan.ts";

/** The code of one step, as it is now. */
export interface StepCode {
  readonly step: StepPlan;
  readonly fn: StepFunction;
  readonly digest: string;
  readonly parts: CodeParts;
  /** Text for a thread; null where the code cannot stand alone. */
  readonly runnable: string | null;
  readonly module: string;
  /** Why it cannot be kept: it uses what no key can hold. Null where it can. */
  readonly loose: string | null;
}

/**
 * The code of all steps, with the values that it reads now.
 *
 * @param folder the notebook's
 * @throws {FlowDefinitionError} a step that may run in a thread cannot stand alone; all problems of all steps at once
 */
export function stepCodes(flow: PlannedFlow, folder: string): ReadonlyMap<string, StepCode> {
  const problems: string[] = [];
  const finder = importFinder(folder);
  const codes = flow.plan.steps.map((step) => {
    const fn = flow.functions.get(step.id);
    if (fn === undefined) throw new RangeError(`flow "${flow.plan.name}" has no function for step ${step.id}`);
    const captured = capture(fn, step.id, finder);
    if (step.run !== "inline") problems.push(...captured.problems);
    return [step.id, codeOf(step, fn, captured)] as const;
  });
  if (problems.length > 0) throw new FlowDefinitionError(flow.plan.name, someOf([...new Set(problems)]));
  return new Map(codes);
}

function someOf(problems: readonly string[]): readonly string[] {
  const more = problems.length - 10;
  return more <= 0 ? problems : [...problems.slice(0, 10), `and ${more} more of that kind`];
}

function codeOf(step: StepPlan, fn: StepFunction, captured: CapturedStep): StepCode {
  const alone = captured.problems.length === 0;
  return {
    step,
    fn,
    digest: captured.digest,
    parts: codeParts(captured.parts),
    runnable: alone ? runnableText(captured) : null,
    module: moduleText(captured),
    loose: alone
      ? null
      : (captured.problems[0] ?? "").replace(/^.*?: /, "").replace(/\. (Make|Import|Move|Start) .*$/, ""),
  };
}
