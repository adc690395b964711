import { UseSignal } from "@jupyterlab/ui-components";
import type { JSX, KeyboardEvent } from "react";
import { formatAge, formatColumn, primaryMetric, type RunRow, type RunsAnswer } from "stemma/bundle";
import type { OpenExperiment, PanelModel, PanelState, PanelTab } from "../model/index.ts";
import { DataTab } from "./data-tab.tsx";
import { FlowsTab } from "./flows-tab.tsx";
import { ModelsTab } from "./models-tab.tsx";
import { Chip, Dot, Notice, seriesColour, Word } from "./parts.tsx";
import { useSurroundings } from "./surroundings.ts";

/** The side panel: experiments and runs of the project that the current notebook is in. */
export function PanelView(props: { readonly model: PanelModel }): JSX.Element {
  const { model } = props;
  return (
    <UseSignal signal={model.changed} initialSender={model}>
      {() => (
        <>
          <Tabs model={model} />
          <div className="jp-stemma-Panel-tab" role="tabpanel" aria-label={model.tab}>
            <TabBody model={model} />
          </div>
        </>
      )}
    </UseSignal>
  );
}

function TabBody(props: { readonly model: PanelModel }): JSX.Element {
  const { model } = props;
  // Another folder is another list: nothing of the one before is kept.
  if (model.tab === "flows") return <FlowsTab key={model.folder} model={model} />;
  if (model.tab === "data") return <DataTab key={model.folder} model={model} />;
  if (model.tab === "models") return <ModelsTab key={model.folder} model={model} />;
  return (
    <>
      <FilterBox model={model} />
      <div className="jp-stemma-Panel-list">
        <PanelBody model={model} state={model.state} />
      </div>
      <SelectionBar model={model} />
    </>
  );
}

const tabs: readonly PanelTab[] = ["runs", "flows", "data", "models"];

/** What the panel lists; arrow keys go from one to the next. */
function Tabs(props: { readonly model: PanelModel }): JSX.Element {
  const { trans } = useSurroundings();
  const { model } = props;
  const words = {
    runs: trans.__("Runs"),
    flows: trans.__("Flows"),
    data: trans.__("Data"),
    models: trans.__("Models"),
  };
  const move = (event: KeyboardEvent<HTMLElement>): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    const next = tabs[(tabs.indexOf(model.tab) + by + tabs.length) % tabs.length] ?? "runs";
    model.showTab(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    <div className="jp-stemma-Tabs" role="tablist" aria-label={trans.__("What is listed")} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          key={tab}
          type="button"
          role="tab"
          data-tab={tab}
          aria-selected={tab === model.tab}
          tabIndex={tab === model.tab ? 0 : -1}
          onClick={() => model.showTab(tab)}
        >
          {words[tab]}
        </button>
      ))}
    </div>
  );
}

function FilterBox(props: { readonly model: PanelModel }): JSX.Element {
  const { trans } = useSurroundings();
  const { model } = props;
  const error = model.state.kind === "ready" ? model.state.filterError : null;
  return (
    <div className="jp-stemma-Filter">
      <input
        type="search"
        aria-label={trans.__("Filter runs")}
        placeholder={trans.__("a name, or metrics.rmse < 40")}
        aria-invalid={error !== null}
        value={model.filter}
        onChange={(event) => model.setFilter(event.target.value)}
      />
      {error === null ? null : (
        <p className="jp-stemma-Filter-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

function PanelBody(props: { readonly model: PanelModel; readonly state: PanelState }): JSX.Element {
  const { trans } = useSurroundings();
  const { model, state } = props;
  if (state.kind === "loading") return <Notice sentence={trans.__("Looking for runs…")} />;
  if (state.kind === "offline") {
    const action = { label: trans.__("Try again"), run: () => model.refresh() };
    return <Notice kind="failed" sentence={state.message} action={action} />;
  }
  if (state.experiments.every((experiment) => experiment.total === 0)) {
    const place = state.project === "" ? trans.__("this project") : state.project;
    const action = { label: trans.__("Copy a cell that tracks one"), run: copyCell };
    return <Notice sentence={trans.__("No runs in %1 yet.", place)} action={action} />;
  }
  if (state.filterError === null && state.experiments.every((experiment) => experiment.runs?.runs.length === 0)) {
    const action = { label: trans.__("Show all"), run: () => model.setFilter("") };
    return <Notice sentence={trans.__("No run matches the filter.")} action={action} />;
  }
  return (
    <>
      {state.experiments.map((experiment) => (
        <Experiment key={experiment.id} experiment={experiment} model={model} />
      ))}
    </>
  );
}

const exampleCell = `import { track } from "stemma";

await track("first-try", { rate: 0.1 }, async (run) => {
  for (let step = 0; step < 20; step++) run.log({ loss: Math.exp(-step / 5) }, { step });
});`;

function copyCell(): void {
  void navigator.clipboard.writeText(exampleCell);
}

function Experiment(props: { readonly experiment: OpenExperiment; readonly model: PanelModel }): JSX.Element {
  const { trans } = useSurroundings();
  const { experiment, model } = props;
  const metric = experiment.runs === null ? null : primaryMetric(experiment.runs);
  const filtered = model.filter !== "" && experiment.runs !== null;
  const arrow = metric === null || metric.goal === null ? "" : metric.goal === "min" ? " ↓" : " ↑";
  return (
    <section className="jp-stemma-Experiment" aria-label={trans.__("Experiment %1", experiment.name)}>
      <button
        type="button"
        className="jp-stemma-Experiment-head"
        aria-expanded={experiment.open}
        onClick={() => model.toggleExperiment(experiment.id, !experiment.open)}
      >
        <b title={experiment.name}>{experiment.name}</b>
        <span className="jp-stemma-quiet">
          {filtered
            ? trans.__("%1 of %2 runs", experiment.runs?.runs.length ?? 0, experiment.total)
            : trans._n("%1 run", "%1 runs", experiment.total)}
        </span>
        <span className="jp-stemma-grow" />
        <span className="jp-stemma-quiet">{metric === null ? "" : `${metric.name}${arrow}`}</span>
      </button>
      {experiment.open ? <Runs experiment={experiment} model={model} /> : null}
    </section>
  );
}

function Runs(props: { readonly experiment: OpenExperiment; readonly model: PanelModel }): JSX.Element | null {
  const { trans } = useSurroundings();
  const { experiment, model } = props;
  const { runs } = experiment;
  if (runs === null) return null;
  const metric = primaryMetric(runs);
  const values = formatColumn(runs.runs.map((run) => (metric === null ? null : (run.metrics[metric.name] ?? null))));
  const rows = nested(runs.runs, (id) => model.filter !== "" || model.isUnfolded(id));
  const more = model.filter === "" ? experiment.total - runs.runs.length : 0;
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a real table cannot wrap a row into two lines */}
      <div role="table" aria-label={trans.__("Runs of %1", experiment.name)}>
        {rows.map(({ run, depth, index }) => (
          <RunLine
            key={run.id}
            run={run}
            depth={depth}
            value={metric === null ? "" : (values[index] ?? "")}
            best={metric?.best === run.id}
            answer={runs}
            model={model}
          />
        ))}
      </div>
      {more > 0 ? <Word onClick={() => model.showMore(experiment.id)}>{trans.__("%1 more", more)}</Word> : null}
    </>
  );
}

interface Line {
  readonly run: RunRow;
  readonly depth: number;
  /** Place in the answer. */
  readonly index: number;
}

/** Nested runs under their parents where those are unfolded; a run whose parent is not in the list stands by itself. */
function nested(runs: readonly RunRow[], unfolded: (id: string) => boolean): readonly Line[] {
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

function RunLine(props: {
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
  if (run.error !== null) return run.error;
  const params = answer.params
    .filter((param) => param.differs && (run.params[param.name]?.length ?? 99) <= 16)
    .slice(0, 3);
  const texts = params.map((param) => `${param.name} ${run.params[param.name] ?? ""}`);
  return [...texts, formatAge(run.startMs, Date.now())].join(" · ");
}

function SelectionBar(props: { readonly model: PanelModel }): JSX.Element | null {
  const { trans, compare } = useSurroundings();
  const { model } = props;
  const count = model.selected.length;
  if (count === 0) return null;
  return (
    <div className="jp-stemma-Selection">
      <span className="jp-stemma-quiet">{trans.__("%1 selected", count)}</span>
      <span className="jp-stemma-grow" />
      <Word onClick={() => model.clearSelection()}>{trans.__("Clear")}</Word>
      <button
        type="button"
        className="jp-stemma-Primary"
        disabled={count < 2 || compare === null}
        title={count < 2 ? trans.__("Select two runs or more to compare them") : ""}
        onClick={() => compare?.(model.selected, "")}
      >
        {trans.__("Compare")}
      </button>
    </div>
  );
}
