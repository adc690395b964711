import type { ErrorFacts } from "../../error.ts";
import type { Project } from "../../store/index.ts";
import {
  type AttemptRecord,
  type CardWriter,
  checkpointOf,
  type Journal,
  PrintFile,
  saveCheckpoint,
} from "../keep/index.ts";
import { type CardPart, cancelAhead, type TaskLog } from "./executors/index.ts";
import type { Task } from "./task.ts";

/** A try as it is told when it begins. */
export interface BegunTry {
  readonly task: Task;
  readonly attempt: number;
  readonly reason: string;
}

/** How a try ended. */
export interface EndedTry extends BegunTry {
  readonly state: "done" | "failed" | "stopped" | "cached";
  readonly digest: string | null;
  readonly error: ErrorFacts | null;
  readonly log: string;
}

/** What a task has printed is told to others so often while it runs, and first when it ran so long. */
const tailMs = 1000;
/** Characters of a log at its end that others see while its task runs. */
const tailLength = 32 * 1024;

/** A try that runs this long is shown to others as running; most are over before. */
const shownMs = 200;

/** A try that is not over. */
interface Running {
  readonly record: AttemptRecord;
  readonly log: TaskLog;
  shown: boolean;
  /** Characters of its log that others know of, and since when. */
  told: number;
  toldMs: number;
}

/** Keeps what a task has besides its result: its tries with their logs, its checkpoints, its card. */
export class TaskKeeping {
  readonly #project: Project;
  /** Id of the flow's run. */
  readonly run: string;
  readonly #journal: Journal;
  readonly #cards: CardWriter;
  readonly #begun = new Map<string, Running>();
  readonly #prints: PrintFile;
  #hasEnded = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    project: Project,
    parts: { readonly run: string; readonly journal: Journal; readonly cards: CardWriter },
  ) {
    this.#project = project;
    this.run = parts.run;
    this.#journal = parts.journal;
    this.#cards = parts.cards;
    this.#prints = new PrintFile(project, parts.run);
  }

  /** @param log what the try prints from now on */
  began(begun: BegunTry, log: TaskLog): void {
    const { task, attempt } = begun;
    const startMs = Date.now();
    if (attempt > 1) this.#cards.clear(ownerOf(task));
    const record = recordOf(begun, { state: "running", digest: null, error: null, log: "" });
    const running = { log, shown: false, told: 0, toldMs: startMs };
    this.#begun.set(nameOf(task), { record: { ...record, startMs, endMs: null }, ...running });
    this.#timer ??= setInterval(() => this.#show(), shownMs).unref();
  }

  /** The step of a task printed in this thread, which it may keep for long: others have it from now on. */
  heard(task: Task, text: string, log: TaskLog): void {
    const name = nameOf(task);
    const begun = this.#begun.get(name);
    // Of a try that was left behind, as at its timeout, nobody hears any more.
    if (begun?.log !== log) return;
    const { log: _, ...of } = begun.record;
    this.#prints.printed(name, text, { of, end: () => log.end(tailLength) });
  }

  ended(ended: EndedTry): void {
    const name = nameOf(ended.task);
    const begun = this.#begun.get(name);
    this.#begun.delete(name);
    this.#prints.ended(name);
    this.#hasEnded = true;
    const endMs = Date.now();
    this.#journal.attempt({ ...recordOf(ended, ended), startMs: begun?.record.startMs ?? endMs, endMs });
  }

  /** A task of a branch that was not taken. */
  skipped(step: string, indices: readonly number[], reason: string): void {
    const rest = { key: "", digest: null, seed: null, error: null, log: "", startMs: null, endMs: Date.now() };
    this.#journal.attempt({ step, indices, attempt: 1, state: "skipped", reason, ...rest });
  }

  card(task: Task, part: CardPart): void {
    this.#cards.add(ownerOf(task), part);
  }

  saveCheckpoint(task: Task, text: string): Promise<void> {
    return saveCheckpoint(this.#project, { key: task.key, run: this.run, ...ownerOf(task) }, text);
  }

  checkpoint(task: Task): string | null {
    return checkpointOf(this.#project, task.key);
  }

  /** Resolves when all is written. */
  settled(): Promise<void> {
    return this.#cards.settled();
  }

  /** The run is over. */
  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#prints.end();
    cancelAhead(this.run);
  }

  #show(): void {
    const now = Date.now();
    // What ended since the last look is on its way to the journal.
    if (!this.#hasEnded) this.#prints.settled();
    this.#hasEnded = false;
    for (const begun of this.#begun.values()) {
      const { record, log } = begun;
      if (!begun.shown) this.#journal.attempt(record);
      begun.shown = true;
      if (log.length === begun.told || now - begun.toldMs < tailMs) continue;
      begun.told = log.length;
      begun.toldMs = now;
      this.#journal.printed(record, log.end(tailLength));
    }
  }
}

function recordOf(
  { task, attempt, reason }: BegunTry,
  { state, digest, error, log }: Pick<AttemptRecord, "state" | "digest" | "error" | "log">,
): Omit<AttemptRecord, "startMs" | "endMs"> {
  return { ...ownerOf(task), attempt, state, reason, key: task.key, digest, seed: task.seed, error, log };
}

function ownerOf({ step, place }: Task): { readonly step: string; readonly indices: readonly number[] } {
  return { step: step.id, indices: place.indices };
}

function nameOf({ step, place }: Task): string {
  return `${step.id} ${place.indices.join(" ")}`;
}
