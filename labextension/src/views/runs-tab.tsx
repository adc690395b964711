import type { JSX } from "react";
import { primaryMetric } from "stemma/bundle";
import type { OpenExperiment, PanelModel, PanelState } from "../model/index.ts";
import { CopyWord, Notice, Word } from "./parts.tsx";
import { type Line, linesOf, RunLine } from "./run-line.tsx";
import { useSurroundings } from "./surroundings.ts";

/** The experiments of the project with their runs, and what is selected of them. */
export function RunsTab(props: { readonly model: PanelModel }): JSX.Element {
  const { model } = props;
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

function FilterBox(props: { readonly model: PanelModel }): JSX.Element {
  const { trans } = useSurroundings();
  const { model } = props;
  const error = model.state.kind === "ready" ? model.state.filterError : null;
  return (
    <div className="jp-stemma-Filter">
      <input
        type="search"
        aria-label={trans.__("Filter runs")}
        placeholder={trans.__("name or metrics.rmse < 40")}
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
    return (
      <Notice sentence={trans.__("No runs in %1 yet.", place)}>
        <CopyWord text={exampleCell}>{trans.__("Copy a cell that tracks one")}</CopyWord>
      </Notice>
    );
  }
  const found = state.experiments.some(({ runs, total }) => total > 0 && runs?.runs.length !== 0);
  if (state.filterError === null && !found) {
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
        <span className="jp-stemma-quiet" aria-hidden>
          {experiment.open ? "▾" : "▸"}
        </span>
        <b title={experiment.name}>{experiment.name}</b>
        <span className="jp-stemma-quiet">
          {filtered
            ? trans.__("%1 of %2 runs", experiment.runs?.total ?? 0, experiment.total)
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
  const headed = primaryMetric(runs)?.name ?? null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a real table cannot wrap a row into two lines
    <div role="table" aria-label={trans.__("Runs of %1", experiment.name)}>
      {linesOf(experiment).map((line) =>
        line.kind === "run" ? (
          <RunLine key={line.run.id} line={line} headed={headed} model={model} />
        ) : (
          <More key={`more ${line.parent}`} line={line} experiment={experiment.id} model={model} />
        ),
      )}
    </div>
  );
}

/** The way to the runs that are not asked for yet. */
function More(props: {
  readonly line: Extract<Line, { readonly kind: "more" }>;
  readonly experiment: string;
  readonly model: PanelModel;
}): JSX.Element {
  const { trans } = useSurroundings();
  const { line, experiment, model } = props;
  const show = (): void => (line.parent === null ? model.showMore(experiment) : model.showMoreNested(line.parent));
  return (
    <div className="jp-stemma-More" style={{ paddingLeft: 12 + 14 * line.depth }}>
      {line.full ? (
        <span className="jp-stemma-quiet">{trans.__("%1 more: a filter finds them", line.count)}</span>
      ) : (
        <Word onClick={show}>{trans.__("%1 more", line.count)}</Word>
      )}
    </div>
  );
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
