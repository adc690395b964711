import { errorFacts } from "../../error.ts";
import type { Evaluator } from "../keys/index.ts";
import type { WatchedTask } from "../status/index.ts";
import {
  attempts,
  type CardPart,
  type Outcome,
  type Seat,
  type StepSink,
  TaskLog,
  type Try,
} from "./executors/index.ts";
import type { TaskState } from "./progress.ts";
import type { Surroundings } from "./surroundings.ts";
import { environmentOf, type Task } from "./task.ts";

/** A task that runs: how it stands, and what its last try printed. */
export interface RunningTask {
  readonly state: TaskState;
  /** Null until it is known by its inputs. */
  task: Task | null;
  /** By which its result is kept; null until it is. */
  key: string | null;
  log: TaskLog;
  /** Tries so far. */
  attempt: number;
}

/** What the tries of a task need from the run that it is part of. */
export interface TriesAround extends Surroundings {
  /** Aborted when nothing new may begin. */
  readonly halt: AbortSignal;
  readonly read: Evaluator;
  readonly running: RunningTask;
  readonly reason: string;
  /** Of the first try. */
  readonly seat: Seat;
}

/** Executes a task as often as its retry policy allows; each try is kept with its log. */
export function tries(task: Task, around: TriesAround): Promise<Outcome> {
  const { running, keeping, progress, reason, signal } = around;
  return attempts(task, around.seat, {
    signal,
    halt: around.halt,
    started(attempt) {
      running.log = new TaskLog();
      running.attempt = attempt;
      const { log } = running;
      const startMs = running.state.startMs ?? Date.now();
      progress.change(running.state, { state: "running", startMs, log: (count) => log.lastLines(count) });
      keeping.began({ task, attempt, reason }, log);
      if (attempt > 1) progress.card(running.state, null);
      if (task.step.card) showCard(around, task, { kind: "markdown", text: firstCard(task) });
    },
    ended(attempt, result) {
      around.view.silent?.(ownerOf(task));
      const log = running.log.text();
      const ended = { task, attempt, reason, log };
      if ("outcome" in result) keeping.ended({ ...ended, state: "done", digest: result.outcome.digest, error: null });
      else {
        const state = signal.aborted ? "stopped" : "failed";
        keeping.ended({ ...ended, state, digest: null, error: errorFacts(result.error) });
      }
    },
    prepare: (attempt) => oneTry(task, attempt, around),
  });
}

function oneTry(task: Task, attempt: number, around: TriesAround): Try {
  const { plan, folder, values, signal, keeping } = around;
  const { step, code, inputs, place, seed } = task;
  const context = { flow: plan.name, step: step.id, indices: place.indices, key: task.key, seed, attempt };
  const env = environmentOf(step);
  const isFresh = (id: string): boolean => around.resumes?.fresh.has(id) === true;
  const origin = { runId: keeping.run, isFresh, sources: task.sources, sight: around };
  return { step, code, inputs, context, origin, env, folder, values, signal, sink: sinkOf(task, around) };
}

function showCard({ keeping, progress, running }: TriesAround, task: Task, part: CardPart): void {
  keeping.card(task, part);
  progress.card(running.state, part);
}

function sinkOf(task: Task, around: TriesAround): StepSink {
  const { print, view, keeping, running, progress } = around;
  const { log } = running;
  const owner = ownerOf(task);
  return {
    print(stream, text) {
      log.add(text);
      if (view.printed === undefined) print(stream, text);
      else view.printed(owner, stream, text);
      progress.printed();
    },
    heard(stream, text) {
      log.add(text);
      keeping.heard(task, text, log);
      view.printed?.(owner, stream, text);
      progress.printed();
      return view.printed !== undefined;
    },
    card: (part) => showCard(around, task, part),
    save: (text) => keeping.saveCheckpoint(task, text),
    load: async () => keeping.checkpoint(task),
  };
}

function ownerOf({ step, place }: Task): WatchedTask {
  return { step: step.id, indices: place.indices };
}

/** What a card shows before the step itself shows anything. */
function firstCard({ step, place, inputs }: Task): string {
  const item = place.indices.length === 0 ? "" : `, item ${place.indices.join(".")}`;
  const lines = Object.entries(inputs).map(([name, value]) => {
    const text = value.text();
    return `- ${name}: \`${text.length > 80 ? `${text.slice(0, 80)} …` : text}\``;
  });
  return [`**${step.name}**${item}`, "", ...lines].join("\n");
}
