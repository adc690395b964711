/**
 * Stemma in a notebook: `track()`, `version()`, `flow()`, and the types that their values have.
 * The one place that knows all parts: it tells how each kind of value draws itself.
 */
import {
  dataBundle,
  dataCatalogBundle,
  dataDiffBundle,
  dataHistoryBundle,
  flowBundle,
  flowRunsBundle,
  flowTaskBundle,
  graphBundle,
  graphView,
  type ModelField,
  modelBundle,
  reproductionBundle,
  runBundle,
  runsBundle,
} from "./display/index.ts";
import type { Flow, FlowCard, FlowRunList, FlowStatus, FlowStep, FlowTask, RunFacts, StepTrial } from "./flow/index.ts";
import { host, type MimeBundle, setRenderer } from "./host/index.ts";
import type { Lineage } from "./lineage/index.ts";
import {
  type Comparison,
  type FieldSpec,
  keptMedia,
  type Reproduction,
  type Run,
  type RunList,
  type RunRecord,
  readRun,
  type SavedModel,
  setExperimentSaver,
  setReproducer,
} from "./track/index.ts";
import {
  type CatalogList,
  type DataHistory,
  type DataVersion,
  dataDetails,
  type VersionDiff,
} from "./version/index.ts";
import { type Widget, widgetBundle } from "./widget/index.ts";

// A guest kernel is watched from here on, so that the next cells are told apart.
host();

// A run that asks for DVCLive's layout becomes an experiment of DVC's. The pipelines are loaded then, not with every notebook.
setExperimentSaver(async (project, run) => (await import("./pipeline/index.ts")).saveRun(project, run));

setRenderer("run", (run) => drawnRun(run as Run));
setRenderer("runs", (runs) => drawnRuns(runs as RunList));
setRenderer("comparison", (comparison) => runsBundle((comparison as Comparison).record));
setRenderer("lineage", (lineage) => drawnLineage(lineage as Lineage));
setRenderer("data", (data) => dataBundle(data as DataVersion, dataDetails(data as DataVersion)));
setRenderer("data-history", (history) => dataHistoryBundle(history as DataHistory));
setRenderer("data-diff", (diff) => dataDiffBundle(diff as VersionDiff));
setRenderer("data-catalog", (catalog) => dataCatalogBundle(catalog as CatalogList));
setRenderer("model", (model) => drawnModel(model as SavedModel));
setRenderer("reproduction", (reproduction) => reproductionBundle((reproduction as Reproduction).record));
setRenderer("flow", (flow) => flowBundle((flow as Flow).status()));
setRenderer("flow-status", (status) => flowBundle(status as FlowStatus));
setRenderer("flow-run", (run) => flowBundle((run as RunFacts).status));
setRenderer("flow-runs", (runs) => flowRunsBundle(runs as FlowRunList));
setRenderer("flow-step", (step) => flowBundle((step as FlowStep).status()));
setRenderer("flow-task", (task) => flowTaskBundle(task as FlowTask));
setRenderer("flow-trial", (trial) => flowBundle((trial as StepTrial).status));
setRenderer("flow-card", (card) => flowBundle((card as FlowCard).status()));
setRenderer("widget", (shown) => widgetBundle(shown as Widget<object>));

// By need: it takes the pipelines, and a cell that only tracks should not wait for them.
setReproducer(async (...call) => (await import("./reproduce/index.ts")).reproduceRun(...call));

function drawnRun(run: Run): MimeBundle {
  const record = run.record();
  return runBundle({ run: record, histories: run.histories(), ...keptMedia(record) });
}

function drawnRuns(runs: RunList): MimeBundle {
  return runsBundle({
    experiment: runs.experiment ?? "All experiments",
    runs: [...runs],
    total: runs.length,
    baseline: null,
    histories: {},
  });
}

function drawnLineage({ graph, project }: Lineage): MimeBundle {
  const ids = graph.nodes.flatMap(({ of }) => (of.kind === "run" ? [of.id] : []));
  const runs = ids.map((id) => readRun(project, id)).filter((run): run is RunRecord => run !== null);
  return graphBundle(graphView(graph, { runs }));
}

function drawnModel({ info, name }: SavedModel): MimeBundle {
  const { uri, flavors, bytes, runId, signature, version } = info;
  const fields = (specs: readonly FieldSpec[] | null | undefined): readonly ModelField[] | null =>
    specs?.map(drawnField) ?? null;
  const sides = { inputs: fields(signature?.inputs), outputs: fields(signature?.outputs) };
  return modelBundle({ name, uri, flavors, aliases: version?.aliases ?? [], bytes, run: runId, ...sides });
}

function drawnField(spec: FieldSpec): ModelField {
  const name = spec.name ?? "";
  if (spec.kind === "nested") return { name, type: "nested" };
  if (spec.kind === "column") return { name, type: spec.required ? spec.type : `${spec.type}, may be missing` };
  return { name, type: `${spec.dtype} ${spec.shape.map((length) => (length === -1 ? "any" : length)).join(" x ")}` };
}

// Every type that a value of a cell may have can be named: a cell that cannot name one is blocked (TS4023).
export type * from "./error.ts";
export { StemmaError } from "./error.ts";
export type * from "./flow/index.ts";
export { file, flow } from "./flow/index.ts";
export type * from "./host/index.ts";
export type * from "./lineage/index.ts";
export type { NestedReproductionError, NotReproducibleError, ReproductionFailedError } from "./reproduce/index.ts";
export type { Project } from "./store/index.ts";
export type * from "./track/index.ts";
export { OnnxModel, openModels, openRuns, track } from "./track/index.ts";
export type * from "./version/index.ts";
export { version } from "./version/index.ts";
export { type Widget, type WidgetOptions, widget } from "./widget/index.ts";
