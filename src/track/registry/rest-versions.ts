import { parseDownloadUri, parseVersionAnswer, parseVersionPage, printPairs } from "../../format/index.ts";
import { nothing, refusedAs, type Server } from "../stores/index.ts";
import { checkRegistryQuery } from "./local-search.ts";
import { pageLimit } from "./page.ts";
import { LoggedModelNotFoundError, VersionNotFoundError } from "./registry-errors.ts";
import { checkArchives, checkRegistryTag, stageOf } from "./registry-names.ts";
import type { ModelStore, ModelVersion, NewVersion, VersionKey } from "./registry-store.ts";
import { ask, type Question } from "./rest-ask.ts";
import { findLoggedModel } from "./rest-logged.ts";
import { findModel, known, searchFields } from "./rest-models.ts";
import { versionOf } from "./rest-records.ts";

type Versions = Pick<
  ModelStore,
  | "createVersion"
  | "version"
  | "updateVersion"
  | "deleteVersion"
  | "searchVersions"
  | "latestVersions"
  | "setStage"
  | "setVersionTag"
  | "deleteVersionTag"
  | "downloadUri"
>;

/** Versions in the registry of a server. */
export function restVersions(server: Server): Versions {
  return { ...making(server), ...searching(server), ...changing(server) };
}

function making(server: Server): Pick<Versions, "createVersion" | "version" | "deleteVersion" | "downloadUri"> {
  return {
    createVersion: (name, version) => createVersion(server, name, version),
    version: (key) => findVersion(server, key),
    deleteVersion: (key) =>
      onVersion(server, key, { method: "DELETE", path: "model-versions/delete", fields: {}, parse: nothing }),
    downloadUri: (key) =>
      onVersion(server, key, {
        method: "GET",
        path: "model-versions/get-download-uri",
        fields: {},
        parse: parseDownloadUri,
      }),
  };
}

function searching(server: Server): Pick<Versions, "searchVersions" | "latestVersions"> {
  return {
    searchVersions: async (query = {}) => {
      checkRegistryQuery("versions", query);
      const fields = searchFields(query, pageLimit(query.limit, 10_000, 200_000));
      const question = { method: "GET", path: "model-versions/search", fields, parse: parseVersionPage } as const;
      const { items, nextPageToken } = await ask(server, question);
      return { items: await withAliases(server, items.map(versionOf)), nextPageToken };
    },
    latestVersions: async (name, stages = []) => {
      const fields = { name, stages: stages.map(stageOf) };
      const path = "registered-models/get-latest-versions";
      const { items } = await known(server, name, { method: "POST", path, fields, parse: parseVersionPage });
      return items.map(versionOf).sort((a, b) => a.version - b.version);
    },
  };
}

function changing(server: Server): Pick<Versions, "updateVersion" | "setStage" | "setVersionTag" | "deleteVersionTag"> {
  return {
    updateVersion: async (key, { description }) => {
      const fields = { description };
      await onVersion(server, key, { method: "PATCH", path: "model-versions/update", fields, parse: nothing });
      return existing(server, key);
    },
    setStage: async (key, text, { archiveExisting = false } = {}) => {
      const stage = stageOf(text);
      if (archiveExisting) checkArchives(stage);
      const fields = { stage, archive_existing_versions: archiveExisting };
      await onVersion(server, key, { method: "POST", path: "model-versions/transition-stage", fields, parse: nothing });
      return existing(server, key);
    },
    setVersionTag: async (key, tag, value) => {
      checkRegistryTag(tag, value);
      const fields = { key: tag, value };
      return onVersion(server, key, { method: "POST", path: "model-versions/set-tag", fields, parse: nothing });
    },
    deleteVersionTag: (key, tag) =>
      onVersion(server, key, {
        method: "DELETE",
        path: "model-versions/delete-tag",
        fields: { key: tag },
        parse: nothing,
      }),
  };
}

async function createVersion(server: Server, name: string, version: NewVersion): Promise<ModelVersion> {
  for (const [key, value] of Object.entries(version.tags ?? {})) checkRegistryTag(key, value);
  const named = /^models:\/(m-[0-9a-f]{32})$/.exec(version.source)?.[1] ?? null;
  const modelId = version.modelId ?? named;
  // A server that does not find it answers with an inner error.
  if (named !== null && (await findLoggedModel(server, named)) === null) throw new LoggedModelNotFoundError(named);
  const made = await known(server, name, {
    method: "POST",
    path: "model-versions/create",
    fields: {
      name,
      source: version.source,
      description: version.description ?? "",
      tags: printPairs(version.tags ?? {}),
      ...(version.runId ? { run_id: version.runId } : {}),
      ...(version.runLink ? { run_link: version.runLink } : {}),
      ...(modelId === null ? {} : { model_id: modelId }),
    },
    repeatable: false,
    parse: parseVersionAnswer,
  });
  return versionOf({ ...made, modelId: made.modelId ?? modelId });
}

async function findVersion(server: Server, key: VersionKey): Promise<ModelVersion | null> {
  try {
    return await existing(server, key);
  } catch (thrown) {
    if (thrown instanceof VersionNotFoundError) return null;
    throw thrown;
  }
}

async function existing(server: Server, key: VersionKey): Promise<ModelVersion> {
  const question = { method: "GET", path: "model-versions/get", fields: {}, parse: parseVersionAnswer } as const;
  return versionOf(await onVersion(server, key, question));
}

async function onVersion<T>(server: Server, { name, version }: VersionKey, question: Question<T>): Promise<T> {
  const fields = { name, version: String(version), ...question.fields };
  try {
    return await ask(server, { ...question, fields });
  } catch (thrown) {
    throw refusedAs(thrown, "RESOURCE_DOES_NOT_EXIST") ? new VersionNotFoundError(name, String(version)) : thrown;
  }
}

// A search answers versions without their aliases.
async function withAliases(server: Server, versions: readonly ModelVersion[]): Promise<readonly ModelVersion[]> {
  const names = [...new Set(versions.map(({ name }) => name))];
  const models = new Map(await Promise.all(names.map(async (name) => [name, await findModel(server, name)] as const)));
  return versions.map((version) => {
    const aliases = Object.entries(models.get(version.name)?.aliases ?? {});
    return { ...version, aliases: aliases.flatMap(([alias, at]) => (at === version.version ? [alias] : [])) };
  });
}
