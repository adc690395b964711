import type { ModelsAnswer, RegisteredModelRow } from "../display/index.ts";
import { hasDatabase } from "../store/index.ts";
import { type ModelStore, type ModelVersion, openModels, type RegisteredModel } from "../track/index.ts";
import { type Answer, json } from "./answer.ts";
import { matches, pageLimit, pageOffset, panelQuestion } from "./panel-question.ts";
import type { Call } from "./request.ts";
import type { Route, Served } from "./route.ts";

/** Registered models as the panel shows them. */
export const modelsRoutes: readonly Route[] = [{ method: "GET", path: "/panel/models", handle: models }];

/** Versions of a model in a list, the newest. */
const shownVersions = 20;
const pageSize = 1000;

async function models(call: Call, served: Served): Promise<Answer> {
  const { fields, project } = panelQuestion(call, served);
  if (!hasDatabase(project)) return json({ models: [], total: 0 } satisfies ModelsAnswer);
  const store = openModels(project);
  const isWanted = matches(fields);
  const found = (await allModels(store)).filter(({ name }) => isWanted(name));
  const from = pageOffset(fields);
  const shown = found.slice(from, from + pageLimit(fields));
  const versions = await versionsOf(store);
  const rows = shown.map((model) => modelRow(model, versions.get(model.name) ?? []));
  return json({ models: rows, total: found.length } satisfies ModelsAnswer);
}

async function allModels(store: ModelStore): Promise<readonly RegisteredModel[]> {
  const all: RegisteredModel[] = [];
  for (let pageToken: string | null = ""; pageToken !== null; ) {
    const query = { orderBy: ["last_updated_timestamp DESC"], limit: pageSize };
    const page: Awaited<ReturnType<ModelStore["searchModels"]>> = await store.searchModels(
      pageToken === "" ? query : { ...query, pageToken },
    );
    all.push(...page.items);
    pageToken = page.nextPageToken;
  }
  return all;
}

async function versionsOf(store: ModelStore): Promise<ReadonlyMap<string, readonly ModelVersion[]>> {
  const { items } = await store.searchVersions({ orderBy: ["version_number DESC"], limit: 10_000 });
  return Map.groupBy(items, ({ name }) => name);
}

function modelRow(
  { name, updatedMs, aliases }: RegisteredModel,
  versions: readonly ModelVersion[],
): RegisteredModelRow {
  return {
    name,
    updatedMs,
    aliases: Object.entries(aliases).map(([alias, version]) => ({ alias, version: String(version) })),
    versions: versions.slice(0, shownVersions).map((version) => ({
      version: String(version.version),
      createdMs: version.createdMs,
      aliases: version.aliases,
      run: version.runId,
      description: version.description.slice(0, 200),
    })),
  };
}
