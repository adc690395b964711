// A worker thread beside the cells. It ends scripts that the main thread cannot end because it runs them, and the
// whole process when the broker is gone.
import { Session } from "node:inspector";
import { Socket } from "node:net";
import { link } from "./link.ts";

const broker = new Socket({ fd: link.guard });

broker.on("data", () => {
  // Connected only as long as needed: Node waits at its end for a debugger that is still there.
  const session = new Session();
  session.connectToMainThread();
  session.post("Runtime.terminateExecution", () => session.disconnect());
});

// The group: what cells have started would live on, and a busy loop too.
const end = (): void => void process.kill(-process.pid, "SIGKILL");
broker.on("end", end).on("error", end);
