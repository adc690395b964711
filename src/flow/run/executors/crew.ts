import { errorFacts, errorFrom } from "../../../error.ts";
import type { LocalTry, Outcome } from "./executor.ts";
import { forgetTexts, SentTexts } from "./long-texts.ts";
import { SentEnvironment } from "./sent-environment.ts";
import { StepTimeoutError } from "./step-error.ts";
import type { AskReply, WorkerAnswer, WorkerCommand, WorkerOrder } from "./worker-message.ts";

/** A thread or a process that runs one job at a time. */
export interface Hand {
  tell(order: WorkerOrder): void;
  /** It works: this process waits for it. */
  hold(): void;
  /** It rests: this process may end. */
  release(): void;
  /** Ends it now, also in the middle of a busy loop. */
  end(): void;
}

/** What a hand tells of itself. */
export interface HandEvents {
  answered(answer: WorkerAnswer): void;
  /** Something below JavaScript printed. */
  printed(stream: "stdout" | "stderr", text: string): void;
  /** It is no more; `error` says why, for the step that it ran. @param error gets the step's name */
  ended(error: (step: string) => unknown): void;
}

/** Starts a hand for a try. */
export type Hire = (attempt: LocalTry, events: HandEvents) => Hand;

/** How long a step that listens to `ctx.signal` has after a stop or its timeout. */
const graceMs = 200;

/** How long a hand without work is kept. */
const restMs = 30_000;

/** Hands of one kind of work, started when they are needed and kept for the next step. */
export class Crew {
  readonly #hire: Hire;
  readonly #kindOf: (attempt: LocalTry) => string;
  readonly #idle: Worker[] = [];
  readonly #limit: number;
  #size = 0;

  /**
   * @param limit hands that may rest; work is let in elsewhere
   * @param kindOf hands of one kind can do each other's work
   */
  constructor(hire: Hire, limit: number, kindOf: (attempt: LocalTry) => string = () => "") {
    this.#hire = hire;
    this.#limit = limit;
    this.#kindOf = kindOf;
  }

  /** Runs a step; a timeout or stop ends the hand, also in the middle of a busy loop. */
  async run(attempt: LocalTry): Promise<Outcome> {
    const worker = this.#worker(attempt);
    try {
      return await worker.run(attempt);
    } finally {
      if (!worker.ended) this.#rest(worker);
    }
  }

  #worker(attempt: LocalTry): Worker {
    const kind = this.#kindOf(attempt);
    const at = this.#idle.findLastIndex((worker) => worker.kind === kind);
    const known = at === -1 ? undefined : this.#idle.splice(at, 1)[0];
    if (known !== undefined) return known;
    // One of another kind makes room.
    if (this.#size >= this.#limit) this.#idle.shift()?.end();
    this.#size++;
    return new Worker(
      kind,
      (events) => this.#hire(attempt, events),
      (worker) => this.#left(worker),
    );
  }

  #rest(worker: Worker): void {
    this.#idle.push(worker);
    worker.rest(restMs);
  }

  #left(worker: Worker): void {
    this.#size--;
    const at = this.#idle.indexOf(worker);
    if (at !== -1) this.#idle.splice(at, 1);
    // Nobody has worked for a while: what was kept for the next jobs is given back.
    if (this.#size === 0) forgetTexts();
  }
}

/** A hand and the one job that it does. */
class Worker {
  readonly kind: string;
  readonly #hand: Hand;
  readonly #left: (worker: Worker) => void;
  readonly #codes = new Set<string>();
  readonly #texts = new SentTexts();
  readonly #environment = new SentEnvironment();
  readonly #ready = Promise.withResolvers<void>();
  #job = 0;
  #attempt: LocalTry | null = null;
  #settle: { readonly done: (outcome: Outcome) => void; readonly failed: (error: unknown) => void } | null = null;
  #resting: NodeJS.Timeout | null = null;
  ended = false;

  constructor(kind: string, hire: (events: HandEvents) => Hand, left: (worker: Worker) => void) {
    this.kind = kind;
    this.#left = left;
    this.#hand = hire({
      answered: (answer) => this.#answered(answer),
      printed: (stream, text) => this.#attempt?.sink.print(stream, text),
      ended: (error) => this.#gone(error(this.#attempt?.step.id ?? "A step")),
    });
  }

  async run(attempt: LocalTry): Promise<Outcome> {
    if (this.#resting !== null) clearTimeout(this.#resting);
    this.#hand.hold();
    const { signal, step } = attempt;
    const { timeoutMs } = step;
    const stop = (): void => this.#stop(signal.reason);
    const late = (ms: number): void => this.#stop(new StepTimeoutError(step.id, ms));
    let timer: NodeJS.Timeout | null = null;
    signal.addEventListener("abort", stop);
    try {
      signal.throwIfAborted();
      const settled = this.#settled(attempt);
      // The time that the hand itself takes to start is none of the step's.
      await Promise.race([this.#ready.promise, settled]);
      if (timeoutMs !== null && this.#attempt === attempt) timer = setTimeout(late, timeoutMs, timeoutMs);
      return await settled;
    } finally {
      if (timer !== null) clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      this.#attempt = null;
      this.#settle = null;
    }
  }

  /** Waits for work; ends when none comes. */
  rest(ms: number): void {
    this.#hand.release();
    this.#resting = setTimeout(() => this.end(), ms).unref();
  }

  end(): void {
    this.#gone(new Error("ended"));
  }

  #settled(attempt: LocalTry): Promise<Outcome> {
    return new Promise((done, failed) => {
      this.#attempt = attempt;
      this.#settle = { done, failed };
      this.#job++;
      const { code, folder, context, env, values, inputs } = attempt;
      const known = this.#codes.has(code.digest);
      this.#codes.add(code.digest);
      const text = known ? null : code.runnable;
      const sent = this.#texts.sent(inputs);
      const job = {
        job: this.#job,
        folder,
        code: code.digest,
        text,
        command: commandOf(attempt),
        ...sent,
        values,
        context,
      };
      this.#hand.tell({ kind: "job", ...job, environment: this.#environment.changed(), env });
    });
  }

  #answered(answer: WorkerAnswer): void {
    if (answer.kind === "ready") {
      this.#ready.resolve();
      return;
    }
    const sink = this.#attempt?.sink;
    if (sink === undefined || answer.job !== this.#job) return;
    if (answer.kind === "output") sink.print(answer.stream, answer.text);
    else if (answer.kind === "card") sink.card(answer.part);
    else if (answer.kind === "done") this.#settle?.done(answer);
    else if (answer.kind === "failed") this.#settle?.failed(errorFrom(answer.error));
    else
      void this.#reply(
        answer.ask,
        answer.kind === "load" ? sink.load() : sink.save(answer.checkpoint).then(() => null),
      );
  }

  async #reply(ask: number, asked: Promise<string | null>): Promise<void> {
    const job = this.#job;
    const reply: AskReply = await asked.then(
      (text) => ({ text }),
      (error: unknown) => ({ error: errorFacts(error) }),
    );
    if (!this.ended) this.#hand.tell({ kind: "reply", job, ask, reply });
  }

  // Whoever waits is told at once; a step that listens to its signal has a moment before its hand is gone.
  #stop(reason: unknown): void {
    const listens = (this.#attempt?.code.fn.length ?? 0) > 1;
    this.#settle?.failed(reason);
    this.#leave();
    if (!listens) this.#hand.end();
    else {
      this.#hand.tell({ kind: "stop", job: this.#job, reason: errorFacts(reason).message });
      setTimeout(() => this.#hand.end(), graceMs);
    }
  }

  #gone(error: unknown): void {
    this.#settle?.failed(error);
    this.#leave();
    this.#hand.end();
  }

  #leave(): void {
    if (this.ended) return;
    this.ended = true;
    if (this.#resting !== null) clearTimeout(this.#resting);
    this.#left(this);
  }
}

function commandOf({ step }: LocalTry): WorkerCommand | null {
  const { command, env, resources } = step;
  return command === null ? null : { plan: command, env, memoryMb: resources?.memoryMb ?? null };
}
