import type { Project } from "../../store/index.ts";
import type { RunRecord } from "../record.ts";
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

/** What was asked of a run about DVCLive. */
export interface WantedLayout {
  readonly wanted: boolean | DvcLiveOptions | undefined;
  /** Names of params in the order in which they were given: the store knows none. */
  readonly paramOrder: readonly string[];
}

/** What is to be done when a run has ended; null where its options ask for nothing. */
export function dvcLiveAfter(writer: RunWriter, { wanted, paramOrder }: WantedLayout): (() => Promise<void>) | null {
  if (wanted === undefined || wanted === false) return null;
  const options = wanted === true ? {} : wanted;
  return async () => {
    const run = ordered(writer.record(), paramOrder);
    const names = Object.keys(run.metrics);
    const points = names.map((name) => [name, pointsFrom(readSeries(writer.project, writer.key, name))] as const);
    const files = writeDvcLive(writer.project, { run, histories: Object.fromEntries(points) }, options);
    // A stage's experiment is made by what runs the pipeline.
    const inPipeline = (process.env["DVC_ROOT"] ?? "") !== "";
    if (options.save !== false && !inPipeline) await saver?.(writer.project, { name: run.name, files });
  };
}

function ordered(run: RunRecord, order: readonly string[]): RunRecord {
  const place = new Map(order.map((name, i) => [name, i]));
  const at = (name: string): number => place.get(name) ?? order.length;
  const params = Object.entries(run.params).toSorted(([a], [b]) => at(a) - at(b));
  return { ...run, params: Object.fromEntries(params) };
}
