/** How a task is called among others: "load", of an item "fit[2]", of an item of an item "fit[0.2]". */
export function taskLabel(step: string, indices: readonly number[]): string {
  return indices.length === 0 ? step : `${step}[${indices.join(".")}]`;
}

/** A task that failed, and when. */
interface Failed {
  readonly step: string;
  readonly indices: readonly number[];
  readonly endMs: number | null;
}

/** Why the rest of a flow did not run: the first of what failed, as nothing begins after that; null where no task did. */
export function failureCause(failed: readonly Failed[]): string | null {
  const [first, ...others] = failed;
  if (first === undefined) return null;
  const { step, indices } = others.reduce((a, b) => ((b.endMs ?? 0) < (a.endMs ?? 0) ? b : a), first);
  return `${taskLabel(step, indices)} failed`;
}

/** Said of a step that did not run, or of which some items did not: "not run: fit[2] failed", "1 of 4 not run: …". */
export function notRun(
  cause: string,
  { done, total }: { readonly done: number; readonly total: number | null },
): string {
  const left = done === 0 || total === null ? "" : `${total - done} of ${total} `;
  return `${left}not run: ${cause}`;
}

const caughtHead = "failed, its catch value is used: ";

/** Why a task is done that failed in all of its tries. */
export function caughtReason(message: string): string {
  return `${caughtHead}${message}`;
}

/** What a task threw whose catch value is used, in one line. */
export function caughtMessage(reason: string): string {
  return (reason.startsWith(caughtHead) ? reason.slice(caughtHead.length) : reason).split("\n")[0] ?? "";
}

/** The same of a step: of one that has items, how many failed, and what the first of them threw. Null where none did. */
export function caughtItems(reasons: readonly string[], total: number): string | null {
  const [first] = reasons;
  if (first === undefined) return null;
  const message = caughtMessage(first);
  if (total <= 1) return caughtReason(message);
  const whose = reasons.length === 1 ? "its catch value is" : "their catch values are";
  return `${reasons.length.toLocaleString("en-US")} of ${total.toLocaleString("en-US")} failed, ${whose} used: ${message}`;
}
