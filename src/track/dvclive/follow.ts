import type { Project } from "../../store/index.ts";
import type { RunWriter } from "../run-writer.ts";
import { pointsFrom, readSeries } from "../series/index.ts";
import type { DvcLiveOptions } from "./options.ts";
import { writeDvcLive } from "./write.ts";

/** Makes an experiment of what lies in the project. */
export type ExperimentSaver = (project: Project, experiment: SavedRun) => Promise<void>;

export interface SavedRun {
  /** The run's name: the experiment's, where git takes it and no other has it. */
  readonly name: string;
  /** To be in it even if git does not know them: absolute. */
  readonly files: readonly string[];
}

let saver: ExperimentSaver | null = null;

/** Tells how experiments are made: those who track don't know those who do. */
export function setExperimentSaver(save: ExperimentSaver): void {
  saver = save;
}

/** What is to be done when a run has ended; null where its options ask for nothing. */
export function dvcLiveAfter(
  writer: RunWriter,
  wanted: boolean | DvcLiveOptions | undefined,
): (() => Promise<void>) | null {
  if (wanted === undefined || wanted === false) return null;
  const options = wanted === true ? {} : wanted;
  return async () => {
    const run = writer.record();
    const names = Object.keys(run.metrics);
    const points = names.map((name) => [name, pointsFrom(readSeries(writer.project, writer.key, name))] as const);
    const files = writeDvcLive(writer.project, { run, histories: Object.fromEntries(points) }, options);
    // A stage's experiment is made by what runs the pipeline.
    const inPipeline = (process.env["DVC_ROOT"] ?? "") !== "";
    if (options.save !== false && !inPipeline) await saver?.(writer.project, { name: run.name, files });
  };
}
