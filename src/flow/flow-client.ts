import { drawable } from "../host/index.ts";
import type { Project } from "../store/index.ts";
import { chooseNamespace, currentNamespace, hasTags, namedRun, namespaceTag, type Tags } from "./client/index.ts";
import { refuseUnknown } from "./define/index.ts";
import { type Duration, durationMs } from "./duration.ts";
import { KeptFlowRun } from "./flow-run.ts";
import { type CollectedRuns, collect, type FlowRunRecord, flowRuns } from "./keep/index.ts";
import { type FlowPlace, flowPlace } from "./plan/index.ts";
import type { FlowStatus } from "./status/index.ts";

/** Which runs to list. */
export interface FlowRunQuery {
  readonly flow?: string;
  /** Names of tags that all must have (`stage:prod` asks for a value too), or a record of their values. */
  readonly tags?: readonly string[] | Tags;
  /** `user:anna`, `production:fit`, or any tag; null: everybody's. What `flow.namespace()` chose where absent. */
  readonly namespace?: string | null;
  readonly state?: FlowRunRecord["state"];
  /** At most so many, 100 where absent. */
  readonly limit?: number;
}

/** What may go. */
export interface FlowGcOptions {
  /** Runs of each flow that stay, the newest ones. */
  readonly keepRuns?: number;
  /** Only what is older goes: "30d". */
  readonly olderThan?: Duration;
  /** Only this flow's runs go. */
  readonly flow?: string;
  /** Tells what would go, and takes nothing away. */
  readonly dry?: boolean;
}

/** Runs of flows, the newest first; draws itself. */
export class FlowRunList<T = unknown> extends Array<KeptFlowRun<T>> {}

Object.defineProperty(FlowRunList, Symbol.species, { value: Array });
drawable(FlowRunList.prototype, "flow-runs");

/** The verbs of `flow` that know its runs. */
export interface FlowVerbs {
  /**
   * Runs of flows of this project, the newest first: of any process, running or ended.
   *
   * @example
   * flow.runs({ flow: "fit-seir", state: "done", tags: ["best"] })
   */
  runs(query?: FlowRunQuery): FlowRunList;
  /** The run of that id, or of an id that begins so. @throws {NoSuchRunError} */
  run(id: string): KeptFlowRun;
  /** Chooses whose runs `flow.runs()` lists from now on: `user:anna`, `production:fit`; null: everybody's. Gives what is chosen. */
  namespace(name?: string | null): string | null;
  /** Takes away old runs, and the results, logs, cards and files that then nobody points to. @throws {RangeError} it is not said what may go */
  gc(options: FlowGcOptions): CollectedRuns;
}

export const flowVerbs: FlowVerbs = {
  runs: (query = {}) => runList(flowPlace(), query),
  run: (id) => keptRun(flowPlace(), id),
  namespace(name) {
    if (name !== undefined) chooseNamespace(name);
    return currentNamespace();
  },
  gc: (options) => collectRuns(flowPlace().project, options),
};

const states: readonly FlowRunRecord["state"][] = ["running", "done", "failed", "stopped", "lost"];

/** Runs as a query asks for them. @throws {RangeError} */
export function runList<T>(place: FlowPlace, query: FlowRunQuery): FlowRunList<T> {
  refuseUnknown(query, "flow.runs()", ["flow", "tags", "namespace", "state", "limit"]);
  const { limit = 100, namespace = currentNamespace(), tags = [], state, flow } = query;
  if (!Number.isInteger(limit) || limit < 0) throw new RangeError(`limit is ${limit}; it takes a whole number from 0`);
  if (state !== undefined && !states.includes(state))
    throw new RangeError(`state is ${JSON.stringify(state)}; a run is ${states.join(", ")}`);
  const records = flowRuns(place.project, flow === undefined ? {} : { flow });
  const found = records.filter(
    (run) =>
      (state === undefined || run.state === state) &&
      (namespace === null || run.tags[namespaceTag] === namespace || hasTags(run.tags, [namespace])) &&
      hasTags(run.tags, tags),
  );
  const list = new FlowRunList<T>();
  for (const { id } of found.slice(0, limit)) list.push(new KeptFlowRun<T>(place, id));
  return list;
}

/** The run of that id, or the only one whose id begins so. @throws {NoSuchRunError} */
export function keptRun(place: FlowPlace, id: string): KeptFlowRun {
  return new KeptFlowRun(place, namedRun(place.project, id).id);
}

/** How a run of any process stands, as it is drawn. @throws {NoSuchRunError} */
export function keptRunStatus(project: Project, id: string): FlowStatus {
  return keptRun({ project, folder: project.root }, id).status;
}

export function collectRuns(project: Project, given: FlowGcOptions): CollectedRuns {
  refuseUnknown(given, "gc()", ["keepRuns", "olderThan", "flow", "dry"]);
  const { olderThan, ...options } = given;
  const older = olderThan === undefined ? {} : { olderThanMs: durationMs(olderThan, "olderThan") };
  if ((older.olderThanMs ?? 0) < 0)
    throw new RangeError(`gc() got olderThan ${older.olderThanMs}; it takes a span from 0. Nothing was taken away.`);
  return collect(project, { ...options, ...older });
}
