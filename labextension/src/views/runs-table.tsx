import { type JSX, useState } from "react";
import type { RunsTable, RunsView, TableCell, TableColumn, TableRow } from "stemma/bundle";
import { curvePaths } from "../drawing/index.ts";
import { sharingColour } from "../model/index.ts";
import { Dot, seriesColour, Word } from "./parts.tsx";
import { useSurroundings } from "./surroundings.ts";

const firstRows = 20;
const sparkline = { width: 62, height: 14 };

interface Sort {
  readonly key: string;
  readonly down: boolean;
}

/** The runs as rows; a click on a header sorts, a click on a name opens the run. */
export function RunsTableView(props: { readonly view: RunsView; readonly table: RunsTable }): JSX.Element {
  const { trans } = useSurroundings();
  const [sort, setSort] = useState<Sort | null>(null);
  const [all, setAll] = useState(false);
  const rows = sorted(props.table, sort);
  const shown = all ? rows : rows.slice(0, firstRows);
  const paths = sparklines(props.view);
  const sharing = sharingColour(props.view.runs);
  return (
    <div className="jp-stemma-Table-scroll">
      <table className="jp-stemma-Table" aria-label={trans.__("Runs of %1", props.view.experiment)}>
        <thead>
          <tr>
            {props.table.columns.map((column) => (
              <Head
                key={column.key}
                column={column}
                sort={sort}
                onSort={setSort}
                curve={hasCurve(column, props.table.columns, paths)}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <Row
              key={row.run.id}
              row={row}
              columns={props.table.columns}
              paths={paths}
              dashed={sharing.has(row.run.id)}
            />
          ))}
        </tbody>
      </table>
      {rows.length > shown.length ? (
        <Word onClick={() => setAll(true)}>{trans.__("Show all %1 rows", rows.length)}</Word>
      ) : null}
    </div>
  );
}

function Head(props: {
  readonly column: TableColumn;
  readonly sort: Sort | null;
  readonly onSort: (sort: Sort | null) => void;
  readonly curve: boolean;
}): JSX.Element {
  const { column, sort } = props;
  const down = sort?.key === column.key ? sort.down : null;
  const next = down === null ? { key: column.key, down: false } : down ? null : { key: column.key, down: true };
  const order = down === null ? "none" : down ? "descending" : "ascending";
  return (
    <>
      <th scope="col" aria-sort={order} className={cellClass(column)}>
        <button type="button" title={column.title} onClick={() => props.onSort(next)}>
          {column.title}
          {down === null ? "" : down ? " ▾" : " ▴"}
        </button>
      </th>
      {props.curve ? <th scope="col" className="jp-mod-curve" aria-label={`${column.metric} curve`} /> : null}
    </>
  );
}

/** Whether little curves stand behind the column: behind the last one of their metric. */
function hasCurve(column: TableColumn, columns: readonly TableColumn[], paths: Sparklines): boolean {
  return (
    column.metric !== null &&
    paths.has(column.metric) &&
    columns.findLast(({ metric }) => metric === column.metric) === column
  );
}

function Row(props: {
  readonly row: TableRow;
  readonly columns: readonly TableColumn[];
  readonly paths: Sparklines;
  readonly dashed: boolean;
}): JSX.Element {
  const { run, cells } = props.row;
  const failed = run.state === "FAILED" || run.state === "KILLED";
  return (
    <tr data-run={run.id} data-state={run.state} className={failed ? "jp-mod-failed" : undefined} aria-label={run.name}>
      {props.columns.map((column, index) => {
        const cell = cells[index];
        if (cell === undefined) return null;
        return column.kind === "run" ? (
          <NameCell key={column.key} dashed={props.dashed} row={props.row} cell={cell} failed={failed} />
        ) : (
          <ValueCell
            dashed={props.dashed}
            key={column.key}
            column={column}
            columns={props.columns}
            cell={cell}
            row={props.row}
            paths={props.paths}
          />
        );
      })}
    </tr>
  );
}

function NameCell(props: {
  readonly dashed: boolean;
  readonly row: TableRow;
  readonly cell: TableCell;
  readonly failed: boolean;
}): JSX.Element {
  const { openRun } = useSurroundings();
  const { run } = props.row;
  const rest = props.cell.text.slice(run.name.length);
  return (
    <th scope="row" className="jp-mod-run" title={run.error ?? run.name}>
      <Dot colour={run.colour} faded={props.failed} hollow={props.dashed} />
      {openRun === null ? (
        <span className="jp-stemma-Name">{run.name}</span>
      ) : (
        <button type="button" className="jp-stemma-Name" onClick={() => openRun(run.id, run.name)}>
          {run.name}
        </button>
      )}
      <span className="jp-stemma-Name-rest">{rest}</span>
    </th>
  );
}

function ValueCell(props: {
  readonly column: TableColumn;
  readonly columns: readonly TableColumn[];
  readonly cell: TableCell;
  readonly row: TableRow;
  readonly paths: Sparklines;
  readonly dashed: boolean;
}): JSX.Element {
  const { cell, column, paths, row } = props;
  const path = paths.get(column.metric ?? "")?.get(row.run.id);
  return (
    <>
      <td className={`${cellClass(column)} jp-mod-${cell.mark}`} title={cell.title ?? undefined}>
        {cell.text}
      </td>
      {hasCurve(column, props.columns, paths) ? (
        <td className="jp-mod-curve">
          {path === undefined ? null : (
            <svg width={sparkline.width} height={sparkline.height + 2} aria-hidden>
              <path
                className={props.dashed ? "jp-mod-dashed" : undefined}
                d={path}
                transform="translate(0 1)"
                stroke={seriesColour(row.run.colour)}
              />
            </svg>
          )}
        </td>
      ) : null}
    </>
  );
}

function cellClass(column: TableColumn): string {
  return `jp-mod-${column.kind}${column.right ? " jp-mod-right" : ""}`;
}

type Sparklines = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Paths by metric, then by run, of the first two metrics that have curves: more would be a table of lines. */
function sparklines(view: RunsView): Sparklines {
  const drawn = view.curves.filter(({ series }) => series.length > 0).slice(0, 2);
  return new Map(drawn.map(({ metric, series }) => [metric, curvePaths(series, sparkline)]));
}

function sorted(table: RunsTable, sort: Sort | null): readonly TableRow[] {
  const at = table.columns.findIndex((column) => column.key === sort?.key);
  if (sort === null || at < 0) return table.rows;
  const direction = sort.down ? -1 : 1;
  return [...table.rows].sort((a, b) => {
    const [one, other] = [a.cells[at]?.sort ?? null, b.cells[at]?.sort ?? null];
    if (one === null || other === null) return (one === null ? 1 : 0) - (other === null ? 1 : 0);
    return (
      (typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other))) *
      direction
    );
  });
}
