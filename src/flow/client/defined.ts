import type { ResumeOptions } from "./resume-options.ts";

/** A flow as its kept runs know it. */
export interface DefinedFlow {
  resume(id: string, options: ResumeOptions): Promise<object>;
}

/** The flows of this process by name: the one that was defined last goes on with their runs. */
const flows = new Map<string, WeakRef<DefinedFlow>>();

export function noteDefined(name: string, flow: DefinedFlow): void {
  flows.set(name, new WeakRef(flow));
}

/** Null where this process did not define it. */
export function definedFlow(name: string): DefinedFlow | null {
  return flows.get(name)?.deref() ?? null;
}
