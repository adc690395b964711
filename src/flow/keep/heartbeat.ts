import { Worker } from "node:worker_threads";
import { DatabaseBusyError, DatabaseFullError, hasDatabase, openDatabase, type Project } from "../../store/index.ts";

/** How often a process that runs flows gives a sign of life. */
export const beatMs = 15_000;
/** Silent for longer, a process of another machine counts as dead: far more than a pause of it may take. */
export const silentMs = 120_000;

/** Signs of life of this process in one project, until `stop()`. */
export interface Heartbeat {
  stop(): void;
}

/**
 * Starts the signs of life. Where other machines may look at the database they come from a thread of their own, so that
 * a step that computes for an hour in this thread is not taken for dead; on a local disk everybody can look at the process.
 */
export function startHeartbeat(project: Project, owner: string): Heartbeat {
  if (openDatabase(project).isNetwork) return heartbeatThread(project, owner);
  const timer = setInterval(() => beat(project, owner), beatMs).unref();
  return { stop: () => clearInterval(timer) };
}

/** One sign of life. One that has to wait too long, or has no room, is left out: the next comes soon, and several may be missed. */
export function beat(project: Project, owner: string): void {
  if (!hasDatabase(project)) return;
  try {
    openDatabase(project).write((sql) => sql.run("UPDATE flow_owner SET beat = ? WHERE id = ?", Date.now(), owner));
  } catch (error) {
    if (!(error instanceof DatabaseBusyError || error instanceof DatabaseFullError)) throw error;
  }
}

/** A thread that gives the signs. */
export function heartbeatThread(project: Project, owner: string, everyMs: number = beatMs): Heartbeat {
  const program = new URL(
    import.meta.url.endsWith(".ts") ? "./heartbeat-thread.ts" : "./heartbeat-thread.js",
    import.meta.url,
  );
  const workerData: HeartbeatOrder = { project, owner, everyMs };
  const thread = new Worker(program, { name: "stemma heartbeat", execArgv: [], workerData });
  thread.unref();
  return { stop: () => void thread.terminate() };
}

/** What the thread is told. */
export interface HeartbeatOrder {
  readonly project: Project;
  readonly owner: string;
  readonly everyMs: number;
}
