import { isDamaged } from "../../keep/index.ts";
import { sharedParts } from "../../values/index.ts";
import { isList, type Task } from "../task.ts";
import type { Executor, LocalTry, Outcome, Try } from "./executor.ts";
import { runInline } from "./inline.ts";
import { pause } from "./pause.ts";
import { runInProcess } from "./processes.ts";
import type { Entry, Seat } from "./room.ts";
import { localSeat } from "./seats.ts";
import { runInSlurm } from "./slurm/index.ts";
import { runInThread } from "./threads.ts";

/** What the tries of a task need from outside. */
export interface Around {
  readonly signal: AbortSignal;
  /** Called when a try begins: 1 for the first. */
  readonly started: (attempt: number) => void;
  /** Called when that try ended. */
  readonly ended: (attempt: number, result: TryEnd) => void;
  /** Aborted when nothing new may begin, as after a failure elsewhere: what runs then ends, what waits does not begin. */
  readonly halt: AbortSignal;
  /** The try as the executor gets it. */
  readonly prepare: (attempt: number) => Try;
}

/** What came of a try. */
export type TryEnd = { readonly outcome: Outcome } | { readonly error: unknown };

/** Where a step may run. */
export type RunPlace = "inline" | "thread" | "process" | "slurm";

const executors: Readonly<Record<Exclude<RunPlace, "slurm">, Executor>> = {
  inline: runInline,
  thread: runInThread,
  process: runInProcess,
};

/** Where a step runs. */
export function runPlace(task: Pick<LocalTry, "step" | "code">): RunPlace {
  return task.step.run === "slurm" ? "slurm" : localPlace(task);
}

/**
 * Where a step runs on this machine: `auto` is a thread; a process where it asks for what a thread cannot have (a limit of
 * memory, a GPU, an environment of its own) or is a command, which must end with it; this thread where its code cannot go elsewhere.
 */
export function localPlace({ step, code }: Pick<LocalTry, "step" | "code">): Exclude<RunPlace, "slurm"> {
  const { memoryMb = null, gpu = null } = step.resources ?? {};
  // A command has its GPUs from the process that starts it.
  if (step.command !== null && (gpu ?? 0) > 0) return "process";
  if (step.run === "inline") return "inline";
  if (step.command !== null) return "process";
  if (code.runnable === null) return "inline";
  if (step.run === "thread" || step.run === "process") return step.run;
  const ownEnv = !isList(step.env) && Object.keys(step.env).length > 0;
  return memoryMb !== null || (gpu ?? 0) > 0 || ownEnv ? "process" : "thread";
}

/** Runs one try on this machine. */
export function runHere(attempt: LocalTry, place: Exclude<RunPlace, "slurm">): Promise<Outcome> {
  return executors[place](attempt);
}

/**
 * Waits until a task may run on this machine; what another machine runs never waits here.
 *
 * @throws {GpuError} it asks for more than there are @throws the signal's reason
 */
export function seatFor({ step, code }: Pick<Task, "step" | "code">, wants: Omit<Entry, "here">): Promise<Seat> {
  const place = runPlace({ step, code });
  return place === "slurm" ? Promise.resolve({ env: {}, leave: () => {} }) : localSeat(step, place, wants);
}

/**
 * Runs a task as often as its retry policy allows.
 *
 * @param seat of its first try; given back when that ended
 * @throws what the last try threw
 */
export async function attempts(task: Task, seat: Seat, around: Around): Promise<Outcome> {
  const { attempts: limit, waitMs, backoff } = task.step.retry;
  let taken = seat;
  for (let attempt = 1; ; attempt++) {
    try {
      return await one(task, attempt, { ...around, seat: taken });
    } catch (error) {
      // A damaged input is no fault of the step: it has all its tries when that is made again.
      if (attempt >= limit || around.signal.aborted || isDamaged(error)) throw error;
    } finally {
      taken.leave();
    }
    await pause(waitMs * backoff ** (attempt - 1), around.halt);
    taken = await seatFor(task, { signal: around.halt });
  }
}

async function one(task: Task, attempt: number, around: Around & { readonly seat: Seat }): Promise<Outcome> {
  around.halt.throwIfAborted();
  around.started(attempt);
  const tried = around.prepare(attempt);
  const prepared = { ...tried, env: { ...around.seat.env, ...tried.env } };
  const place = runPlace(task);
  const running = place === "slurm" ? runInSlurm(prepared) : runHere(prepared, place);
  return followed(running, (end) => around.ended(attempt, end));
}

async function followed(running: Promise<Outcome>, ended: (end: TryEnd) => void): Promise<Outcome> {
  try {
    const outcome = await running;
    // The parts of a result wait here for the steps that need them.
    sharedParts.keep(outcome.parts ?? []);
    ended({ outcome });
    return outcome;
  } catch (error) {
    ended({ error });
    throw error;
  }
}
