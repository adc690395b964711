import { parentPort } from "node:worker_threads";
import { errorFacts } from "../../error.ts";
import type { FoldAnswer, FoldJob } from "./background.ts";
import { foldSegments } from "./fold.ts";

/** The background thread: folds what it is told, in order. */
parentPort?.on("message", ({ project, segments, job }: FoldJob) => {
  parentPort?.postMessage(answer(job, () => foldSegments(project, segments)));
});

function answer(job: number, work: () => void): FoldAnswer {
  try {
    work();
    return { job, error: null };
  } catch (error) {
    return { job, error: errorFacts(error) };
  }
}
