import type { JSX } from "react";
import { formatAge, type RunRow, type RunsAnswer } from "stemma/bundle";
import type { PanelModel } from "../model/index.ts";
import { Chip, Dot, seriesColour } from "./parts.tsx";
import { useSurroundings } from "./surroundings.ts";

/** A line of the panel's list. */
export interface Line {
  readonly run: RunRow;
  readonly depth: number;
  /** Place in the answer. */
  readonly index: number;
}

/** Nested runs under their parents where those are unfolded; a run whose parent is not in the list stands by itself. */
export function nested(runs: readonly RunRow[], unfolded: (id: string) => boolean): readonly Line[] {
  const ids = new Set(runs.map((run) => run.id));
  const below = new Map<string | null, readonly Omit<Line, "depth">[]>();
  for (const [index, run] of runs.entries()) {
    const parent = run.parentId !== null && ids.has(run.parentId) ? run.parentId : null;
    below.set(parent, [...(below.get(parent) ?? []), { run, index }]);
  }
  const lines = (parent: string | null, depth: number): readonly Line[] =>
    (below.get(parent) ?? []).flatMap((line) => [
      { ...line, depth },
      ...(unfolded(line.run.id) ? lines(line.run.id, depth + 1) : []),
    ]);
  return lines(null, 0);
}

/** A run: the box that selects it, its name, its main figure and what tells it from the others. */
export function RunLine(props: {
  readonly run: RunRow;
  readonly depth: number;
  readonly value: string;
  readonly best: boolean;
  readonly answer: RunsAnswer;
  readonly model: PanelModel;
}): JSX.Element {
  const { openRun } = useSurroundings();
  const { run, model } = props;
  const selected = model.selected.includes(run.id);
  const failed = run.state === "FAILED" || run.state === "KILLED";
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
      style={{ paddingLeft: 12 + 14 * props.depth }}
    >
      <Select run={run} selected={selected} failed={failed} onToggle={() => model.toggleRun(run.id)} />
      {/* biome-ignore lint/a11y/useSemanticElements: see the row */}
      <span role="cell" className="jp-stemma-Line-name">
        <button type="button" className="jp-stemma-Name" title={run.name} onClick={() => openRun?.(run.id, run.name)}>
          {run.name}
        </button>
        {props.best ? " ★" : ""}
        {run.state === "RUNNING" ? <Chip kind="running">running</Chip> : null}
      </span>
      {/* biome-ignore lint/a11y/useSemanticElements: see the row */}
      <span role="cell" className={`jp-stemma-Line-value${props.best ? " jp-mod-best" : ""}`}>
        {props.value}
      </span>
      {/* biome-ignore lint/a11y/useSemanticElements: see the row */}
      <span role="cell" className="jp-stemma-Line-sub" title={subLine(run, props.answer)}>
        {subLine(run, props.answer)}
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

function subLine(run: RunRow, answer: RunsAnswer): string {
  // The flow's name stands above it.
  if (run.error !== null) return run.error.replace(/^FlowError: flow "[^"]*", /, "");
  const params = answer.params
    .filter((param) => param.differs && (run.params[param.name]?.length ?? 99) <= 16)
    .slice(0, 3);
  const texts = params.map((param) => `${param.name} ${run.params[param.name] ?? ""}`);
  return [...texts, formatAge(run.startMs, Date.now())].join(" · ");
}
