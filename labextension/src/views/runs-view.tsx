import { type JSX, useMemo, useState } from "react";
import { type RunsTable, type RunsView, runsTable } from "stemma/bundle";
import { withColours } from "../model/index.ts";
import { Curves } from "./curves.tsx";
import { Chip, Header, Notice, Word } from "./parts.tsx";
import { RunsTableView } from "./runs-table.tsx";
import { useSurroundings } from "./surroundings.ts";

/** Runs side by side: what differs, what it did, and the curves below. */
export function RunsComparison(props: { readonly view: RunsView; readonly inTab?: boolean }): JSX.Element {
  const { trans } = useSurroundings();
  const [differences, setDifferences] = useState(true);
  const [curves, setCurves] = useState(true);
  const view = useMemo(() => ({ ...props.view, runs: withColours(props.view.runs) }), [props.view]);
  const table = useMemo(() => runsTable(view, { all: !differences }), [view, differences]);
  const best = Object.fromEntries(view.metrics.map((metric) => [metric.name, metric.best]));
  const controls = { differences, setDifferences, curves, setCurves };
  return (
    <section className="jp-stemma-Runs" aria-label={trans.__("Comparison of %1", view.experiment)}>
      <Header title={view.experiment} facts={<Facts view={view} />}>
        {view.runs.length === 0 ? null : (
          <Controls view={view} table={table} inTab={props.inTab === true} {...controls} />
        )}
      </Header>
      {view.runs.length === 0 ? (
        <Notice sentence={trans.__("No runs yet: track() makes one.")} />
      ) : (
        <>
          <RunsTableView view={view} table={table} />
          <Same facts={table.same} />
          {curves ? <Curves curves={view.curves} runs={view.runs} best={best} /> : null}
        </>
      )}
    </section>
  );
}

function Facts(props: { readonly view: RunsView }): JSX.Element {
  const { trans } = useSurroundings();
  const { runs, total, params, columns } = props.view;
  const differing = params.filter((param) => param.differs).length;
  const count =
    total > runs.length ? trans.__("%1 of %2 runs", runs.length, total) : trans._n("%1 run", "%1 runs", total);
  return (
    <>
      <span className="jp-stemma-quiet">{count}</span>
      {runs.length > 1 && columns.params > 0 ? (
        <Chip>{trans.__("%1 of %2 params differ", differing, columns.params)}</Chip>
      ) : null}
    </>
  );
}

function Controls(props: {
  readonly view: RunsView;
  readonly table: RunsTable;
  readonly inTab: boolean;
  readonly differences: boolean;
  readonly setDifferences: (on: boolean) => void;
  readonly curves: boolean;
  readonly setCurves: (on: boolean) => void;
}): JSX.Element {
  const { trans, compare } = useSurroundings();
  const { view, table } = props;
  const hasCurves = view.curves.some((curve) => curve.series.length > 0);
  const open = (): void =>
    compare?.(
      view.runs.slice(0, 100).map((run) => run.id),
      view.experiment,
    );
  return (
    <>
      {view.runs.length < 2 || (table.same.length === 0 && props.differences) ? null : (
        <Word on={props.differences} onClick={() => props.setDifferences(!props.differences)}>
          {trans.__("Differences only")}
        </Word>
      )}
      {hasCurves ? (
        <Word on={props.curves} onClick={() => props.setCurves(!props.curves)}>
          {trans.__("Curves")}
        </Word>
      ) : null}
      <Word title={trans.__("Copy the table, to paste it into a sheet")} onClick={() => copyTable(table)}>
        {trans.__("Copy")}
      </Word>
      {props.inTab || compare === null ? null : (
        <Word title={trans.__("Open the comparison in a tab of its own")} onClick={open}>
          {trans.__("Open")}
        </Word>
      )}
    </>
  );
}

function copyTable(table: RunsTable): void {
  const lines = [
    table.columns.map((column) => column.title),
    ...table.rows.map((row) => row.cells.map((cell) => (cell.sort === null ? "" : String(cell.sort)))),
  ];
  void navigator.clipboard.writeText(lines.map((line) => line.join("\t")).join("\n"));
}

/** What is equal in all rows, said once. */
function Same(props: { readonly facts: readonly string[] }): JSX.Element | null {
  const { trans } = useSurroundings();
  if (props.facts.length === 0) return null;
  const text = props.facts.join(", ");
  return (
    <p className="jp-stemma-Same" title={text}>
      {trans.__("Equal in all: %1", text)}
    </p>
  );
}
