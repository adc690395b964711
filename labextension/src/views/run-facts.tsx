import type { JSX, ReactNode } from "react";
import { formatAge, formatBytes, formatDuration, formatNumber, type RunAnswer, type RunRow } from "stemma/bundle";
import { withColours } from "../model/index.ts";
import { Curves } from "./curves.tsx";
import { Graph } from "./graph.tsx";
import { Chip, Dot, Header } from "./parts.tsx";
import { useSurroundings } from "./surroundings.ts";

/** All there is about one run. */
export function RunFacts(props: {
  readonly answer: RunAnswer;
  readonly artifactUrl: (path: string) => string;
}): JSX.Element {
  const { trans } = useSurroundings();
  const { answer } = props;
  const run = withColours([answer.run])[0] ?? answer.run;
  const curves = answer.curves.map(({ metric, points }) => ({ metric, series: [{ run: run.id, points }] }));
  const metrics = Object.entries(run.metrics).map(
    ([name, value]) => [name, typeof value === "number" ? formatNumber(value) : value] as const,
  );
  const data = run.data.map(({ name, digest }) => [name, digest] as const);
  const tags = Object.entries(answer.tags).filter(([name]) => !shownElsewhere.has(name));
  return (
    <article className="jp-stemma-Run" aria-label={trans.__("Run %1", run.name)}>
      <Header title={run.name} facts={<Facts run={run} answer={answer} />} />
      {run.error === null ? null : (
        <p className="jp-stemma-Why jp-mod-failed">{answer.tags["stemma.error"] ?? run.error}</p>
      )}
      <div className="jp-stemma-Run-columns">
        <Pairs title={trans.__("Params")} pairs={Object.entries(run.params)} />
        <Pairs title={trans.__("Metrics")} pairs={metrics} />
        <Pairs title={trans.__("Data")} pairs={data} code />
        <Artifacts answer={answer} url={props.artifactUrl} />
      </div>
      <Curves curves={curves} runs={[run]} />
      <Part title={trans.__("Lineage")}>
        {answer.lineage.nodes.length < 2 ? (
          <p className="jp-stemma-quiet">{trans.__("Nothing is known to come from here or lead here.")}</p>
        ) : (
          <Graph view={answer.lineage} />
        )}
      </Part>
      <Pairs title={trans.__("Tags")} pairs={tags} code />
    </article>
  );
}

/** Tags that stand at the top of the page, or are long and for programs. */
const shownElsewhere = new Set([
  "mlflow.runName",
  "mlflow.user",
  "stemma.error",
  "stemma.error.stack",
  "stemma.sources",
]);

function Facts(props: { readonly run: RunRow; readonly answer: RunAnswer }): JSX.Element {
  const { trans } = useSurroundings();
  const { run, answer } = props;
  const spent = run.endMs === null ? [] : [formatDuration(run.endMs - run.startMs)];
  const started = new Date(run.startMs).toLocaleString();
  return (
    <>
      <Dot colour={run.colour} faded={run.state === "FAILED"} />
      <Chip kind={run.state.toLowerCase()}>{run.state.toLowerCase()}</Chip>
      <span className="jp-stemma-quiet" title={started}>
        {[answer.experiment, ...spent, formatAge(run.startMs, Date.now()), answer.user].filter(Boolean).join(" · ")}
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
  readonly title: string;
  readonly pairs: readonly (readonly [string, string])[];
  readonly code?: boolean;
}): JSX.Element | null {
  if (props.pairs.length === 0) return null;
  return (
    <Part title={props.title}>
      <dl className={props.code === true ? "jp-stemma-Pairs jp-stemma-code" : "jp-stemma-Pairs"}>
        {props.pairs.map(([name, value]) => (
          <div key={name}>
            <dt title={name}>{name}</dt>
            <dd title={value}>{value}</dd>
          </div>
        ))}
      </dl>
    </Part>
  );
}

function Artifacts(props: { readonly answer: RunAnswer; readonly url: (path: string) => string }): JSX.Element | null {
  const { trans } = useSurroundings();
  const files = props.answer.artifacts.filter((artifact) => !artifact.folder);
  if (files.length === 0) return null;
  return (
    <Part title={trans.__("Artifacts")}>
      <ul className="jp-stemma-Artifacts">
        {files.map(({ path, bytes }) => (
          <li key={path}>
            <a href={props.url(path)} target="_blank" rel="noreferrer" title={path}>
              {path}
            </a>
            <span className="jp-stemma-quiet">{bytes === null ? "" : formatBytes(bytes)}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}
