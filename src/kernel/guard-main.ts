// A worker thread beside the cells. It ends scripts that the main thread cannot end because it runs them, and the
// whole process when the broker is gone.
import { Session } from "node:inspector";
import { Socket } from "node:net";
import { workerData } from "node:worker_threads";
import { CellMark } from "./cell-mark.ts";
import { callOf, type GuardOrder, parseOrder } from "./force.ts";
import type { GuardMemory } from "./guard-memory.ts";
import { Hold } from "./hold.ts";
import { link } from "./link.ts";

/** How long an order is tried; the broker gives a new one where it is still wanted. */
const orderMs = 1500;
const pauseMs = 5;
/** How long the main thread may take to hear the call; later it is not held. */
const hearMs = 100;

const broker = new Socket({ fd: link.guard });
const memory = workerData as GuardMemory;
const running = new CellMark(memory.mark);
const hold = new Hold(memory.hold);
let order: (Exclude<GuardOrder, "calm"> & { readonly untilMs: number }) | null = null;
let session: Session | null = null;
let calls = 0;
let rest = "";

broker.on("data", (piece) => {
  const lines = `${rest}${piece}`.split("\n");
  rest = lines.pop() ?? "";
  // Only the newest counts.
  const newest = parseOrder(lines.at(-1) ?? "");
  if (newest === null) return;
  order = newest === "calm" ? null : { ...newest, untilMs: Date.now() + orderMs };
  if (order !== null && running.isAt(order.mark)) running.setStopping();
  carryOut();
});

/** Tries to end what runs for the order's cell, again until it can be, or need not be any more. */
function carryOut(): void {
  // The main thread has not heard the last call: it is in native code.
  if (calls > 0) return;
  if (order !== null && (!running.isAt(order.mark) || Date.now() > order.untilMs)) order = null;
  if (order?.force === "synchronous" && !running.isSynchronous) order = null;
  if (order === null) {
    // Connected only as long as needed: Node waits at its end for a debugger that is still there.
    session?.disconnect();
    session = null;
    return;
  }
  session ??= connected();
  hold.ask();
  call(session, "Runtime.evaluate", { expression: callOf(order), silent: true });
  if (!hold.isHeld(hearMs)) return;
  order = null;
  call(session, "Runtime.terminateExecution");
  hold.release();
}

function connected(): Session {
  const made = new Session();
  made.connectToMainThread();
  return made;
}

function call(to: Session, method: string, parameters: object = {}): void {
  calls++;
  to.post(method, parameters, () => {
    calls--;
    if (calls === 0) setTimeout(carryOut, order === null ? 0 : pauseMs);
  });
}

// The group: what cells have started would live on, and a busy loop too.
const end = (): void => void process.kill(-process.pid, "SIGKILL");
broker.on("end", end).on("error", end);
