import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import type { CellsProcess } from "./cells-process.ts";

/** Rounds of 100 ms in which a cell that is told to stop ends, if anything of it still moves. */
const mostRounds = 12;

/** How long a cell may take to notice the signal before the script is ended by force. */
const patienceMs = 300;
/** How long it may take after each round of force to answer; a busy machine needs longer. After the last only its end is left. */
const roundsMs = [200, 200, 400, 800, 1200];

/** The cell to stop: the id of its request, whether it has begun, and whether it still runs. */
export interface StoppedCell {
  readonly request: string;
  readonly hasBegun: () => boolean;
  readonly isRunning: () => boolean;
}

/**
 * The stop button for a running cell, from the mildest means to the last one.
 *
 * 1. The synchronous part of its script is ended at once by V8; a message aborts the cell's stop signal.
 * 2. Who gives no answer is in a loop after an await, or waits for a process: V8 ends the loop, a signal the process.
 * 3. Who still gives none is in native code that nothing can end: the process is killed, and its variables are lost.
 */
export async function stopCell(cells: CellsProcess, cell: StoppedCell): Promise<void> {
  if (!cell.isRunning()) return;
  cells.send({ kind: "stop", request: cell.request, sentMs: Date.now() });
  cells.cutSynchronous(cell.request);
  if (!(await answers(cells, patienceMs)) && !(await isFreed(cells, cell))) {
    cells.kill();
    return;
  }
  // It answers: the cell ends itself when its grace is over, unless the next step of it loops again.
  for (let round = 1; round <= mostRounds && cell.isRunning(); round++) {
    await wait(100);
    if (!(await answers(cells, patienceMs))) return stopCell(cells, cell);
    // Force may have ended the turn in which it was told.
    if (round % 5 === 0) cells.send({ kind: "stop", request: cell.request, sentMs: 0 });
  }
  // It answers, and yet nothing of the cell moves: the last resort here too.
  if (!cell.isRunning()) return;
  cells.kill();
}

/**
 * The stop button while no cell runs: ends what an earlier one has left behind, a timer or a listener that loops.
 *
 * @param isIdle whether there is still no cell
 */
export async function stopLeftover(cells: CellsProcess, isIdle: () => boolean): Promise<void> {
  if (await answers(cells, patienceMs)) return;
  for (const roundMs of roundsMs) {
    if (!isIdle()) return;
    cells.cut(null);
    if (await answers(cells, roundMs)) return;
  }
  if (isIdle()) cells.kill();
}

/** Ends by force what the process does; false where that did not help. */
async function isFreed(cells: CellsProcess, cell: StoppedCell): Promise<boolean> {
  // Before the script itself: V8 cannot end what waits outside of it.
  for (const signal of ["SIGINT", "SIGKILL"] as const)
    if (endHeldUp(cells, signal) && (await answers(cells, patienceMs))) return true;
  for (const roundMs of roundsMs) {
    if (!cell.isRunning()) return true;
    // What keeps it from beginning belongs to no cell.
    cells.cut(cell.hasBegun() ? cell.request : null);
    if (await answers(cells, roundMs)) return true;
  }
  return !cell.isRunning();
}

let asked = 0;

/** Whether the process takes messages within a time; its end is an answer too. */
async function answers(cells: CellsProcess, withinMs: number): Promise<boolean> {
  const number = ++asked;
  const answer = Promise.withResolvers<boolean>();
  const listen = ({ head }: { readonly head: { readonly kind: string; readonly number?: number } }): void => {
    if (head.kind === "pong" && head.number === number) answer.resolve(true);
  };
  const end = (): void => answer.resolve(true);
  cells.on("parcel", listen).once("end", end);
  cells.send({ kind: "ping", number });
  const timer = setTimeout(() => answer.resolve(false), withinMs);
  const isAnswered = await answer.promise;
  clearTimeout(timer);
  cells.off("parcel", listen).off("end", end);
  if (isAnswered) cells.calm();
  return isAnswered;
}

/**
 * Sends a signal to the processes that the cells' process waits for (`execSync`): all that it has, but those that it told
 * us of. Says whether there were any.
 */
function endHeldUp(cells: CellsProcess, signal: NodeJS.Signals): boolean {
  const found = childrenOf(cells.pid).filter((pid) => !cells.background.has(pid));
  // A shell's own processes hold its output open, which is what is waited for.
  for (const pid of found.flatMap(family)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
  return found.length > 0;
}

function family(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(family)];
}

// Linux tells the children of each thread. Elsewhere the SIGINT above has to do.
function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" "))
      .filter((text) => text !== "")
      .map(Number);
  } catch {
    return [];
  }
}
