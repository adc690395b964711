import type { Project } from "../store/index.ts";
import { OutputTree, type OwnedOutput } from "./graph.ts";
import { PipelineError } from "./pipeline-error.ts";
import { openSession, type Session } from "./session.ts";
import { addressOf, shownPath } from "./stage.ts";
import { collectGranular } from "./targets.ts";

export interface DagOptions {
  /** The reader's folder, absolute; the project's root without it. */
  readonly folder?: string;
  readonly target?: string;
  /** All that is connected with the target, not only what it needs. */
  readonly full?: boolean;
  /** Outputs instead of stages. */
  readonly outs?: boolean;
  /** One node for all stages of a `foreach` or `matrix`. */
  readonly collapse?: boolean;
}

/** A graph to be drawn. */
export interface Dag {
  /** Names, in the order of DVC. */
  readonly nodes: readonly string[];
  /** From what is needed to what needs it. */
  readonly edges: readonly (readonly [string, string])[];
}

/**
 * The graph of a project's stages or outputs, as `dvc dag` selects it.
 *
 * @throws {PipelineError} `outs` and `collapse` together
 * @throws {UnknownTargetError}
 */
export function pipelineDag(project: Project, options: DagOptions = {}): Dag {
  if (options.outs === true && options.collapse === true) {
    throw new PipelineError("`--outs` and `--collapse-foreach-matrix` are mutually exclusive");
  }
  const session = openSession(project, options.folder === undefined ? {} : { folder: options.folder });
  const whole = options.outs === true ? outputDag(session) : stageDag(session);
  const targets = options.target === undefined ? [] : targetNames(session, options.target, options.outs === true);
  const dag = targets.length === 0 ? whole : around(whole, targets, options.full === true);
  return options.collapse === true ? collapsed(dag) : dag;
}

function stageDag({ graph, folder }: Session): Dag {
  return {
    nodes: graph.stages.map((stage) => addressOf(stage, folder)),
    edges: graph.stages.flatMap((stage) =>
      graph.needs(stage).map((other) => [addressOf(other, folder), addressOf(stage, folder)] as const),
    ),
  };
}

function outputDag({ graph, folder }: Session): Dag {
  const tree = new OutputTree(graph.stages, folder);
  const name = ({ out }: OwnedOutput): string => shownPath(out, folder);
  const edges = graph.stages.flatMap((stage) => {
    const deps = stage.kind === "data" ? [] : [...stage.deps, ...stage.params];
    const sources = deps.flatMap((dep) => (dep.path === null ? [] : tree.touching(dep.path)));
    return stage.outs.flatMap((out) => sources.map((source) => [name(source), shownPath(out, folder)] as const));
  });
  const nodes = graph.stages.flatMap((stage) => stage.outs.map((out) => shownPath(out, folder)));
  return { nodes, edges: unique(edges) };
}

function targetNames(session: Session, target: string, outs: boolean): readonly string[] {
  return collectGranular(session, target).flatMap(({ stage, path }) => {
    if (!outs) return [addressOf(stage, session.folder)];
    const wanted =
      path === null
        ? stage.outs
        : stage.outs.filter((out) => path === out.absolute || path.startsWith(`${out.absolute}/`));
    return wanted.map((out) => shownPath(out, session.folder));
  });
}

function around(dag: Dag, targets: readonly string[], full: boolean): Dag {
  const above = full
    ? new Set(dag.nodes)
    : connected(targets, (name) => dag.edges.filter(([, to]) => to === name).map(([from]) => from));
  const linked = connected(targets, (name) =>
    dag.edges
      .filter(([from, to]) => above.has(from) && above.has(to))
      .flatMap(([from, to]) => (from === name ? [to] : to === name ? [from] : [])),
  );
  return {
    nodes: dag.nodes.filter((name) => linked.has(name)),
    edges: dag.edges.filter(([from, to]) => linked.has(from) && linked.has(to)),
  };
}

function connected(from: readonly string[], next: (name: string) => readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...next(name));
  }
  return seen;
}

function collapsed(dag: Dag): Dag {
  const group = (name: string): string => (name.endsWith(".dvc") ? name : (name.split("@")[0] ?? name));
  const edges = dag.edges.map(([from, to]) => [group(from), group(to)] as const);
  // DVC takes the stages away and adds their groups behind the others.
  const nodes = dag.nodes.toSorted((a, b) => Number(group(a) !== a) - Number(group(b) !== b));
  return { nodes: [...new Set(nodes.map(group))], edges: unique(edges).filter(([from, to]) => from !== to) };
}

function unique(edges: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  return [...new Map(edges.map((edge) => [JSON.stringify(edge), edge])).values()];
}

/** The parts of a graph that nothing connects, each in the order of the whole. */
export function pipelinesOf(dag: Dag): readonly Dag[] {
  const parts: Dag[] = [];
  const seen = new Set<string>();
  for (const node of dag.nodes) {
    if (seen.has(node)) continue;
    const part = around(dag, [node], true);
    for (const name of part.nodes) seen.add(name);
    parts.push(part);
  }
  return parts;
}

/** The graph for Mermaid, byte for byte as DVC's. */
export function printMermaid(dag: Dag): string {
  let text = "flowchart TD";
  let number = 0;
  for (const part of pipelinesOf(dag)) {
    const ids = new Map<string, string>();
    for (const name of part.nodes.toSorted(byCodePoints)) {
      number += 1;
      ids.set(name, `node${number}`);
      text += `\n\tnode${number}["${name}"]`;
    }
    const edges = part.edges.toSorted((a, b) => byCodePoints(a[0], b[0]) || byCodePoints(a[1], b[1]));
    for (const [from, to] of edges) text += `\n\t${ids.get(from)}-->${ids.get(to)}`;
  }
  return text;
}

function byCodePoints(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The graph for Graphviz, as DVC's. */
export function printDot(dag: Dag): string {
  const quoted = (name: string): string => `"${name}"`;
  const nodes = dag.nodes.map((name) => `${quoted(name)};\n`).join("");
  const edges = dag.nodes.flatMap((name) =>
    dag.edges.filter(([from]) => from === name).map(([from, to]) => `${quoted(from)} -> ${quoted(to)};\n`),
  );
  return `strict digraph {\n${nodes}${edges.join("")}}\n`;
}
