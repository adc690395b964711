/** What the routes of runs, flows, data and models answer the panel; plain JSON, each a bounded page. */
import type { FlowView, GraphView, RunsView, RunView } from "./bundle.ts";

/**
 * Routes of `stemma serve`, which the panel reaches at `<base url>stemma/…` through jupyter-server-proxy. All take `?folder=`,
 * a folder relative to the served one with `/`; the project it is in answers.
 *
 * `GET /panel/experiments` answers this.
 */
export interface ExperimentsAnswer {
  /** The project's folder, relative to the served one; "" for itself. */
  readonly project: string;
  /** All folders with a store below the served one, three levels deep. */
  readonly projects: readonly string[];
  readonly experiments: readonly {
    readonly id: string;
    readonly name: string;
    readonly runs: number;
    readonly updatedMs: number;
  }[];
}

/**
 * `GET /panel/runs?…&limit=` answers this. `experiment=<id>`: its runs without those nested in one of them;
 * `experiment=<id>&filter=<MLflow filter>`: all that match, nested or not; `parent=<id>`: those nested in a run;
 * `run=<id>&run=<id>…`: those named.
 */
export type RunsAnswer = RunsView;

/** `GET /panel/runs/<id>?nodes=` answers this; `nodes`: how many of its lineage at most, 200 where it is not said. */
export interface RunAnswer extends RunView {
  readonly lineage: GraphView;
}

/** What a `/panel` route answers with status 4xx or 5xx. */
export interface FailureAnswer {
  readonly code: string;
  readonly message: string;
}

/** One run of a flow as a row. */
export interface FlowRunRow {
  readonly id: string;
  readonly flow: string;
  /** "lost": it never ended, and its process is gone. */
  readonly state: "running" | "done" | "failed" | "stopped" | "lost";
  readonly startMs: number;
  readonly endMs: number | null;
  /** First line of its error. */
  readonly error: string | null;
  /** "beta 0.3, n 10" */
  readonly params: string;
}

/** `GET /panel/flows?filter=<words>&offset=&limit=` answers this: a page of the runs of flows, the newest first. */
export interface FlowsAnswer {
  readonly runs: readonly FlowRunRow[];
  /** Runs that match, which may be more. */
  readonly total: number;
}

/** One try of a task. */
export interface FlowTry {
  readonly step: string;
  /** "3", "2.0" in nested maps; "" outside. */
  readonly item: string;
  readonly attempt: number;
  readonly state: string;
  readonly reason: string;
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly error: string | null;
  readonly hasLog: boolean;
}

/** `GET /panel/flows/<id>?limit=` answers this. */
export interface FlowRunAnswer {
  readonly run: FlowRunRow;
  readonly view: FlowView;
  /** Failed ones first, then by step. */
  readonly tries: readonly FlowTry[];
  readonly total: number;
}

/** `GET /panel/flow-log/<id>?step=&item=&attempt=` answers this: the end of a log where it is long. */
export interface FlowLogAnswer {
  readonly text: string;
  readonly cut: boolean;
}

/** A file or folder under version control. */
export interface DataFileRow {
  /** In the project. */
  readonly path: string;
  readonly md5: string;
  readonly bytes: number | null;
  readonly folder: boolean;
  /** Whether what stands there is what was versioned, by its size. */
  readonly state: "" | "changed" | "missing";
}

/** `GET /panel/data?filter=&offset=&limit=` answers this. */
export interface DataAnswer {
  readonly files: readonly DataFileRow[];
  readonly total: number;
}

/** `GET /panel/data-history?path=` answers this. */
export interface DataHistoryAnswer {
  readonly versions: readonly {
    /** Of the commit; null for what is not committed. */
    readonly commit: string | null;
    readonly timeMs: number | null;
    readonly message: string;
    readonly md5: string;
    readonly bytes: number | null;
  }[];
  /** Runs and steps that used the present version or made it, newest first. */
  readonly uses: readonly { readonly verb: "used" | "made"; readonly what: string; readonly run: string | null }[];
}

/** A registered model. */
export interface RegisteredModelRow {
  readonly name: string;
  readonly updatedMs: number;
  readonly aliases: readonly { readonly alias: string; readonly version: string }[];
  readonly versions: readonly {
    readonly version: string;
    readonly createdMs: number;
    readonly aliases: readonly string[];
    readonly run: string | null;
    readonly description: string;
  }[];
}

/** `GET /panel/models?filter=&offset=&limit=` answers this. */
export interface ModelsAnswer {
  readonly models: readonly RegisteredModelRow[];
  readonly total: number;
}
