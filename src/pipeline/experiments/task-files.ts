import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { FormatError, parseParamsFile } from "../../format/index.ts";
import { isAlive, type Project, writeDurable } from "../../store/index.ts";

/** The process that runs an experiment of the queue, or ran it: a file of dvc_task's (proc/process.py), for DVC's tasks and ours. */
export interface TaskProcess {
  readonly pid: number;
  /** What it printed; null where that went to a terminal. */
  readonly log: string | null;
  /** null while it runs, and when it was killed. */
  readonly code: number | null;
}

/** What a task's folder holds besides: what became of it (dvc/repo/experiments/executor/base.py, ExecutorInfo). */
export interface TaskInfo {
  readonly name: string | null;
  readonly baseline: string | null;
  /** The ref of the experiment that was made; null without one. */
  readonly ref: string | null;
  /** The project's root where the experiment runs, absolute. */
  readonly folder: string | null;
  readonly owner: "stemma" | "dvc";
}

/** Where DVC keeps tasks, a folder each by the commit. */
export function tasksFolder({ dvcFolder }: Project): string {
  return join(dvcFolder, "tmp", "exps", "run");
}

function taskFolder(project: Project, commit: string): string {
  return join(tasksFolder(project), commit);
}

/** Where a task's output goes. */
export function taskLog(project: Project, commit: string): string {
  return join(taskFolder(project, commit), `${commit}.out`);
}

export function writeTask(project: Project, commit: string, { pid, log, code }: TaskProcess): void {
  mkdirSync(taskFolder(project, commit), { recursive: true });
  const record = { pid, stdin: null, stdout: log, stderr: null, returncode: code };
  writeDurable(join(taskFolder(project, commit), `${commit}.json`), JSON.stringify(record));
}

/** null when it was never started. */
export function readTask(project: Project, commit: string): TaskProcess | null {
  const record = recordAt(join(taskFolder(project, commit), `${commit}.json`));
  if (record === null) return null;
  const { pid, stdout, returncode } = record;
  return {
    pid: typeof pid === "number" ? pid : 0,
    log: typeof stdout === "string" ? stdout : null,
    code: typeof returncode === "number" ? returncode : null,
  };
}

export function writeTaskInfo(
  project: Project,
  commit: string,
  { name, baseline, ref, folder }: Omit<TaskInfo, "owner">,
): void {
  mkdirSync(taskFolder(project, commit), { recursive: true });
  const record = { baseline_rev: baseline, name, result_ref: ref, root_dir: folder, location: "stemma" };
  writeDurable(join(taskFolder(project, commit), `${commit}.run`), JSON.stringify(record));
}

export function readTaskInfo(project: Project, commit: string): TaskInfo | null {
  const record = recordAt(join(taskFolder(project, commit), `${commit}.run`));
  if (record === null) return null;
  const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
  const { name, baseline_rev, result_ref, root_dir, dvc_dir, location } = record;
  const owner = location === "stemma" ? "stemma" : "dvc";
  // DVC's root is git's; the project's is a path from there.
  const folder = text(root_dir) === null ? null : join(text(root_dir) ?? "", text(dvc_dir) ?? "");
  return { name: text(name), baseline: text(baseline_rev), ref: text(result_ref), folder, owner };
}

export function removeTask(project: Project, commit: string): void {
  rmSync(taskFolder(project, commit), { recursive: true, force: true });
}

export function isRunning(task: TaskProcess | null): task is TaskProcess {
  return task !== null && task.code === null && task.pid > 0 && isAlive(task.pid);
}

/** The fields of a JSON file; null where there is none, or where another process is just writing it. */
export function recordAt(path: string): Readonly<Record<string, unknown>> | null {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return null;
  try {
    return parseParamsFile(readFileSync(path, "utf8"), "task.json") as Readonly<Record<string, unknown>>;
  } catch (error) {
    // Celery and dvc_task write in place: the next look sees the whole.
    if (error instanceof FormatError) return null;
    throw error;
  }
}
