import { errorFacts, errorFrom } from "../../../error.ts";
import { commandStep } from "../../command/index.ts";
import { sha256 } from "../../encoding/index.ts";
import { encodeValue, type SharedPart, sharedParts } from "../../values/index.ts";
import { type LoadedStep, loadStep } from "../load-step.ts";
import { InputCache } from "./input-cache.ts";
import { type StepSink, stepContext } from "./step-context.ts";
import type { AskReply, WorkerAnswer, WorkerCommand, WorkerJob, WorkerOrder } from "./worker-message.ts";

/** The way to whoever started the worker. */
export interface WorkerPort {
  say(answer: WorkerAnswer): void;
  hear(order: (order: WorkerOrder) => void): void;
  /** The parts of a result that can go along with its text. */
  parts(text: string): readonly SharedPart[];
}

/**
 * Runs one captured step after another: what a thread and a process do alike.
 *
 * @returns what an error that nobody caught is to the job that runs
 */
export function workerLoop(port: WorkerPort): (error: unknown) => WorkerAnswer {
  const loop = new Loop(port);
  printToPort(loop, port);
  quietLoader();
  port.hear((order) => loop.obey(order));
  port.say({ job: 0, kind: "ready" });
  return (error) => ({ job: loop.job, kind: "failed", error: errorFacts(error) });
}

class Loop {
  readonly #port: WorkerPort;
  readonly #steps = new Map<string, ReturnType<typeof loadStep>>();
  readonly #inputs = new InputCache();
  readonly #asked = new Map<number, (reply: AskReply) => void>();
  #ask = 0;
  #stop = new AbortController();
  /** The job that runs; what is printed between two belongs to the last. */
  job = 0;

  constructor(port: WorkerPort) {
    this.#port = port;
  }

  obey(order: WorkerOrder): void {
    if (order.kind === "job") void this.#run(order).then((answer) => this.#port.say(answer));
    else if (order.job !== this.job) return;
    else if (order.kind === "stop") this.#stop.abort(new Error(order.reason));
    else this.#replied(order.ask, order.reply);
  }

  async #run(job: WorkerJob): Promise<WorkerAnswer> {
    this.job = job.job;
    this.#stop = new AbortController();
    if (job.environment !== null) replaceEnvironment(job.environment);
    const restore = setEnvironment(job.env);
    try {
      const step = job.command === null ? this.#loaded(job) : stepOf(job, job.command);
      const { context: facts, values } = job;
      sharedParts.keep(job.parts);
      const context = stepContext({ facts, values, sink: this.#sink(job.job), signal: this.#stop.signal });
      const inputs = await this.#inputs.record(job.inputs, values);
      const text = await encodeValue(await (await step)(inputs, context), values);
      return { job: job.job, kind: "done", text, digest: sha256(text), parts: this.#port.parts(text) };
    } catch (error) {
      return { job: job.job, kind: "failed", error: errorFacts(error) };
    } finally {
      restore();
    }
  }

  #loaded({ code, text, context, values }: WorkerJob): Promise<LoadedStep> {
    const step = this.#steps.get(code) ?? loadStep(text ?? "", { name: context.step, values });
    this.#steps.set(code, step);
    return step;
  }

  #sink(job: number): StepSink {
    return {
      print: (stream, text) => this.#port.say({ job, kind: "output", stream, text }),
      heard: () => false,
      card: (part) => this.#port.say({ job, kind: "card", part }),
      save: async (checkpoint) => void (await this.#asks((ask) => ({ job, kind: "save", ask, checkpoint }))),
      load: () => this.#asks((ask) => ({ job, kind: "load", ask })),
    };
  }

  async #asks(question: (ask: number) => WorkerAnswer): Promise<string | null> {
    const ask = ++this.#ask;
    const reply = await new Promise<AskReply>((resolve) => {
      this.#asked.set(ask, resolve);
      this.#port.say(question(ask));
    });
    if ("error" in reply) throw errorFrom(reply.error);
    return reply.text;
  }

  #replied(ask: number, reply: AskReply): void {
    this.#asked.get(ask)?.(reply);
    this.#asked.delete(ask);
  }
}

// Made anew for each job: the same command is another one in another folder. It runs in a process, which ends with all of
// its group.
function stepOf({ folder }: WorkerJob, { plan, env, memoryMb }: WorkerCommand): LoadedStep {
  return commandStep(plan, { folder, env, memoryMb, inGroup: true }) as LoadedStep;
}

/** What a step prints goes to the cell that runs the flow, with the step's own job as its address. */
function printToPort(loop: Loop, port: WorkerPort): void {
  for (const stream of ["stdout", "stderr"] as const) {
    process[stream].write = (chunk: Uint8Array | string, ...rest: unknown[]): boolean => {
      const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
      port.say({ job: loop.job, kind: "output", stream, text });
      const done = rest.find((argument) => typeof argument === "function");
      if (done !== undefined) process.nextTick(done);
      return true;
    };
  }
}

// A worker has a copy of the environment of its start; a cell may have changed it since.
function replaceEnvironment(environment: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
}

/** @returns makes the environment what it was */
function setEnvironment(env: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

/** Node calls the loader that steps import with experimental; nobody who runs a flow can do anything about it. */
function quietLoader(): void {
  const warn = process.emitWarning.bind(process);
  process.emitWarning = ((warning: string | Error, ...rest: never[]): void => {
    if (!String(warning).includes("USE_MAIN_CONTEXT_DEFAULT_LOADER")) warn(warning, ...rest);
  }) as typeof process.emitWarning;
}
