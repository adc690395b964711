// A worker thread beside the cells. It ends scripts that the main thread cannot end because it runs them, and the
// whole process when the broker is gone.
import { Session } from "node:inspector";
import { Socket } from "node:net";
import { workerData } from "node:worker_threads";
import { CellMark, mildly } from "./cell-mark.ts";
import { link } from "./link.ts";

const broker = new Socket({ fd: link.guard });

const running = new CellMark(workerData as SharedArrayBuffer);
let rest = "";

broker.on("data", (piece) => {
  const lines = `${rest}${piece}`.split("\n");
  rest = lines.pop() ?? "";
  // Only the newest counts, and only while its cell runs.
  const newest = lines.at(-1) ?? "";
  const isMild = newest.startsWith(mildly);
  if (!running.isAt(Number(isMild ? newest.slice(mildly.length) : newest))) return;
  if (isMild) {
    if (running.isSynchronous) process.kill(process.pid, "SIGINT");
    return;
  }
  // Connected only as long as needed: Node waits at its end for a debugger that is still there.
  const session = new Session();
  session.connectToMainThread();
  session.post("Runtime.terminateExecution", () => session.disconnect());
});

// The group: what cells have started would live on, and a busy loop too.
const end = (): void => void process.kill(-process.pid, "SIGKILL");
broker.on("end", end).on("error", end);
