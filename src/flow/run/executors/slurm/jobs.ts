import { existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { errorFacts } from "../../../../error.ts";
import type { StepPlan } from "../../../plan/index.ts";
import { outcomePath, type SpecOutcome, sharedFolderMs } from "../task-spec.ts";
import { exitOf, jobStates, mayEnd, SlurmError, slurm } from "./commands.ts";
import { endError, stateInLog } from "./job-end.ts";

/** One job that was submitted. */
export interface Job {
  readonly id: string;
  readonly specPath: string;
  readonly logPath: string;
  readonly step: Pick<StepPlan, "id" | "resources" | "timeoutMs">;
  /** Told what its log got. */
  readonly print: (text: string) => void;
  readonly ended: (outcome: SpecOutcome) => void;
  readonly failed: (error: unknown) => void;
}

interface Watched extends Job {
  logBytes: number;
  /** When Slurm was first seen not to know it, or to have ended it, without an outcome being there. */
  goneMs: number | null;
  /** Slurm's last word of it. */
  state: string;
}

/** Between two looks at outcomes and logs, and between two questions to Slurm, which serves many. */
const looks = { filesMs: 200, slurmMs: 2000 };
/** Slurm's word that a job ended may come so much earlier than its files do on the same machine. */
const settleMs = 2000;

const watched = new Set<Watched>();
let watching = false;

/** Follows a job until its outcome is there, or Slurm says that none will come. */
export function watchJob(job: Job): void {
  watched.add({ ...job, logBytes: 0, goneMs: null, state: "" });
  if (!watching) void watch();
}

/**
 * Nobody waits for the job any more: it is taken back, with others that are at the same time.
 *
 * @param print told of all of them together; absent: nobody has to know
 */
export function cancelJob(id: string, print?: (text: string) => void): void {
  for (const job of watched) if (job.id === id) watched.delete(job);
  cancelling.push({ id, print: print ?? null });
  if (cancelling.length === 1) setImmediate(() => void cancelAll());
}

const cancelling: { readonly id: string; readonly print: ((text: string) => void) | null }[] = [];

async function cancelAll(): Promise<void> {
  const all = cancelling.splice(0);
  const ids = all.map(({ id }) => id);
  const told = all.filter(({ print }) => print !== null);
  const shown = `${told
    .slice(0, 5)
    .map(({ id }) => id)
    .join(", ")}${told.length > 5 ? ", …" : ""}`;
  told[0]?.print?.(`Slurm: ${told.length} ${told.length === 1 ? "job" : "jobs"} cancelled (${shown})\n`);
  // A job that has just ended is none that can be cancelled; who stopped the flow has been told already.
  await slurm("scancel", ["--quiet", ...ids]).catch((error: unknown) => {
    process.emitWarning(`${ids.length} jobs were not cancelled: ${String(error)}`);
  });
}

async function watch(): Promise<void> {
  watching = true;
  let askedMs = Date.now();
  while (watched.size > 0) {
    await wait(looks.filesMs);
    try {
      await lookAtFiles();
    } catch (error) {
      for (const job of watched) drop(job, error);
    }
    if (Date.now() - askedMs < looks.slurmMs) continue;
    await askSlurm();
    askedMs = Date.now();
  }
  watching = false;
}

async function lookAtFiles(): Promise<void> {
  const folders = new Map<string, ReadonlySet<string>>();
  for (const job of [...watched]) {
    const folder = join(job.specPath, "..");
    const names = folders.get(folder) ?? new Set(existsSync(folder) ? readdirSync(folder) : []);
    folders.set(folder, names);
    await readLog(job);
    const path = outcomePath(job.specPath);
    if (!names.has(path.slice(folder.length + 1))) continue;
    // The log is complete only behind the outcome.
    await readLog(job);
    watched.delete(job);
    job.ended(await whole(job, JSON.parse(readFileSync(path, "utf8")) as SpecOutcome));
  }
}

/** Slurm says it of a job a moment after the system has killed a program of it. */
const killedLooks = { count: 10, waitMs: 500 };

// A limit of the cluster kills the step's own process, and its job tells of a crash: Slurm knows what it was.
async function whole(job: Watched, outcome: SpecOutcome): Promise<SpecOutcome> {
  if (outcome.state !== "failed" || outcome.error.code !== "STEP_CRASHED") return outcome;
  for (let i = 0; i < killedLooks.count; i++) {
    const states = await jobStates([job.id]).catch(() => new Map<string, string>());
    const state = stateInLog(job.logPath) ?? states.get(job.id) ?? "forgotten";
    if (state.startsWith("OUT_OF_MEMORY")) return { state: "failed", error: errorFacts(endError(job, state, "")) };
    if (!mayEnd(state)) return outcome;
    await wait(killedLooks.waitMs);
  }
  return outcome;
}

async function readLog(job: Watched): Promise<void> {
  const size = statSync(job.logPath, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= job.logBytes) return;
  const file = await open(job.logPath);
  try {
    const { bytesRead, buffer } = await file.read(
      Buffer.alloc(size - job.logBytes),
      0,
      size - job.logBytes,
      job.logBytes,
    );
    // A character that is half there is read the next time.
    const text = buffer.subarray(0, wholeCharacters(buffer.subarray(0, bytesRead)));
    job.logBytes += text.length;
    if (text.length > 0) job.print(text.toString("utf8"));
  } finally {
    await file.close();
  }
}

function wholeCharacters(bytes: Uint8Array): number {
  let end = bytes.length;
  let more = 0;
  while (end > 0 && more < 3 && ((bytes[end - 1] ?? 0) & 0xc0) === 0x80) {
    end--;
    more++;
  }
  const first = bytes[end - 1] ?? 0;
  const wants = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
  return wants === 0 || more === wants ? bytes.length : end - 1;
}

async function askSlurm(): Promise<void> {
  const jobs = [...watched];
  try {
    const states = await jobStates(jobs.map(({ id }) => id));
    for (const job of jobs) settleGone(job, states.get(job.id) ?? "forgotten");
  } catch (error) {
    // The controller may be restarting, as after each change of a cluster: the files tell what ends meanwhile.
    if (!(error instanceof SlurmError) || error.code === "SLURM_MISSING") for (const job of jobs) drop(job, error);
  }
}

function settleGone(job: Watched, state: string): void {
  if (mayEnd(state)) {
    job.goneMs = null;
    if (/DependencyNeverSatisfied|JobHeldAdmin|BadConstraints|PartitionNodeLimit|PartitionTimeLimit/.test(state)) {
      cancelJob(job.id);
      drop(job, new SlurmError("SLURM_JOB", `Slurm job ${job.id} will never start: ${state}.`));
    }
    return;
  }
  job.goneMs ??= Date.now();
  job.state = state;
  if (Date.now() - job.goneMs < settleMs) return;
  void settleEnded(job, state);
}

// What ended by itself has left its outcome, which a shared folder may show late: it is looked for so long.
async function settleEnded(job: Watched, state: string): Promise<void> {
  const exit = state.startsWith("FAILED") ? await exitOf(job.id) : null;
  const isOwn =
    state.startsWith("COMPLETED") || state === "forgotten" || (exit !== null && exit[0] === 1 && exit[1] === 0);
  if (!watched.has(job)) return;
  if (isOwn && Date.now() - (job.goneMs ?? 0) < sharedFolderMs) return freshen(job);
  const log = existsSync(job.logPath) ? ` Its log is ${job.logPath}.` : "";
  drop(job, endError(job, stateInLog(job.logPath) ?? state, log));
}

// NFS gives what it remembers of a folder until its time is over, or until something is made in it from here.
function freshen({ specPath }: Watched): void {
  rmdirSync(mkdtempSync(join(specPath, "..", "look-")));
}

function drop(job: Watched, error: unknown): void {
  watched.delete(job);
  job.failed(error);
}
