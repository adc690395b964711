import { drawable } from "../host/index.ts";
import { type Entity, Lineage, type LineageGraph, lineageOf } from "../lineage/index.ts";
import type { Project } from "../store/index.ts";
import type { FlowStatus } from "./status.ts";

/** What a {@link FlowRun} is made of; `flow.run()` makes it. */
export interface FlowRunParts {
  readonly project: Project;
  readonly status: () => FlowStatus;
}

/** One run of a flow, while it runs and after. */
export class FlowRun<T = unknown> {
  /** What the body's return value stands for; undefined while the flow runs. */
  readonly output: T;
  readonly #parts: FlowRunParts;
  #results: readonly Entity[] = [];

  constructor(parts: FlowRunParts) {
    this.#parts = parts;
    this.output = undefined as T;
  }

  /** Id of the parent run: `track.runs()` and the panel know it by that. */
  get id(): string {
    return this.status.runId ?? "";
  }

  /** The same as `id`. */
  get runId(): string {
    return this.id;
  }

  /** Where each step stands. */
  get status(): FlowStatus {
    return this.#parts.status();
  }

  /** Where the output came from: the steps that made it, what they used, back to the files. */
  lineage(): Lineage {
    const { project } = this.#parts;
    const graphs = this.#results.map((entity) => lineageOf(project, entity));
    return new Lineage(graphs.length === 0 ? lineageOf(project, { kind: "run", id: this.id }) : union(graphs), project);
  }

  /** Called once, by the run itself. */
  finish(output: T, results: readonly Entity[]): void {
    Object.assign(this, { output });
    this.#results = results;
  }
}

function union(graphs: readonly LineageGraph[]): LineageGraph {
  const nodes = new Map(graphs.flatMap((graph) => graph.nodes).map((node) => [node.id, node]));
  const edges = new Map(graphs.flatMap((graph) => graph.edges).map((edge) => [`${edge.from}\n${edge.to}`, edge]));
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

drawable(FlowRun.prototype, "flow-run");
