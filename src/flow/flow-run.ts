import { drawable } from "../host/index.ts";
import { type Entity, Lineage, type LineageGraph, lineageOf } from "../lineage/index.ts";
import type { Project } from "../store/index.ts";
import { type ResumeOptions, RunFacts } from "./client/index.ts";
import type { FlowPlace } from "./plan/index.ts";
import type { FlowStatus } from "./status/index.ts";
import { decodeValue, valuePlace } from "./values/index.ts";

/** What a {@link FlowRun} is made of; `flow.run()` makes it. */
export interface FlowRunParts {
  readonly place: FlowPlace;
  readonly status: () => FlowStatus;
}

/** One run of a flow, while it runs and after. */
export class FlowRun<T = unknown> extends RunFacts {
  /** What the body's return value stands for; undefined while the flow runs, and of a slice that does not make it. */
  readonly output: T;
  readonly #parts: FlowRunParts;
  #results: readonly Entity[] = [];

  constructor(parts: FlowRunParts) {
    super(parts.place);
    this.#parts = parts;
    this.output = undefined as T;
  }

  get id(): string {
    return this.status.runId ?? "";
  }

  /** The same as `id`. */
  get runId(): string {
    return this.id;
  }

  get status(): FlowStatus {
    return this.#parts.status();
  }

  /** Goes on with it: the same params; what it finished is taken from it, the rest runs. @throws {ResumeError} */
  async resume(options: ResumeOptions = {}): Promise<FlowRun<T>> {
    return (await this.definition().resume(this.id, options)) as FlowRun<T>;
  }

  /** Where the output came from: the steps that made it, what they used, back to the files. */
  lineage(): Lineage {
    return outputLineage(this.place.project, this.id, this.#results);
  }

  /** Called once, by the run itself. */
  finish(output: T, results: readonly Entity[]): void {
    Object.assign(this, { output });
    this.#results = results;
  }
}

/** One run of a flow as it is kept: an earlier one, or one that runs in another process. */
export class KeptFlowRun<T = unknown> extends RunFacts {
  readonly id: string;

  constructor(place: FlowPlace, id: string) {
    super(place);
    this.id = id;
  }

  /** The same as `id`. */
  get runId(): string {
    return this.id;
  }

  get status(): FlowStatus {
    return this.keptStatus();
  }

  /** What the body's return value stands for, read when it is asked for; undefined where the run did not make it. */
  get output(): Promise<T> {
    return this.#output();
  }

  /** Goes on with it: the same params; what it finished is taken from it, the rest runs. @throws {ResumeError} */
  async resume(options: ResumeOptions = {}): Promise<FlowRun<T>> {
    return (await this.definition().resume(this.id, options)) as FlowRun<T>;
  }

  /** All that the run used and made. */
  lineage(): Lineage {
    return outputLineage(this.place.project, this.id, []);
  }

  async #output(): Promise<T> {
    const { values, place } = this;
    const value = values.read.value(values.plan.output, { maps: [], indices: [] });
    if (value === null) return undefined as T;
    return (await decodeValue(value.text(), valuePlace(place.project, place.folder))) as T;
  }
}

function outputLineage(project: Project, id: string, results: readonly Entity[]): Lineage {
  const graphs = results.map((entity) => lineageOf(project, entity));
  return new Lineage(graphs.length === 0 ? lineageOf(project, { kind: "run", id }) : union(graphs), project);
}

function union(graphs: readonly LineageGraph[]): LineageGraph {
  const nodes = new Map(graphs.flatMap((graph) => graph.nodes).map((node) => [node.id, node]));
  const edges = new Map(graphs.flatMap((graph) => graph.edges).map((edge) => [`${edge.from}\n${edge.to}`, edge]));
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

drawable(FlowRun.prototype, "flow-run");
drawable(KeptFlowRun.prototype, "flow-run");
