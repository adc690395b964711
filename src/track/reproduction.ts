import { StemmaError } from "../error.ts";
import { drawable } from "../host/index.ts";
import type { Project } from "../store/index.ts";

/** How a run is run again. */
export interface ReproduceRunOptions {
  /** A folder to work in, new or empty; a temporary one where absent. */
  readonly into?: string;
  /** Leaves the folder where it is in the end. */
  readonly keep?: boolean;
  readonly signal?: AbortSignal;
  /** Hears what is being done, and what the code that runs again prints. */
  readonly onOutput?: (text: string) => void;
}

/** What was compared. */
export type ReproducedKind =
  | "status"
  | "code"
  | "param"
  | "metric"
  | "artifact"
  | "data"
  /** What a step of a flow gave, by its digest. */
  | "result"
  | "package"
  | "node"
  /** A nested run that came only once. */
  | "run";

/** One thing of a run, as it was and as it came again. */
export interface ReproducedValue {
  readonly kind: ReproducedKind;
  /** "rmse"; of a nested run with its name in front: "fit › rmse". */
  readonly name: string;
  /** As text; null where it was not there. */
  readonly before: string | null;
  readonly again: string | null;
  readonly equal: boolean;
  /** Of a metric that differs: how far off its points are at most, as a part of the larger value; null where that says nothing. */
  readonly relative: number | null;
}

/** What came of running a run again: plain data. */
export interface ReproductionRecord {
  readonly run: string;
  readonly name: string;
  readonly experiment: string;
  /** The id of the new run. */
  readonly again: string;
  /** Whether all values are. */
  readonly equal: boolean;
  readonly values: readonly ReproducedValue[];
  /** What could not be as it was, and did not keep the run from running. */
  readonly notes: readonly string[];
  /** Where it ran, if that is still there. */
  readonly folder: string | null;
}

/** A run that was run again, and what differs; as the last expression of a cell it draws itself. */
export class Reproduction {
  readonly record: ReproductionRecord;

  constructor(record: ReproductionRecord) {
    this.record = record;
  }

  /** Whether everything came as it was. */
  get equal(): boolean {
    return this.record.equal;
  }

  /** What did not. */
  get differences(): readonly ReproducedValue[] {
    return this.record.values.filter(({ equal }) => !equal);
  }
}

drawable(Reproduction.prototype, "reproduction");

/** Runs a run of a project again. */
export type Reproducer = (project: Project, id: string, options: ReproduceRunOptions) => Promise<Reproduction>;

let reproducer: Reproducer | null = null;

/** Says who runs runs again: that takes all parts of the library, and this one knows none of them. */
export function setReproducer(next: Reproducer): void {
  reproducer = next;
}

/** Runs a run again. @throws {StemmaError} nobody was named who can */
export async function reproduce(project: Project, id: string, options: ReproduceRunOptions): Promise<Reproduction> {
  if (reproducer === null)
    throw new StemmaError("NO_REPRODUCER", 'Runs are run again by the whole library: import { track } from "stemma".');
  return reproducer(project, id, options);
}
