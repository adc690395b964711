import { type JSX, useState } from "react";
import { type FlowLog, type FlowView, formatDuration } from "stemma/bundle";
import { foremostRows, type TimelineRow, timelineRows } from "../drawing/index.ts";
import { Cards } from "./cards.tsx";
import { Graph } from "./graph.tsx";
import { Chip, Header, Word } from "./parts.tsx";
import { useSurroundings } from "./surroundings.ts";

/** A flow: what runs again and why in one sentence, the graph, and when each step ran. */
export function FlowStanding(props: {
  readonly view: FlowView;
  /** "beta 0.3, n 10", where the run is not of the cell above. */
  readonly params?: string;
}): JSX.Element {
  const { trans, openRun, stop } = useSurroundings();
  const [graph, setGraph] = useState(true);
  const { view } = props;
  // Of a flow that was kept whole there is nothing to see; asked for, it is drawn all the same.
  const [wanted, setTimeline] = useState<boolean | null>(null);
  const timeline = wanted ?? view.tasks.some(({ state }) => state !== "cached");
  const { run, notes = [], logs = [], cards = [] } = view;
  return (
    <section className="jp-stemma-Flow" aria-label={trans.__("Flow %1", view.name)} data-state={view.state}>
      <Header title={view.name} facts={<FlowFacts view={view} />}>
        {view.state === "running" && stop !== null ? (
          <Word title={trans.__("Interrupt the kernel")} onClick={stop}>{`■ ${trans.__("Stop")}`}</Word>
        ) : null}
        <Word on={graph} onClick={() => setGraph(!graph)}>
          {trans.__("Graph")}
        </Word>
        {view.tasks.length === 0 ? null : (
          <Word on={timeline} onClick={() => setTimeline(!timeline)}>
            {trans.__("Timeline")}
          </Word>
        )}
        {run === null || openRun === null ? null : (
          <Word onClick={() => openRun(run, view.name)}>{trans.__("Run")}</Word>
        )}
      </Header>
      {(props.params ?? "") === "" ? null : <p className="jp-stemma-quiet jp-stemma-Flow-params">{props.params}</p>}
      {view.sentence === "" ? null : <p className={`jp-stemma-Why jp-mod-${tone(view)}`}>{view.sentence}</p>}
      {notes.length === 0 ? null : (
        <ul className="jp-stemma-Flow-notes" aria-label={trans.__("Notes")}>
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {graph ? <Graph view={view.graph} /> : null}
      {timeline && view.tasks.length > 0 ? <Timeline view={view} /> : null}
      {logs.length === 0 || (view.state !== "running" && view.state !== "failed") ? null : <Logs logs={logs} />}
      {cards.length === 0 ? null : <Cards cards={cards} />}
    </section>
  );
}

/** The last lines of what runs or failed. */
function Logs(props: { readonly logs: readonly FlowLog[] }): JSX.Element {
  const { trans } = useSurroundings();
  return (
    <div className="jp-stemma-Logs">
      {props.logs.map(({ task, state, lines }) => (
        <section key={task} className={`jp-mod-${state}`} aria-label={trans.__("Log of %1", task)}>
          <span>{task}</span>
          <pre className="jp-stemma-Log">{lines.join("\n")}</pre>
        </section>
      ))}
    </div>
  );
}

function tone(view: FlowView): "failed" | "stale" | "quiet" {
  if (view.state === "failed") return "failed";
  const moving = view.graph.nodes.some(
    (node) => node.state === "stale" || node.state === "waiting" || node.state === "running",
  );
  return moving ? "stale" : "quiet";
}

function FlowFacts(props: { readonly view: FlowView }): JSX.Element {
  const { trans } = useSurroundings();
  const { view } = props;
  const facts = [
    ...(view.state === "defined" ? [] : [trans.__("%1 of %2 done", formatCount(view.done), formatCount(view.total))]),
    ...(view.cached === 0 ? [] : [trans.__("%1 cached", formatCount(view.cached))]),
    ...(view.elapsedMs === 0 ? [] : [formatDuration(view.elapsedMs)]),
  ];
  return (
    <>
      <Chip kind={view.state}>{stateWord(view, trans.__.bind(trans))}</Chip>
      <span className="jp-stemma-quiet">{facts.join(" · ")}</span>
    </>
  );
}

function stateWord(view: FlowView, say: (text: string) => string): string {
  const words = {
    defined: say("defined"),
    running: say("running"),
    done: say("done"),
    failed: say("failed"),
    stopped: say("stopped"),
  };
  return words[view.state];
}

function Timeline(props: { readonly view: FlowView }): JSX.Element {
  const { trans } = useSurroundings();
  const skipped = new Set(props.view.graph.nodes.flatMap(({ id, state }) => (state === "skipped" ? [id] : [])));
  const names = new Map(props.view.graph.nodes.map((node) => [node.id, node.label]));
  const [all, setAll] = useState(false);
  const rows = timelineRows(props.view);
  const shown = all ? rows : foremostRows(rows, mostLanes);
  return (
    <section className="jp-stemma-Timeline" aria-label={trans.__("Timeline")}>
      {shown.map((row) => (
        <Lane
          key={row.step}
          row={row}
          name={names.get(`step:${row.step}`) ?? row.step}
          left={
            skipped.has(`step:${row.step}`)
              ? trans.__("skipped")
              : props.view.state === "running"
                ? trans.__("waits")
                : trans.__("not run")
          }
        />
      ))}
      {rows.length <= mostLanes ? null : (
        <Word on={all} onClick={() => setAll(!all)}>
          {all ? trans.__("Show fewer") : trans.__("Show all %1 steps", rows.length)}
        </Word>
      )}
    </section>
  );
}

/** Lanes of a timeline that are drawn before somebody asks for all. */
const mostLanes = 20;

function Lane(props: { readonly row: TimelineRow; readonly name: string; readonly left: string }): JSX.Element {
  const { trans } = useSurroundings();
  const { row } = props;
  const spent = row.cached ? trans.__("cached") : row.spentMs === null ? props.left : formatDuration(row.spentMs);
  const quiet = row.spentMs === null ? "jp-stemma-quiet" : "";
  return (
    <>
      <span className={`jp-stemma-Timeline-name ${quiet}`} title={props.name}>
        {props.name}
      </span>
      <div className="jp-stemma-Timeline-lane">
        {row.bars.map((bar) => (
          <i
            key={bar.key}
            className={`jp-mod-${bar.state}`}
            style={{ left: `${bar.left * 100}%`, width: `${bar.width * 100}%` }}
          />
        ))}
      </div>
      <span className={`jp-stemma-Timeline-time ${quiet}`}>{spent}</span>
    </>
  );
}

/** "2,000", as the graph has it. */
function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}
