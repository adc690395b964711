/**
 * The contract between the library, the server and the JupyterLab extension: what our MIME types and routes carry.
 * Plain JSON, no `node:` imports. A view is at most 200 kB as JSON; what is larger is thinned and says so in its totals.
 */

// The pure functions that turn a view into cells and texts: the same in the fallbacks here and in the extension.
export { assignColours, colourCount } from "./colours.ts";
export { formatAge, formatBytes, formatColumn, formatDelta, formatDuration, formatNumber } from "./numbers.ts";
export type * from "./panel-answers.ts";
export {
  primaryMetric,
  type RunsTable,
  runsTable,
  type TableCell,
  type TableColumn,
  type TableOptions,
  type TableRow,
} from "./runs-table.ts";

export const runsMimeType = "application/vnd.stemma.runs.v1+json";
export const runMimeType = "application/vnd.stemma.run.v1+json";
export const graphMimeType = "application/vnd.stemma.graph.v1+json";
export const flowMimeType = "application/vnd.stemma.flow.v1+json";

export type RunState = "RUNNING" | "SCHEDULED" | "FINISHED" | "FAILED" | "KILLED";

/** One run as a row of a comparison or of the panel's list. */
export interface RunRow {
  readonly id: string;
  readonly name: string;
  readonly state: RunState;
  /** Index into the six series colours; the same for one run in every view. */
  readonly colour: number;
  readonly startMs: number;
  readonly endMs: number | null;
  readonly parentId: string | null;
  readonly params: Readonly<Record<string, string>>;
  /** Last value of each metric; NaN and infinities as "NaN", "Infinity", "-Infinity". */
  readonly metrics: Readonly<Record<string, number | string>>;
  /** First sentence of the error of a failed run. */
  readonly error: string | null;
  /** "cases.csv 3f2a91": data that the run used. */
  readonly data: readonly { readonly name: string; readonly digest: string }[];
  /** Runs nested in it. */
  readonly children: number;
  /** Name of the run that it is nested in, in the answers to the panel where that run is not among the rows. */
  readonly parentName?: string;
}

/** A param of a comparison. One that is equal in all rows has its text in `value` and stands in no row. */
export interface ParamColumn {
  readonly name: string;
  readonly differs: boolean;
  /** The text that all rows have; null where they differ. */
  readonly value: string | null;
}

export interface MetricColumn {
  readonly name: string;
  /** Which way is better; null when unknown: then no value is marked as best. */
  readonly goal: "min" | "max" | null;
  /** Id of the run with the best value. */
  readonly best: string | null;
}

export interface CurveSeries {
  readonly run: string;
  /** [step, value] by rising step, thinned. */
  readonly points: readonly (readonly [number, number])[];
}

/** A comparison of runs: `application/vnd.stemma.runs.v1+json`. */
export interface RunsView {
  readonly kind: "runs";
  readonly experiment: string;
  readonly runs: readonly RunRow[];
  /** Runs that the query found, which may be more than `runs`. */
  readonly total: number;
  /** Params in the order of their columns: those that differ first. */
  readonly params: readonly ParamColumn[];
  readonly metrics: readonly MetricColumn[];
  readonly baseline: string | null;
  readonly curves: readonly { readonly metric: string; readonly series: readonly CurveSeries[] }[];
  /** Columns that there are, which may be more than `params` and `metrics` hold. */
  readonly columns: { readonly params: number; readonly metrics: number };
}

/** The curve of one metric of one run. */
export interface RunCurve {
  readonly metric: string;
  readonly points: readonly (readonly [number, number])[];
}

/** Pictures of one key, by rising step. */
export interface ImageSeries {
  readonly key: string;
  readonly images: readonly SeriesImage[];
}

export interface SeriesImage {
  readonly step: number;
  /** Of the full picture, in the run's artifacts. */
  readonly path: string;
  /** Of the small one. */
  readonly small: string;
  /** The small one as a `data:` URI where it comes along; else it is asked for by its path. */
  readonly data: string | null;
}

/** The top of a table: at most ten rows of twelve values. */
export interface TableTop {
  /** In the run's artifacts. */
  readonly path: string;
  /** Rows that the table has; null where that is not known. */
  readonly rows: number | null;
  /** All columns, which may be more than a row has values. */
  readonly columns: readonly string[];
  readonly top: readonly (readonly (string | number | boolean | null)[])[];
}

/** A Vega-Lite chart that was kept. */
export interface FigureView {
  /** In the run's artifacts. */
  readonly path: string;
  readonly spec: object;
}

/** A data set that a run used. */
export interface DatasetRow {
  readonly name: string;
  readonly digest: string;
  /** "training" */
  readonly context: string | null;
  readonly rows: number | null;
  /** "beta double, day datetime" */
  readonly columns: string | null;
}

/** A model that a run kept. */
export interface ModelRow {
  /** `m-` and 32 hex digits. */
  readonly id: string;
  readonly name: string;
  /** "onnx"; null where it is not told. */
  readonly type: string | null;
  /** "iris version 3": what it is registered as. */
  readonly versions: readonly string[];
}

/** One run: `application/vnd.stemma.run.v1+json`. */
export interface RunView {
  readonly kind: "run";
  /** Without the system's metrics. */
  readonly run: RunRow;
  readonly experiment: string;
  readonly user: string;
  /** Markdown as somebody wrote it. */
  readonly note: string | null;
  readonly curves: readonly RunCurve[];
  /** How the machine was used: "cpu utilization %", "disk usage MB". */
  readonly system: readonly RunCurve[];
  readonly images: readonly ImageSeries[];
  readonly figures: readonly FigureView[];
  readonly tables: readonly TableTop[];
  readonly datasets: readonly DatasetRow[];
  readonly models: readonly ModelRow[];
  readonly artifacts: readonly { readonly path: string; readonly folder: boolean; readonly bytes: number | null }[];
  /** Where it came from and what it ran with: "Commit", "3f2a91c on main". */
  readonly context: readonly (readonly [name: string, text: string])[];
  /** Those that stand nowhere else here. */
  readonly tags: Readonly<Record<string, string>>;
  /** First lines of its error, where it failed. */
  readonly error: string | null;
}

/** `choice`: a value decides which branch is taken. */
export type NodeKind = "data" | "value" | "step" | "map" | "choice" | "run" | "model" | "cell" | "artifact";
/** Neutral: done, cached. Orange: will run, stale. Blue: running. Red: failed. Dimmed: skipped, in a branch that was not taken. */
export type NodeState = "done" | "cached" | "stale" | "waiting" | "running" | "failed" | "skipped";

export interface GraphNode {
  readonly id: string;
  readonly kind: NodeKind;
  readonly label: string;
  /** The second line: "3f2a91 · version 2", "helper scale() changed". */
  readonly detail: string;
  readonly state: NodeState;
  /** Items done of all, for a map. */
  readonly progress: { readonly done: number; readonly total: number } | null;
  /** Id of the run that this node stands for or ran in. */
  readonly run: string | null;
  /** Things that this node stands for; more than one are drawn as a stack. */
  readonly count: number;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
}

/** Nodes that belong together, drawn in one box: a sub-flow, a loop. */
export interface GraphGroup {
  readonly id: string;
  readonly label: string;
  /** The box that this one stands in. */
  readonly parent: string | null;
  readonly nodes: readonly string[];
}

/** Lineage: `application/vnd.stemma.graph.v1+json`. */
export interface GraphView {
  readonly kind: "graph";
  readonly title: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Nodes that there are, which may be more than `nodes`. */
  readonly total: number;
  readonly groups?: readonly GraphGroup[];
}

/** One bar of a flow's timeline. */
export interface TaskBar {
  readonly step: string;
  readonly item: number | null;
  readonly state: NodeState;
  readonly startMs: number | null;
  readonly endMs: number | null;
}

/** The last lines that a task printed. */
export interface FlowLog {
  /** "fitOne", "fitOne 3". */
  readonly task: string;
  readonly state: NodeState;
  readonly lines: readonly string[];
}

/** One thing that a step shows. */
export type CardPart =
  | { readonly kind: "markdown"; readonly text: string }
  /** `columns` in their author's order, absent where an earlier version kept it; `total`: rows that the table has, where they are more than `rows`. */
  | {
      readonly kind: "table";
      readonly title: string | null;
      readonly columns?: readonly string[];
      readonly rows: readonly object[];
      readonly total?: number;
    }
  | { readonly kind: "vega"; readonly spec: object }
  | { readonly kind: "image"; readonly title: string | null; readonly base64: string }
  | { readonly kind: "progress"; readonly done: number; readonly total: number }
  /** There is more than is shown here; the panel and `stemma flow card` have it. */
  | { readonly kind: "more" };

/** What one task shows its reader. */
export interface FlowCard {
  readonly task: string;
  readonly parts: readonly CardPart[];
  /** Id of the run that made it, where the task's result was kept from that one. */
  readonly madeBy?: string;
}

/** A flow, defined or running: `application/vnd.stemma.flow.v1+json`. */
export interface FlowView {
  readonly kind: "flow";
  readonly name: string;
  readonly state: "defined" | "running" | "done" | "failed" | "stopped";
  /** What runs again, and why, in one sentence; empty when nothing needs to be said. */
  readonly sentence: string;
  readonly done: number;
  readonly total: number;
  readonly cached: number;
  readonly elapsedMs: number;
  readonly run: string | null;
  readonly error: string | null;
  readonly graph: GraphView;
  readonly tasks: readonly TaskBar[];
  /** What its author wrote beside it, "pick: the best by rmse", and what its reader should know. */
  readonly notes?: readonly string[];
  readonly logs?: readonly FlowLog[];
  readonly cards?: readonly FlowCard[];
}

export type View = RunsView | RunView | GraphView | FlowView;
