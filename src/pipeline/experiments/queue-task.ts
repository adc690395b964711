import { commitAt, commitTime } from "../../git/index.ts";
import type { Home } from "./refs.ts";
import { readTask, readTaskInfo, type TaskProcess } from "./task-files.ts";

export type QueueState = "running" | "queued" | "failed" | "success";

/** An experiment that waits, runs or ran by the queue. */
export interface QueueTask {
  /** null for one of DVC's that gets its name when it runs. */
  readonly name: string | null;
  readonly baseline: string;
  /** Its files, params set: 40 hex digits. */
  readonly commit: string;
  readonly timeMs: number;
  readonly state: QueueState;
  /** Whose workers run it. */
  readonly owner: "stemma" | "dvc";
  /** null before it was started. */
  readonly process: TaskProcess | null;
  /** Of the experiment that it made. */
  readonly ref: string | null;
  /** The project's root where it runs, absolute; null where it does not. */
  readonly folder: string | null;
}

type Known = Pick<QueueTask, "name" | "baseline" | "commit" | "state" | "owner">;

/** A task with what its files and git say of it. */
export function taskOf(home: Home, { name, baseline, commit, state, owner }: Known): QueueTask {
  const { project, top } = home;
  const timeMs = commitAt(top, commit) === null ? 0 : commitTime(top, commit);
  const process = readTask(project, commit);
  const info = readTaskInfo(project, commit);
  const folder = state === "running" ? (info?.folder ?? null) : null;
  return { name, baseline, commit, state, owner, timeMs, process, ref: info?.ref ?? null, folder };
}
