import { errorFacts } from "../../../error.ts";
import { findProject, type Project, writeDurable } from "../../../store/index.ts";
import type { StepFunction } from "../../builder.ts";
import { commandStep } from "../../command/index.ts";
import { decode } from "../../encoding/index.ts";
import { CardWriter, checkpointOf, saveCheckpoint } from "../../keep/index.ts";
import { openResults, type Results } from "../../keys/index.ts";
import { type Value, valuePlace } from "../../values/index.ts";
import { localPlace, runHere } from "./attempts.ts";
import type { LocalTry, Outcome, TryCode } from "./executor.ts";
import { readyTask } from "./late-inputs.ts";
import { untilThere } from "./late-value.ts";
import type { StepSink } from "./step-context.ts";
import { storedValue } from "./stored-value.ts";
import { outcomePath, readTaskSpec, type SpecOutcome, sharedFolderMs, type TaskSpec } from "./task-spec.ts";

/** What one execution of a spec came to. */
export interface ExecutedTask {
  readonly spec: TaskSpec;
  readonly outcome: SpecOutcome;
}

/**
 * Runs the task of a spec file on this machine and keeps its result in the project's store; what came of it lies beside
 * the file then. Prints go to stdout and stderr.
 *
 * @throws {TaskSpecError} the file is no task; a failure of the step itself is no error here, but the outcome
 */
export async function execTask(path: string, { signal }: { readonly signal: AbortSignal }): Promise<ExecutedTask> {
  // A job's machine may see late what the one that submitted it has written.
  const patienceMs = process.env["SLURM_JOB_ID"] === undefined ? 0 : sharedFolderMs;
  await untilThere(path, patienceMs);
  const spec = readTaskSpec(path);
  let outcome: SpecOutcome;
  try {
    outcome = await executed(spec, { signal, patienceMs });
  } catch (error) {
    outcome = { state: "failed", error: errorFacts(error) };
  }
  // Who ended it, and why, its cluster tells: a limit of time, a person.
  if (outcome.state === "done" || !signal.aborted) writeDurable(outcomePath(path), JSON.stringify(outcome));
  return { spec, outcome };
}

interface Execution {
  readonly signal: AbortSignal;
  /** How long it waits for files of other machines. */
  readonly patienceMs: number;
}

async function executed(written: TaskSpec, { signal, patienceMs }: Execution): Promise<SpecOutcome> {
  const project = findProject(written.folder);
  const results = openResults(project);
  const { spec, inputs } = await readyTask(written, { project, results, patienceMs });
  const { key } = spec.context;
  // Another one may have been first.
  const kept = spec.fresh ? null : results.find(key);
  if (kept !== null) return { state: "done", key, digest: kept.digest };
  const cards = new CardWriter(project, spec.runId);
  const attempt = tryOf(spec, { project, results, signal, cards, inputs });
  const { text, digest }: Outcome = await runHere(attempt, localPlace(attempt));
  const { flow, step, indices } = spec.context;
  const note = { flow, step, indices, key, code: spec.code.digest, sources: spec.sources, facts: [] };
  const made = await results.commit({ ...note, text, digest, runId: spec.runId, replaces: spec.fresh });
  await cards.settled();
  return { state: "done", key, digest: made.digest };
}

interface At {
  readonly project: Project;
  readonly results: Results;
  readonly signal: AbortSignal;
  readonly cards: CardWriter;
  readonly inputs: Readonly<Record<string, Value>>;
}

function tryOf(spec: TaskSpec, at: At): LocalTry {
  const { folder, context, env } = spec;
  // Where it runs has been decided: here.
  const step = { ...spec.step, run: "auto" as const };
  return {
    ...{ step, context, env, folder },
    code: codeOf(spec, at.results),
    inputs: at.inputs,
    values: valuePlace(at.project, folder),
    signal: at.signal,
    sink: sinkOf(spec, at),
  };
}

function codeOf({ step, code, folder }: TaskSpec, results: Results): TryCode {
  const text = code.text === null ? null : storedValue("The code", { results, digest: code.text, folder }).text();
  const { command } = step;
  // A step that is no command is made from its text, elsewhere; two parameters: it may listen to its signal.
  const elsewhere = (_inputs: never, _context: unknown): unknown => null;
  const fn = command === null ? elsewhere : commandStep(command, { env: step.env, folder });
  return { fn: fn as StepFunction, digest: code.digest, runnable: text === null ? null : String(decode(text)) };
}

function sinkOf({ context, runId }: TaskSpec, { project, cards }: At): StepSink {
  const { step, indices, key } = context;
  return {
    print: (stream, text) => void process[stream].write(text),
    heard: () => false,
    card: (part) => cards.add({ step, indices }, part),
    save: (text) => saveCheckpoint(project, { key, run: runId, step, indices }, text),
    load: async () => checkpointOf(project, key),
  };
}
