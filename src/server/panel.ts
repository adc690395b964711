import { type RunRow, type RunsAnswer, runAnswer, runsView } from "../display/index.ts";
import { MlflowError, queryBody, type RequestFields, requestFields } from "../format/index.ts";
import { lineageOf } from "../lineage/index.ts";
import { hasDatabase, type Project } from "../store/index.ts";
import {
  type ArtifactEntry,
  type ExperimentRecord,
  type LoggedModel,
  localReader,
  nestedCounts,
  openModels,
  openRuns,
  type RunRecord,
  type RunStore,
  type RunsFound,
  readMedia,
  runNames,
  runsBelow,
  topRuns,
} from "../track/index.ts";
import { type Answer, json } from "./answer.ts";
import { historiesOf } from "./histories.ts";
import { projectOf, projectPath, projectsBelow } from "./projects.ts";
import type { Call } from "./request.ts";
import type { Route, Served } from "./route.ts";

/** What the JupyterLab panel asks; questions and answers are written down in display/bundle.ts. */
export const panelRoutes: readonly Route[] = [
  { method: "GET", path: "/panel/experiments", handle: experiments },
  { method: "GET", path: "/panel/runs", handle: runs },
  { method: "GET", path: "/panel/runs/*", handle: run },
];

/** Runs in one answer: as many as a list can show, and the curves of the newest ones. */
const usualRuns = 200;
const mostRuns = 5000;
const mostBytes = 20_000_000;
const runsWithCurves = 24;
const mostArtifacts = 500;
/** Nodes of a lineage: what can be seen at once, and what a browser still draws in a second or two. */
const usualNodes = 200;
const mostNodes = 1000;

interface Question {
  readonly fields: RequestFields;
  readonly project: Project;
  /** Null where nobody tracked anything: looking must not make a store. */
  readonly store: RunStore | null;
}

function read(call: Call, served: Served): Question {
  const fields = requestFields(queryBody(call.query, ["run"]));
  const project = projectOf(served, fields.optionalText("folder") ?? "");
  return { fields, project, store: hasDatabase(project) ? openRuns(project) : null };
}

async function experiments(call: Call, served: Served): Promise<Answer> {
  const { project, store } = read(call, served);
  const found = (await store?.experiments("active")) ?? [];
  return json({
    project: projectPath(served, project),
    projects: projectsBelow(served),
    experiments: found.map(({ id, name, runCount, updatedMs }) => ({ id, name, runs: runCount, updatedMs })),
  });
}

async function runs(call: Call, served: Served): Promise<Answer> {
  const question = read(call, served);
  const { fields, project, store } = question;
  const experiment = await experimentOf(store, fields);
  if (store === null) return json(runsView({ ...nobody, experiment: "", histories: {} }));
  const { runs: found, total } = await wantedRuns({ fields, project, store }, experiment);
  const histories = await historiesOf(store, found.slice(0, runsWithCurves));
  const name = experiment?.name ?? found[0]?.experiment ?? "";
  const limits = { runs: mostRuns, bytes: mostBytes };
  const view = runsView({ experiment: name, runs: found, total, baseline: null, histories }, limits);
  return json({ ...view, runs: placed(project, view.runs, fields.optionalText("parent")) } satisfies RunsAnswer);
}

const nobody = { runs: [], total: 0, baseline: null } as const;

async function wantedRuns(
  { fields, project, store }: Question & { readonly store: RunStore },
  experiment: ExperimentRecord | null,
): Promise<RunsFound> {
  const named = fields.texts("run");
  if (named.length > 0) {
    const found = await runsNamed(store, named.slice(0, mostRuns));
    return { runs: found, total: found.length };
  }
  const limit = Math.min(mostRuns, Math.max(1, fields.optionalWhole("limit") ?? usualRuns));
  const parent = fields.optionalText("parent");
  if (parent !== null) return runsBelow(project, parent, limit);
  if (experiment === null) return { runs: [], total: 0 };
  const filter = fields.optionalText("filter") ?? "";
  if (filter === "") return topRuns(project, experiment.id, limit);
  const query = { experimentIds: [experiment.id], filter };
  const page = await store.searchRuns({ ...query, limit });
  // Counted, not read: there may be thousands.
  const total = page.nextPageToken === null ? page.runs.length : localReader(project).countRuns(query);
  return { runs: page.runs, total };
}

/** Rows with the number of runs nested in each, and with the name of what they are nested in where that is not known to who asks. */
function placed(project: Project, rows: readonly RunRow[], parent: string | null): readonly RunRow[] {
  const ids = rows.map(({ id }) => id);
  const counts = nestedCounts(project, ids);
  const known = new Set([parent, null, ...ids]);
  const above = rows.flatMap(({ parentId }) => (parentId === null || known.has(parentId) ? [] : [parentId]));
  const names = runNames(project, above);
  return rows.map((row) => {
    const parentName = row.parentId === null ? undefined : names.get(row.parentId);
    const children = counts.get(row.id) ?? 0;
    return parentName === undefined ? { ...row, children } : { ...row, children, parentName };
  });
}

async function run(call: Call, served: Served): Promise<Answer> {
  const { fields, project, store } = read(call, served);
  const id = call.path.slice("/panel/runs/".length);
  const found = await store?.run(id);
  if (store === null || found === null || found === undefined) {
    throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `There is no run ${id} in ${project.root}.`);
  }
  const histories = await historiesOf(store, [found]);
  const lineage = lineageOf(project, { kind: "run", id });
  const others = lineage.nodes.flatMap(({ of }) => (of.kind === "run" && of.id !== id ? [of.id] : []));
  const { images, tables, figures } = await readMedia(found);
  const answer = runAnswer({
    run: found,
    histories: Object.fromEntries(Object.entries(histories).map(([key, byRun]) => [key, byRun[id] ?? []])),
    artifacts: await allArtifacts(store, id),
    images,
    tables,
    figures,
    models: await modelsOf(project, found),
    lineage,
    nodes: Math.min(mostNodes, Math.max(1, fields.optionalWhole("nodes") ?? usualNodes)),
    others: await runsNamed(store, others),
  });
  return json(answer);
}

async function modelsOf(project: Project, { id, experimentId }: RunRecord): Promise<readonly LoggedModel[]> {
  const query = { experimentIds: [experimentId], filter: `source_run_id = '${id}'` };
  return (await openModels(project).searchLoggedModels(query)).items;
}

async function experimentOf(store: RunStore | null, fields: RequestFields): Promise<ExperimentRecord | null> {
  const id = fields.optionalText("experiment");
  if (id === null || store === null) return null;
  const experiment = await store.experiment(id);
  if (experiment !== null) return experiment;
  throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `There is no experiment ${id}.`);
}

async function runsNamed(store: RunStore, ids: readonly string[]): Promise<readonly RunRecord[]> {
  const found = await Promise.all(ids.map((id) => store.run(id)));
  return found.filter((one) => one !== null);
}

/** Files and folders at all depths, a folder before what is in it. */
async function allArtifacts(store: RunStore, id: string): Promise<readonly ArtifactEntry[]> {
  const all: ArtifactEntry[] = [];
  const folders: (string | undefined)[] = [undefined];
  while (folders.length > 0 && all.length < mostArtifacts) {
    const folder = folders.shift();
    const entries = folder === undefined ? await store.artifacts(id) : await store.artifacts(id, folder);
    all.push(...entries);
    folders.push(...entries.filter((entry) => entry.folder).map((entry) => entry.path));
  }
  return all.slice(0, mostArtifacts);
}
