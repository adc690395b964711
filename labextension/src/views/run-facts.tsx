import type { JSX, ReactNode } from "react";
import {
  type DatasetRow,
  formatAge,
  formatBytes,
  formatDuration,
  formatNumber,
  type GraphView,
  type ModelRow,
  type RunCurve,
  type RunRow,
  type RunView,
} from "stemma/bundle";
import { withColours } from "../model/index.ts";
import { Curves } from "./curves.tsx";
import { Graph } from "./graph.tsx";
import { Figure, Note } from "./note.tsx";
import { Chip, Dot, Header, Word } from "./parts.tsx";
import { type ArtifactUrl, Images, KeptTable } from "./run-media.tsx";
import { useSurroundings } from "./surroundings.ts";

/** All there is about one run: under its cell, and with its lineage on its page. */
export function RunFacts(props: {
  readonly view: RunView;
  readonly artifactUrl: ArtifactUrl;
  readonly lineage?: GraphView;
  /** Asks for the nodes that the lineage leaves out; null where there is no more to be had. */
  readonly onAllNodes?: (() => void) | null;
}): JSX.Element {
  const { trans } = useSurroundings();
  const { view, artifactUrl: url } = props;
  const run = withColours([view.run])[0] ?? view.run;
  const metrics = Object.entries(run.metrics).map(
    ([name, value]) => [name, typeof value === "number" ? formatNumber(value) : value] as const,
  );
  return (
    <article className="jp-stemma-Run" aria-label={trans.__("Run %1", run.name)}>
      <Header title={run.name} facts={<Facts run={run} view={view} />} />
      {view.error === null ? null : <p className="jp-stemma-Why jp-mod-failed">{view.error}</p>}
      {view.note === null ? null : <Note text={view.note} />}
      <div className="jp-stemma-Run-columns">
        <Pairs title={trans.__("Params")} pairs={Object.entries(run.params)} />
        <Pairs title={trans.__("Metrics")} pairs={metrics} />
        <Datasets datasets={view.datasets} />
        <Models models={view.models} />
        <Artifacts artifacts={view.artifacts} url={url} />
      </div>
      <Curves curves={asCurves(run, view.curves)} runs={[run]} />
      {view.images.length === 0 ? null : (
        <Part title={trans.__("Images")}>
          <Images series={view.images} url={url} />
        </Part>
      )}
      {view.figures.length === 0 ? null : (
        <Part title={trans.__("Figures")}>
          <div className="jp-stemma-Images">
            {view.figures.map((figure) => (
              <Figure key={figure.path} figure={figure} />
            ))}
          </div>
        </Part>
      )}
      {view.tables.map((table) => (
        <KeptTable key={table.path} table={table} url={url} />
      ))}
      {props.lineage === undefined ? null : <Lineage graph={props.lineage} onAll={props.onAllNodes ?? null} />}
      {view.system.length === 0 ? null : (
        <Folded title={trans.__("System")} fact={trans.__("processor, memory, disk, network")}>
          <Curves curves={asCurves(run, view.system)} runs={[run]} />
        </Folded>
      )}
      <Context view={view} />
    </article>
  );
}

function asCurves(run: RunRow, curves: readonly RunCurve[]): Parameters<typeof Curves>[0]["curves"] {
  return curves.map(({ metric, points }) => ({ metric, series: [{ run: run.id, points }] }));
}

function Lineage(props: { readonly graph: GraphView; readonly onAll: (() => void) | null }): JSX.Element {
  const { trans } = useSurroundings();
  const { nodes, total } = props.graph;
  return (
    <Part title={trans.__("Lineage")}>
      {nodes.length < 2 ? (
        <p className="jp-stemma-quiet">{trans.__("Nothing is known to come from here or lead here.")}</p>
      ) : (
        <Graph view={props.graph} />
      )}
      {total > nodes.length ? (
        <p className="jp-stemma-quiet">
          {trans.__("The nearest %1 of %2 nodes.", nodes.length, total)}{" "}
          {props.onAll === null ? null : <Word onClick={props.onAll}>{trans.__("Show the others too")}</Word>}
        </p>
      ) : null}
    </Part>
  );
}

/** Where the run came from, what it ran with, and its tags: a click away, for who asks. */
function Context(props: { readonly view: RunView }): JSX.Element | null {
  const { trans } = useSurroundings();
  const { context, tags } = props.view;
  const pairs = Object.entries(tags);
  if (context.length === 0 && pairs.length === 0) return null;
  const commit = context.find(([name]) => name === "Commit")?.[1];
  const place = context.find(([name]) => name === "Notebook" || name === "Command")?.[1];
  return (
    <Folded title={trans.__("Context")} fact={[place, commit].filter(Boolean).join(" · ")}>
      <Pairs pairs={context} wrap />
      {pairs.length === 0 ? null : <Pairs title={trans.__("Tags")} pairs={pairs} wrap />}
    </Folded>
  );
}

function Folded(props: { readonly title: string; readonly fact: string; readonly children: ReactNode }): JSX.Element {
  return (
    <details className="jp-stemma-Folded">
      <summary>
        <b>{props.title}</b> <span className="jp-stemma-quiet">{props.fact}</span>
      </summary>
      {props.children}
    </details>
  );
}

function Facts(props: { readonly run: RunRow; readonly view: RunView }): JSX.Element {
  const { trans } = useSurroundings();
  const { run, view } = props;
  const spent = run.endMs === null ? [] : [formatDuration(run.endMs - run.startMs)];
  const started = new Date(run.startMs).toLocaleString();
  return (
    <>
      <Dot colour={run.colour} faded={run.state === "FAILED"} />
      <Chip kind={run.state.toLowerCase()}>{run.state.toLowerCase()}</Chip>
      <span className="jp-stemma-quiet" title={started}>
        {[view.experiment, ...spent, formatAge(run.startMs, Date.now()), view.user].filter(Boolean).join(" · ")}
      </span>
      <span className="jp-stemma-quiet jp-stemma-code" title={trans.__("Run id")}>
        {run.id.slice(0, 8)}
      </span>
    </>
  );
}

function Part(props: { readonly title: string; readonly children: ReactNode }): JSX.Element {
  return (
    <section className="jp-stemma-Part" aria-label={props.title}>
      <h4>{props.title}</h4>
      {props.children}
    </section>
  );
}

function Pairs(props: {
  readonly title?: string;
  readonly pairs: readonly (readonly [string, string])[];
  /** Long texts in full, over several lines. */
  readonly wrap?: boolean;
}): JSX.Element | null {
  if (props.pairs.length === 0) return null;
  const list = (
    <dl className={props.wrap === true ? "jp-stemma-Pairs jp-mod-wrap" : "jp-stemma-Pairs"}>
      {props.pairs.map(([name, value]) => (
        <div key={name}>
          <dt title={name}>{name}</dt>
          <dd title={value}>{value}</dd>
        </div>
      ))}
    </dl>
  );
  return props.title === undefined ? list : <Part title={props.title}>{list}</Part>;
}

function Datasets(props: { readonly datasets: readonly DatasetRow[] }): JSX.Element | null {
  const { trans } = useSurroundings();
  const pairs = props.datasets.map(({ name, digest, context, rows }) => {
    const facts = [
      ...(context === null ? [] : [context]),
      ...(rows === null ? [] : [trans._n("%1 row", "%1 rows", rows)]),
    ];
    return [name, [...facts, digest.slice(0, 8)].join(" · ")] as const;
  });
  return <Pairs title={trans.__("Data")} pairs={pairs} />;
}

function Models(props: { readonly models: readonly ModelRow[] }): JSX.Element | null {
  const { trans } = useSurroundings();
  const pairs = props.models.map(({ id, name, type, versions }) => {
    const facts = [...(type === null ? [] : [type]), ...(versions.length === 0 ? [id.slice(0, 10)] : versions)];
    return [name, facts.join(" · ")] as const;
  });
  return <Pairs title={trans.__("Models")} pairs={pairs} />;
}

function Artifacts(props: { readonly artifacts: RunView["artifacts"]; readonly url: ArtifactUrl }): JSX.Element | null {
  const { trans } = useSurroundings();
  // Pictures of a series stand below, and are many.
  const files = props.artifacts.filter(
    ({ path, folder }) => !path.startsWith("images/") && !(folder && props.url !== null),
  );
  const shown = files.filter(({ path }) => path !== "images");
  if (shown.length === 0) return null;
  return (
    <Part title={trans.__("Artifacts")}>
      <ul className="jp-stemma-Artifacts">
        {shown.map(({ path, folder, bytes }) => (
          <li key={path}>
            {props.url === null ? (
              <span title={path}>{folder ? `${path}/` : path}</span>
            ) : (
              <a href={props.url(path)} target="_blank" rel="noreferrer" title={path}>
                {path}
              </a>
            )}
            <span className="jp-stemma-quiet">{bytes === null ? "" : formatBytes(bytes)}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}
