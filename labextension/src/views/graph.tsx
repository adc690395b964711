import { type JSX, useEffect, useState } from "react";
import type { GraphEdge, GraphNode, GraphView } from "stemma/bundle";
import {
  cutText,
  edgeKey,
  type GraphLayout,
  kin,
  layoutGraph,
  layoutKey,
  type NodePlace,
  nodeLetters,
} from "../drawing/index.ts";
import { colourOf, keep, kept } from "../model/index.ts";
import { Header, Notice, seriesColour, Word } from "./parts.tsx";
import { useSurroundings } from "./surroundings.ts";

/** Lineage with a name above it. */
export function LineageView(props: { readonly view: GraphView }): JSX.Element {
  const { trans } = useSurroundings();
  const { view } = props;
  const count = view.total > view.nodes.length ? trans.__("%1 of %2 nodes", view.nodes.length, view.total) : "";
  return (
    <section className="jp-stemma-Lineage" aria-label={trans.__("Lineage of %1", view.title)}>
      <Header title={view.title} facts={<span className="jp-stemma-quiet">{count}</span>} />
      {view.nodes.length === 0 ? (
        <Notice sentence={trans.__("Nothing is known to come from here or lead here.")} />
      ) : (
        <Graph view={view} />
      )}
      {view.total > view.nodes.length ? (
        <p className="jp-stemma-quiet">
          {trans.__(
            "The nodes nearest to it are drawn. A click on a run opens its page, which can show all that it is connected with.",
          )}
        </p>
      ) : null}
    </section>
  );
}

/** Nodes and arrows from left to right; what a node came from and led to stands out while it is pointed at. */
export function Graph(props: { readonly view: GraphView }): JSX.Element {
  const { trans } = useSurroundings();
  const layout = useLayout(props.view);
  const [pointed, setPointed] = useState<string | null>(null);
  const [whole, setWhole] = useState(false);
  if (layout === null) return <div className="jp-stemma-Graph jp-mod-waiting" aria-busy />;
  const lit = pointed === null ? null : kin(props.view, pointed);
  const faded = (...ids: readonly string[]): string =>
    lit === null || ids.every((id) => lit.has(id)) ? "" : " jp-mod-faded";
  const high = layout.height > mostHeight;
  return (
    <>
      <div className={`jp-stemma-Graph${high && !whole ? " jp-mod-cropped" : ""}`}>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot stand for a drawing */}
        <svg
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          style={{ width: layout.width, minWidth: layout.width * leastScale }}
          role="group"
          aria-label={trans.__("Graph of %1", props.view.title)}
        >
          {layout.boxes.map((box) => (
            <g key={`${box.label} ${box.x} ${box.y}`} className="jp-stemma-Box">
              <rect x={box.x - box.width / 2} y={box.y - box.height / 2} width={box.width} height={box.height} rx={5} />
              <text x={box.x - box.width / 2 + 7} y={box.y - box.height / 2 + 12}>
                {cutText(box.label, 40)}
              </text>
            </g>
          ))}
          {props.view.edges.map((edge) => (
            <Edge key={edgeKey(edge)} edge={edge} layout={layout} faded={faded(edge.from, edge.to)} />
          ))}
          {props.view.nodes.map((node) => (
            <NodeShape
              key={node.id}
              node={node}
              place={layout.places[node.id]}
              faded={faded(node.id)}
              onPoint={setPointed}
            />
          ))}
        </svg>
      </div>
      {high ? (
        <Word on={whole} onClick={() => setWhole(!whole)}>
          {whole ? trans.__("Show fewer") : trans.__("Show all %1 nodes", props.view.nodes.length)}
        </Word>
      ) : null}
    </>
  );
}

/** A higher graph, in px, is cropped, and scrolls, until somebody asks for all of it; the style sheet has it too. */
const mostHeight = 560;

/** A graph that is too wide is drawn smaller down to this, then it scrolls. */
const leastScale = 0.75;

function Edge(props: { readonly edge: GraphEdge; readonly layout: GraphLayout; readonly faded: string }): JSX.Element {
  const { edge, layout } = props;
  const to = layout.places[edge.to];
  const head = to === undefined ? "" : `M${to.x - to.width / 2 - 1} ${to.y}l-7 -3.5v7z`;
  return (
    <g className={`jp-stemma-Edge${props.faded}`} data-from={edge.from} data-to={edge.to}>
      <path d={layout.paths[edgeKey(edge)]} />
      <path className="jp-stemma-Edge-head" d={head} />
    </g>
  );
}

/** The layout of a graph, kept between pages; the last one stands until the next is there. */
function useLayout(view: GraphView): GraphLayout | null {
  const [layout, setLayout] = useState<GraphLayout | null>(null);
  const key = layoutKey(view);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all of the view that a layout depends on
  useEffect(() => {
    let wanted = true;
    const find = async (): Promise<void> => {
      const known = await kept<GraphLayout>(`layout 4 ${key}`);
      const found = known ?? (await layoutGraph(view));
      if (known === undefined) keep(`layout 4 ${key}`, found);
      if (wanted) setLayout(found);
    };
    void find();
    return () => {
      wanted = false;
    };
  }, [key]);
  return layout;
}

interface NodeProps {
  readonly node: GraphNode;
  readonly place: NodePlace | undefined;
  readonly faded: string;
  readonly onPoint: (id: string | null) => void;
}

function NodeShape(props: NodeProps): JSX.Element | null {
  const { openRun } = useSurroundings();
  const { node, place, onPoint } = props;
  if (place === undefined) return null;
  const run = node.run;
  const open =
    openRun === null || run === null
      ? undefined
      : () => openRun(run, node.kind === "run" ? node.label : run.slice(0, 8));
  const point = {
    onMouseEnter: () => onPoint(node.id),
    onMouseLeave: () => onPoint(null),
    onFocus: () => onPoint(node.id),
    onBlur: () => onPoint(null),
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button cannot stand in a drawing
    <g
      className={`jp-stemma-Node jp-mod-${node.kind} jp-mod-${node.state}${props.faded}${open === undefined ? "" : " jp-mod-open"}`}
      transform={`translate(${place.x - place.width / 2} ${place.y - place.height / 2})`}
      role="button"
      aria-disabled={open === undefined}
      tabIndex={0}
      aria-label={`${node.kind} ${node.label}, ${node.state}`}
      data-node={node.id}
      data-kind={node.kind}
      data-state={node.state}
      onClick={open}
      onKeyDown={(event) => {
        if (open === undefined || (event.key !== "Enter" && event.key !== " ")) return;
        // The page would scroll.
        event.preventDefault();
        open();
      }}
      {...point}
    >
      <title>{`${node.label}\n${node.detail}`}</title>
      <Shape node={node} place={place} />
      <Texts node={node} />
      {node.progress === null || node.progress.done >= node.progress.total ? null : (
        <Progress place={place} part={node.progress.done / node.progress.total} />
      )}
    </g>
  );
}

/** Pointed: a choice. Rounded: data. Square: step. Pill: run or model. A stack: many of them. */
function Shape(props: { readonly node: GraphNode; readonly place: NodePlace }): JSX.Element {
  const { width, height } = props.place;
  if (props.node.kind === "choice") {
    const [tip, middle] = [10, height / 2];
    return (
      <polygon
        points={`0,${middle} ${tip},0 ${width - tip},0 ${width},${middle} ${width - tip},${height} ${tip},${height}`}
      />
    );
  }
  const radius = { step: 3, map: 3, cell: 3, run: height / 2, model: height / 2, data: 13, value: 13, artifact: 13 }[
    props.node.kind
  ];
  return (
    <>
      {props.node.count > 1 ? <rect x={6} y={5} width={width} height={height} rx={radius} /> : null}
      {props.node.count > 1 ? <rect x={3} y={2.5} width={width} height={height} rx={radius} /> : null}
      <rect width={width} height={height} rx={radius} />
    </>
  );
}

function Texts(props: { readonly node: GraphNode }): JSX.Element {
  const { node } = props;
  const colour = colourOf(node.kind === "run" ? node.run : null);
  return (
    <>
      {colour === null ? null : <circle cx={15} cy={15} r={4} style={{ fill: seriesColour(colour) }} />}
      <text className="jp-stemma-Node-label" x={colour === null ? 14 : 24} y={19}>
        {cutText(node.label, nodeLetters.label)}
      </text>
      <text className="jp-stemma-Node-detail" x={14} y={34}>
        {cutText(node.detail, nodeLetters.detail)}
      </text>
    </>
  );
}

function Progress(props: { readonly place: NodePlace; readonly part: number }): JSX.Element {
  const width = props.place.width - 28;
  return (
    <>
      <rect className="jp-stemma-Node-track" x={14} y={43} width={width} height={4} rx={2} />
      <rect className="jp-stemma-Node-done" x={14} y={43} width={width * Math.min(1, props.part)} height={4} rx={2} />
    </>
  );
}
