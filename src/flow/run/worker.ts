/** The program of a worker thread: runs one captured step after another. */
import { parentPort } from "node:worker_threads";
import { errorFacts } from "../../error.ts";
import { decode, encode } from "../codec.ts";
import { sha256 } from "../digest.ts";
import { loadStep } from "./load-step.ts";
import type { WorkerAnswer, WorkerJob } from "./worker-message.ts";

const port = parentPort;
if (port === null) throw new Error("worker.ts is the program of a worker thread; it does not run by itself.");

const steps = new Map<string, ReturnType<typeof loadStep>>();
let current = 0;

const say = (answer: WorkerAnswer): void => port.postMessage(answer);

// What a step prints goes to the cell that runs the flow, with the step's own job as its address.
for (const stream of ["stdout", "stderr"] as const) {
  process[stream].write = (chunk: Uint8Array | string, ...rest: unknown[]): boolean => {
    say({
      job: current,
      kind: "output",
      stream,
      text: typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"),
    });
    const done = rest.find((argument) => typeof argument === "function");
    if (done !== undefined) process.nextTick(done);
    return true;
  };
}

// Node calls the loader that steps import with experimental; nobody who runs a flow can do anything about it.
const warn = process.emitWarning.bind(process);
process.emitWarning = ((warning: string | Error, ...rest: never[]): void => {
  if (!String(warning).includes("USE_MAIN_CONTEXT_DEFAULT_LOADER")) warn(warning, ...rest);
}) as typeof process.emitWarning;

async function run(job: WorkerJob): Promise<WorkerAnswer> {
  try {
    const step = steps.get(job.code) ?? loadStep(job.text ?? "", job);
    steps.set(job.code, step);
    const text = encode(await (await step)(decode(job.inputs)));
    return { job: job.job, kind: "done", text, digest: sha256(text) };
  } catch (error) {
    return { job: job.job, kind: "failed", error: errorFacts(error) };
  }
}

port.on("message", (job: WorkerJob) => {
  current = job.job;
  void run(job).then(say);
});
