import { type CallSiteObject, getCallSites } from "node:util";
import type { CellMark } from "./cell-mark.ts";
import type { CellLog } from "./cells.ts";
import type { Hold } from "./hold.ts";

/** What the guard wants to end: what runs for a cell, or only the synchronous part of its script. */
export type Force = "all" | "synchronous";

/** An order for the guard: a force and a mark, or to give up the last one. */
export type GuardOrder = { readonly force: Force; readonly mark: number } | "calm";

/** One line. */
export function printOrder(order: GuardOrder): string {
  return order === "calm" ? "calm\n" : `${order.force} ${order.mark}\n`;
}

/** The order of a line; null where it is none. */
export function parseOrder(line: string): GuardOrder | null {
  if (line === "calm") return line;
  const [force, mark] = line.split(" ");
  return force === "all" || force === "synchronous" ? { force, mark: Number(mark) } : null;
}

/** The guard's call into the main thread. */
export function callOf({ force, mark }: Exclude<GuardOrder, "calm">): string {
  return `globalThis[Symbol.for(${JSON.stringify(faceName)})]?.(${JSON.stringify(force)}, ${mark})`;
}

const faceName = "stemma.kernel.force";

export interface ForceParts {
  readonly mark: CellMark;
  readonly hold: Hold;
  readonly cells: CellLog;
  /** Functions of the kernel that are never ended in their midst; no code of cells runs in them. */
  readonly spared: readonly CallableFunction[];
  /** Told that what runs now will end here. */
  readonly ended: () => void;
}

/** Lets the guard's thread end by force what cells do, and nothing else of what the main thread does. */
export function allowForce({ mark, hold, cells, spared, ended }: ForceParts): void {
  const names = new Set(spared.map(({ name }) => name));
  const mayBeEnded = (force: Force, wanted: number): boolean => {
    if (mark.isSpared || !mark.isAt(wanted) || (force === "synchronous" && !mark.isSynchronous)) return false;
    const frames = getCallSites(mostFrames);
    // Below this function and the script that calls it is what V8 has interrupted.
    const below = frames.slice(frames.findLastIndex(({ functionName }) => functionName === answer.name) + 2);
    if (below.some(({ functionName }) => names.has(functionName))) return false;
    // An async function that is about to go on has no frame yet, but its context.
    return below.some(isOfUser) || cells.isInCell;
  };
  const answer = function answersGuard(force: Force, wanted: number): void {
    const may = mayBeEnded(force, wanted);
    if (may) {
      ended();
      // What V8 ends by force does not restore it.
      cells.leave();
    }
    hold.answer(may);
  };
  Object.defineProperty(globalThis, Symbol.for(faceName), { value: answer });
}

/** The most that Node gives. */
const mostFrames = 200;

function isOfUser({ scriptName }: CallSiteObject): boolean {
  return scriptName !== "" && !scriptName.startsWith("node:");
}
