import { drawable } from "../host/index.ts";
import type { Project } from "../store/index.ts";
import type { Activity, Entity } from "./fact.ts";
import type { LineageGraph } from "./graph.ts";
import { lineageOf } from "./walk.ts";

/** Where something came from and what came of it; as the last expression of a cell it draws its graph. */
export class Lineage {
  readonly graph: LineageGraph;
  readonly project: Project;

  constructor(graph: LineageGraph, project: Project) {
    this.graph = graph;
    this.project = project;
  }

  /** The lineage of an activity or entity, or of the whole project; see {@link lineageOf}. */
  static of(project: Project, root: Activity | Entity | null): Lineage {
    return new Lineage(lineageOf(project, root), project);
  }
}

drawable(Lineage.prototype, "lineage");
