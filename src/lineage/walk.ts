import { hasDatabase, openDatabase, type Project } from "../store/index.ts";
import type { Activity, Entity } from "./fact.ts";
import { portable } from "./facts.ts";
import type { LineageGraph, LineageNode } from "./graph.ts";
import { isActivity, nodeId } from "./node-id.ts";

/**
 * Where something came from and what came of it: all that leads to `root`, all that `root` leads to, and the same for
 * the nested runs of a run. What merely shares an input with it is left out.
 *
 * @param root  null for every fact of the project
 * @param depth arrows to follow each way, >= 0; 12 goes through six steps
 * @returns only `root` where nothing is known of it; nodes in the order they were found, root first
 */
export function lineageOf(project: Project, root: Activity | Entity | null, depth = 12): LineageGraph {
  if (!hasDatabase(project)) return { nodes: root === null ? [] : [node(root)], edges: [] };
  const walk = new Walk(project);
  if (root === null) return walk.everything();
  const start = isActivity(root) ? portable(project, root) : root;
  return walk.around(start, depth);
}

function node(of: Activity | Entity): LineageNode {
  return { id: nodeId(of), of };
}

interface ArrowRow {
  readonly source: string;
  readonly sourceRecord: string;
  readonly target: string;
  readonly targetRecord: string;
}

// Every arrow, from earlier to later; SQLite pushes a condition on `source` or `target` into each part.
const arrows = `
SELECT e.node AS source, e.record AS sourceRecord, a.node AS target, a.record AS targetRecord
  FROM fact f JOIN entity e ON e.id = f.entity JOIN activity a ON a.id = f.activity WHERE f.verb = 'used'
UNION ALL
SELECT a.node, a.record, e.node, e.record
  FROM fact f JOIN entity e ON e.id = f.entity JOIN activity a ON a.id = f.activity WHERE f.verb = 'made'
UNION ALL
SELECT p.node, p.record, c.node, c.record
  FROM part JOIN activity p ON p.id = part.parent JOIN activity c ON c.id = part.child`;

class Walk {
  readonly #project: Project;
  readonly #nodes = new Map<string, LineageNode>();
  readonly #edges = new Map<string, { readonly from: string; readonly to: string }>();

  constructor(project: Project) {
    this.#project = project;
  }

  everything(): LineageGraph {
    for (const row of openDatabase(this.#project).read<ArrowRow>(arrows)) this.#take(row);
    return this.#graph();
  }

  around(root: Activity | Entity, depth: number): LineageGraph {
    const start = node(root);
    this.#nodes.set(start.id, start);
    const family = [start.id, ...this.#partsOf(start.id)];
    this.#follow(family, "source", depth);
    this.#follow(family, "target", depth);
    return this.#graph();
  }

  /** Follows arrows breadth first; `by` is the end that is known: "source" goes downstream, "target" upstream. */
  #follow(from: readonly string[], by: "source" | "target", depth: number): void {
    const seen = new Set(from);
    let front = from;
    for (let level = 0; level < depth && front.length > 0; level++) {
      const next = front
        .flatMap((id) => this.#arrowsAt(id, by))
        .map((row) => (by === "source" ? row.target : row.source));
      front = [...new Set(next)].filter((id) => !seen.has(id));
      for (const id of front) seen.add(id);
    }
  }

  #arrowsAt(id: string, by: "source" | "target"): readonly ArrowRow[] {
    const rows = openDatabase(this.#project).read<ArrowRow>(`SELECT * FROM (${arrows}) WHERE ${by} = ?`, id);
    for (const row of rows) this.#take(row);
    return rows;
  }

  #partsOf(id: string): readonly string[] {
    const rows = openDatabase(this.#project).read<{ readonly node: string }>(
      `WITH RECURSIVE below (id) AS (
         SELECT part.child FROM part JOIN activity a ON a.id = part.parent WHERE a.node = ?
         UNION SELECT part.child FROM part JOIN below ON part.parent = below.id)
       SELECT node FROM below JOIN activity USING (id)`,
      id,
    );
    return rows.map((row) => row.node);
  }

  #take(row: ArrowRow): void {
    this.#keep(row.source, row.sourceRecord);
    this.#keep(row.target, row.targetRecord);
    this.#edges.set(`${row.source}\n${row.target}`, { from: row.source, to: row.target });
  }

  #keep(id: string, record: string): void {
    if (!this.#nodes.has(id)) this.#nodes.set(id, { id, of: JSON.parse(record) as Activity | Entity });
  }

  #graph(): LineageGraph {
    return { nodes: [...this.#nodes.values()], edges: [...this.#edges.values()] };
  }
}
