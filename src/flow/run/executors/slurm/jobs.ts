import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { outcomePath, type SpecOutcome } from "../task-spec.ts";
import { jobStates, mayEnd, SlurmError, slurm } from "./commands.ts";

/** One job that was submitted. */
export interface Job {
  readonly id: string;
  readonly specPath: string;
  readonly logPath: string;
  /** Told what its log got. */
  readonly print: (text: string) => void;
  readonly ended: (outcome: SpecOutcome) => void;
  readonly failed: (error: unknown) => void;
}

interface Watched extends Job {
  logBytes: number;
  /** When Slurm was first seen not to know it, or to have ended it, without an outcome being there. */
  goneMs: number | null;
}

/** Between two looks at outcomes and logs, and between two questions to Slurm, which serves many. */
const looks = { filesMs: 200, slurmMs: 2000 };
/** Files of another machine may come so much later than Slurm's word that its job ended. */
const lateMs = 10_000;

const watched = new Set<Watched>();
let watching = false;

/** Follows a job until its outcome is there, or Slurm says that none will come. */
export function watchJob(job: Job): void {
  watched.add({ ...job, logBytes: 0, goneMs: null });
  if (!watching) void watch();
}

/** Nobody waits for the job any more: it is taken back, with others that are at the same time. */
export function cancelJob(id: string): void {
  for (const job of watched) if (job.id === id) watched.delete(job);
  cancelling.push(id);
  if (cancelling.length === 1) setImmediate(() => void cancelAll());
}

const cancelling: string[] = [];

async function cancelAll(): Promise<void> {
  const ids = cancelling.splice(0);
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
    job.ended(JSON.parse(readFileSync(path, "utf8")) as SpecOutcome);
  }
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
  if (Date.now() - job.goneMs < (state === "COMPLETED" ? lateMs : lateMs / 5)) return;
  const log = existsSync(job.logPath) ? ` Its log is ${job.logPath}.` : "";
  drop(job, new SlurmError("SLURM_JOB", `Slurm job ${job.id} ended without a result (${state}).${log}`));
}

function drop(job: Watched, error: unknown): void {
  watched.delete(job);
  job.failed(error);
}
