import { StemmaError } from "../error.ts";

/** A flow is not written as one: found where it is defined, before any step runs. All problems at once, one a line. */
export class FlowDefinitionError extends StemmaError {
  readonly problems: readonly string[];

  constructor(flow: string, problems: readonly string[]) {
    super("FLOW_DEFINITION", problems.map((problem) => `flow "${flow}": ${problem}`).join("\n"));
    this.problems = problems;
  }
}

/** How the message of a failed step begins: where that was. */
export function failureHead(flow: string, step: string, indices: readonly number[]): string {
  return `flow "${flow}", step ${step}${indices.length === 0 ? "" : `, item ${indices.join(".")}`}: `;
}

/** A step of a run failed; `cause` is what it threw. */
export class FlowError extends StemmaError {
  readonly flow: string;
  readonly step: string;
  /** Index in the map; null outside maps. */
  readonly item: number | null;

  constructor(
    place: { readonly flow: string; readonly step: string; readonly item: number | null },
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super("FLOW_FAILED", message, options);
    this.flow = place.flow;
    this.step = place.step;
    this.item = place.item;
  }
}

/** The stop button was pressed, or the run was stopped otherwise. */
export class FlowStoppedError extends StemmaError {
  constructor(flow: string) {
    super("FLOW_STOPPED", `flow "${flow}" was stopped. Finished steps are kept: run() goes on from there.`);
  }
}
