import type { TranslationBundle } from "@jupyterlab/translation";
import type { JSX } from "react";
import { formatAge, formatColumn, type MetricColumn, primaryMetric, type RunRow, type RunsAnswer } from "stemma/bundle";
import type { OpenExperiment, PanelModel } from "../model/index.ts";
import { Chip, Dot, LongName, seriesColour } from "./parts.tsx";
import { useSurroundings } from "./surroundings.ts";

/** A line of the panel's list: a run, or how many runs more there are in a list. */
export type Line =
  | {
      readonly kind: "run";
      readonly run: RunRow;
      readonly depth: number;
      /** What the run stands in: it is told from the other runs there. */
      readonly answer: RunsAnswer;
      readonly metric: MetricColumn | null;
      readonly value: string;
    }
  /** `parent`: null for the experiment itself. */
  | {
      readonly kind: "more";
      readonly parent: string | null;
      readonly depth: number;
      readonly count: number;
      /** Whether the list is as long as it can be: then only a filter finds the others. */
      readonly full: boolean;
    };

/** Runs in one answer, as the server has it. */
const mostRuns = 5000;

/** The runs of a list, each with those nested in it where there is an answer for them. */
export function linesOf({ runs, nested }: Pick<OpenExperiment, "runs" | "nested">): readonly Line[] {
  const lines = (answer: RunsAnswer, parent: string | null, depth: number): readonly Line[] => {
    const metric = primaryMetric(answer);
    const values = formatColumn(
      answer.runs.map((run) => (metric === null ? null : (run.metrics[metric.name] ?? null))),
    );
    const rows = answer.runs.map((run, index) => ({ run, value: metric === null ? "" : (values[index] ?? "") }));
    const count = answer.total - rows.length;
    return [
      ...inTree(rows).flatMap(({ run, value, depth: deeper }): readonly Line[] => {
        const below = nested[run.id];
        const line: Line = { kind: "run", run, depth: depth + deeper, answer, metric, value };
        return below === undefined ? [line] : [line, ...lines(below, run.id, depth + deeper + 1)];
      }),
      ...(count > 0 ? [{ kind: "more", parent, depth, count, full: rows.length >= mostRuns } as const] : []),
    ];
  };
  return runs === null ? [] : lines(runs, null, 0);
}

interface Row {
  readonly run: RunRow;
  readonly value: string;
}

/** Rows in the order of a tree: what a filter found may be nested in each other. */
function inTree(rows: readonly Row[]): readonly (Row & { readonly depth: number })[] {
  const ids = new Set(rows.map(({ run }) => run.id));
  const below = new Map<string | null, Row[]>();
  for (const row of rows) {
    const { parentId } = row.run;
    const parent = parentId !== null && ids.has(parentId) ? parentId : null;
    const known = below.get(parent);
    if (known === undefined) below.set(parent, [row]);
    else known.push(row);
  }
  const under = (parent: string | null, depth: number): readonly (Row & { readonly depth: number })[] =>
    (below.get(parent) ?? []).flatMap((row) => [{ ...row, depth }, ...under(row.run.id, depth + 1)]);
  return under(null, 0);
}

/** A run: the box that selects it, its name, its main figure and what tells it from the others. */
export function RunLine(props: {
  readonly line: Extract<Line, { readonly kind: "run" }>;
  /** Name of the metric that stands above the values. */
  readonly headed: string | null;
  readonly model: PanelModel;
}): JSX.Element {
  const { trans, openRun } = useSurroundings();
  const { line, model } = props;
  const { run, metric, value } = line;
  const best = metric?.best === run.id;
  const selected = model.selected.includes(run.id);
  const failed = run.state === "FAILED" || run.state === "KILLED";
  const sub = subLine(trans, run, line.answer);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a real table cannot wrap a row into two lines
    <div
      role="row"
      tabIndex={-1}
      aria-label={run.name}
      aria-selected={selected}
      data-run={run.id}
      data-state={run.state}
      className={`jp-stemma-Line${selected ? " jp-mod-selected" : ""}${failed ? " jp-mod-failed" : ""}`}
      style={{ paddingLeft: 12 + 14 * line.depth }}
    >
      <Select run={run} selected={selected} failed={failed} onToggle={() => model.toggleRun(run.id)} />
      {/* biome-ignore lint/a11y/useSemanticElements: see the row */}
      <span role="cell" className="jp-stemma-Line-name">
        <button type="button" className="jp-stemma-Name" title={run.name} onClick={() => openRun?.(run.id, run.name)}>
          <LongName text={run.name} />
        </button>
        {best ? " ★" : ""}
        {run.state === "RUNNING" ? <Chip kind="running">running</Chip> : null}
      </span>
      {/* biome-ignore lint/a11y/useSemanticElements: see the row */}
      <span role="cell" className={`jp-stemma-Line-value${best ? " jp-mod-best" : ""}`} title={metric?.name}>
        {metric === null || metric.name === props.headed || value === "" ? value : `${metric.name} ${value}`}
      </span>
      {/* biome-ignore lint/a11y/useSemanticElements: see the row */}
      <span role="cell" className="jp-stemma-Line-sub" title={sub}>
        {sub}
      </span>
      {run.children === 0 || model.filter !== "" ? null : <Fold run={run} model={model} />}
    </div>
  );
}

/** Shows or hides the runs nested in a run. */
function Fold(props: { readonly run: RunRow; readonly model: PanelModel }): JSX.Element {
  const { trans } = useSurroundings();
  const { run, model } = props;
  const open = model.isUnfolded(run.id);
  return (
    <button type="button" className="jp-stemma-Fold" aria-expanded={open} onClick={() => model.toggleFold(run.id)}>
      {`${open ? "▾" : "▸"} ${trans._n("%1 nested run", "%1 nested runs", run.children)}`}
    </button>
  );
}

/** The dot of a run, which is the box that selects it. */
function Select(props: {
  readonly run: RunRow;
  readonly selected: boolean;
  readonly failed: boolean;
  readonly onToggle: () => void;
}): JSX.Element {
  const { trans } = useSurroundings();
  const label = trans.__("Select %1", props.run.name);
  return (
    <label className="jp-stemma-Select" title={label}>
      <input
        type="checkbox"
        aria-label={label}
        style={{ accentColor: seriesColour(props.run.colour) }}
        checked={props.selected}
        onChange={props.onToggle}
      />
      <Dot colour={props.run.colour} faded={props.failed} />
    </label>
  );
}

function subLine(trans: TranslationBundle, run: RunRow, answer: RunsAnswer): string {
  const within = run.parentName === undefined ? [] : [trans.__("in %1", run.parentName)];
  // The flow's name stands above it.
  if (run.error !== null) return [...within, run.error.replace(/^FlowError: flow "[^"]*", /, "")].join(" · ");
  const params = answer.params
    .filter((param) => param.differs && (run.params[param.name]?.length ?? 99) <= 16)
    .slice(0, 3);
  const texts = params.map((param) => `${param.name} ${run.params[param.name] ?? ""}`);
  return [...within, ...texts, formatAge(run.startMs, Date.now())].join(" · ");
}
