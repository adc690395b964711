import type { TaskKeeping } from "./task-runner.ts";

/** Checkpoints and cards of this process's tasks. */
export function taskKeeping(): TaskKeeping {
  const checkpoints = new Map<string, string>();
  return {
    async saveCheckpoint(task, text) {
      checkpoints.set(task.key, text);
    },
    checkpoint: (task) => checkpoints.get(task.key) ?? null,
    card: () => {},
  };
}
