import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isAlive, type Project, writeDurable } from "../../store/index.ts";
import { cleanExperiments } from "./housekeeping.ts";
import { queuedExperiments, setAside } from "./queue.ts";
import type { QueueTask } from "./queue-task.ts";
import { openHome } from "./refs.ts";
import { claimNext, lockQueue } from "./run-queued.ts";
import { readTask, recordAt, taskLog, writeTask } from "./task-files.ts";

/** Starts this program with other words: `["exp", "queue-task", …]`. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

/** A worker's place: a process that takes one experiment after another, each in a process of its own. */
interface Worker {
  readonly number: number;
  readonly pid: number;
}

function workersFolder({ dvcFolder }: Project): string {
  return join(dvcFolder, "tmp", "exps", "stemma-workers");
}

/** Where it is written that workers are to end after what they run. */
function stopFile(project: Project): string {
  return join(workersFolder(project), "stop");
}

/** Our workers that live. */
export function queueWorkers(project: Project): readonly Worker[] {
  const folder = workersFolder(project);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder).flatMap((name) => {
    const number = /^worker-(\d+)\.json$/.exec(name)?.[1];
    const pid = number === undefined ? null : recordAt(join(folder, name))?.["pid"];
    return number !== undefined && typeof pid === "number" && isAlive(pid) ? [{ number: Number(number), pid }] : [];
  });
}

/** Lets so many workers run what waits, on after this process has ended. @returns how many were started: others run already */
export async function startWorkers(project: Project, count: number, program: Program): Promise<number> {
  openHome(project);
  mkdirSync(workersFolder(project), { recursive: true });
  return lockQueue(project, async () => {
    rmSync(stopFile(project), { force: true });
    const taken = new Set(queueWorkers(project).map(({ number }) => number));
    const free = Array.from({ length: count }, (_, i) => i + 1).filter((number) => !taken.has(number));
    for (const number of free) {
      const log = join(workersFolder(project), `worker-${number}.out`);
      const worker = spawned(project, log, { ...program, args: [...program.args, "exp", "queue-worker"] });
      worker.unref();
      const record = JSON.stringify({ pid: worker.pid ?? 0 });
      writeDurable(join(workersFolder(project), `worker-${number}.json`), record);
    }
    return free.length;
  });
}

function spawned(project: Project, log: string, { file, args }: Program): ChildProcess {
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, "w");
  try {
    // A group of its own, with the commands of its stages in it: stopped, or killed, as a whole.
    return spawn(file, args, { cwd: project.root, detached: true, stdio: ["ignore", output, output] });
  } finally {
    closeSync(output);
  }
}

/** What a worker does: one experiment after the other, until none waits or it is told to stop. */
export async function workQueue(project: Project, program: Program): Promise<void> {
  while (!existsSync(stopFile(project))) {
    let child: ChildProcess | null = null;
    const taken = await claimNext(project, ({ commit }) => {
      const log = taskLog(project, commit);
      child = spawned(project, log, { ...program, args: [...program.args, "exp", "queue-task", commit] });
      return { pid: child.pid ?? 0, log, code: null };
    });
    const running = child as ChildProcess | null;
    if (taken === null || running === null) return;
    if (running.exitCode === null && running.signalCode === null) await once(running, "exit");
    await settle(project, taken.commit);
  }
}

/** An experiment whose process was killed has failed: it would be killed again. */
async function settle(project: Project, commit: string): Promise<void> {
  const task = readTask(project, commit);
  if (task === null || task.code === 0) return;
  if (task.code === null) writeTask(project, commit, { ...task, code: -1 });
  if (task.code === null) await setTaskAside(project, commit);
  cleanExperiments(project);
}

/** Lets the workers end after what they run. */
export function stopWorkers(project: Project): void {
  mkdirSync(workersFolder(project), { recursive: true });
  writeFileSync(stopFile(project), "");
}

/**
 * Interrupts an experiment of ours that runs, as Ctrl-C does; with `force` its processes are killed. It has failed then.
 *
 * @returns false when it is over already
 */
export async function killTask(project: Project, { commit }: QueueTask, force: boolean): Promise<boolean> {
  const task = readTask(project, commit);
  if (task === null || task.code !== null || !isAlive(task.pid)) return false;
  // Set aside first: what is interrupted would wait on.
  await setTaskAside(project, commit);
  process.kill(process.platform === "win32" ? task.pid : -task.pid, force ? "SIGKILL" : "SIGINT");
  if (force) writeTask(project, commit, { ...task, code: -9 });
  return true;
}

async function setTaskAside(project: Project, commit: string): Promise<void> {
  const home = openHome(project);
  await lockQueue(project, async () => {
    const entry = queuedExperiments(home).find((one) => one.commit === commit);
    if (entry !== undefined) setAside(home, entry);
  });
}
