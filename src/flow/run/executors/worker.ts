/** The program of a worker thread. */
import { parentPort } from "node:worker_threads";
import { sharedParts } from "../../values/index.ts";
import { workerLoop } from "./worker-loop.ts";
import type { WorkerOrder } from "./worker-message.ts";

const port = parentPort;
if (port === null) throw new Error("worker.ts is the program of a worker thread; it does not run by itself.");

workerLoop({
  parts: (text) => sharedParts.of(text),
  say: (answer) => port.postMessage(answer),
  hear: (order) => port.on("message", (message: WorkerOrder) => order(message)),
});
