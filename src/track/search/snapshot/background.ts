import { Worker } from "node:worker_threads";
import type { Project } from "../../../store/index.ts";

const building = new Set<string>();

/**
 * Makes a snapshot in a thread of its own, which ends with it: that happens once in thousands of runs. The process lives
 * until it is made.
 */
export function buildInBackground(project: Project): void {
  if (building.has(project.stemmaFolder)) return;
  building.add(project.stemmaFolder);
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  // Without the arguments of the process: a kernel's or a test runner's loaders are not meant for it.
  const worker = new Worker(new URL(`./build-worker.${extension}`, import.meta.url), {
    execArgv: [],
    workerData: project,
  });
  // Searches go on without it, only slower.
  worker.on("error", (error) =>
    process.emitWarning(`Searches of runs stay slow, because their snapshot could not be made: ${error.message}`, {
      type: "StemmaWarning",
      code: "RUN_SNAPSHOT",
    }),
  );
  worker.on("exit", () => building.delete(project.stemmaFolder));
}
