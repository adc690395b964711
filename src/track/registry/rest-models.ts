import {
  type AnsweredPage,
  parseModelAnswer,
  parseModelPage,
  parseVersionAnswer,
  printPairs,
} from "../../format/index.ts";
import { nothing, refusedAs, type Server } from "../stores/index.ts";
import { checkRegistryQuery } from "./local-search.ts";
import { pageLimit } from "./page.ts";
import { AliasNotFoundError, ModelExistsError, ModelNotFoundError, VersionNotFoundError } from "./registry-errors.ts";
import { checkAlias, checkModelName, checkRegistryTag } from "./registry-names.ts";
import type { ModelPage, ModelStore, RegisteredModel } from "./registry-store.ts";
import { ask, type Question } from "./rest-ask.ts";
import { modelOf, versionOf } from "./rest-records.ts";

type Models = Pick<
  ModelStore,
  | "createModel"
  | "model"
  | "renameModel"
  | "updateModel"
  | "deleteModel"
  | "searchModels"
  | "setModelTag"
  | "deleteModelTag"
  | "setAlias"
  | "deleteAlias"
  | "versionByAlias"
>;

/** Names and aliases in the registry of a server. */
export function restModels(server: Server): Models {
  return { ...names(server), ...tags(server), ...aliases(server) };
}

function names(
  server: Server,
): Pick<Models, "createModel" | "model" | "renameModel" | "updateModel" | "deleteModel" | "searchModels"> {
  return {
    createModel: async (name, options = {}) => {
      checkModelName(name);
      const pairs = Object.entries(options.tags ?? {});
      for (const [key, value] of pairs) checkRegistryTag(key, value);
      const fields = { name, description: options.description ?? "", tags: printPairs(options.tags ?? {}) };
      const question = { method: "POST", path: "registered-models/create", fields, repeatable: false } as const;
      return modelOf(await known(server, name, { ...question, parse: parseModelAnswer }));
    },
    model: (name) => findModel(server, name),
    renameModel: async (name, newName) => {
      checkModelName(newName);
      const fields = { name, new_name: newName };
      const question = { method: "POST", path: "registered-models/rename", fields, parse: nothing } as const;
      await known(server, name, question).catch((thrown) => {
        throw thrown instanceof ModelExistsError ? new ModelExistsError(newName) : thrown;
      });
      // The answer of MLflow leaves the tags and aliases out.
      return existing(server, newName);
    },
    updateModel: async (name, { description }) => {
      const fields = { name, description };
      await known(server, name, { method: "PATCH", path: "registered-models/update", fields, parse: nothing });
      return existing(server, name);
    },
    deleteModel: (name) =>
      known(server, name, { method: "DELETE", path: "registered-models/delete", fields: { name }, parse: nothing }),
    searchModels: async (query = {}) => {
      checkRegistryQuery("models", query);
      const fields = searchFields(query, pageLimit(query.limit, 100, 1000));
      return page(
        await ask(server, { method: "GET", path: "registered-models/search", fields, parse: parseModelPage }),
        modelOf,
      );
    },
  };
}

function tags(server: Server): Pick<Models, "setModelTag" | "deleteModelTag"> {
  return {
    setModelTag: async (name, key, value) => {
      checkRegistryTag(key, value);
      const fields = { name, key, value };
      return known(server, name, { method: "POST", path: "registered-models/set-tag", fields, parse: nothing });
    },
    deleteModelTag: (name, key) =>
      known(server, name, {
        method: "DELETE",
        path: "registered-models/delete-tag",
        fields: { name, key },
        parse: nothing,
      }),
  };
}

function aliases(server: Server): Pick<Models, "setAlias" | "deleteAlias" | "versionByAlias"> {
  const path = "registered-models/alias";
  return {
    setAlias: async ({ name, version }, alias) => {
      checkAlias(alias);
      const fields = { name, alias, version: String(version) };
      try {
        await ask(server, { method: "POST", path, fields, parse: nothing });
      } catch (thrown) {
        throw refusedAs(thrown, "RESOURCE_DOES_NOT_EXIST") ? new VersionNotFoundError(name, String(version)) : thrown;
      }
    },
    deleteAlias: (name, alias) =>
      known(server, name, { method: "DELETE", path, fields: { name, alias }, parse: nothing }),
    versionByAlias: async (name, alias) => {
      try {
        return versionOf(
          await ask(server, { method: "GET", path, fields: { name, alias }, parse: parseVersionAnswer }),
        );
      } catch (thrown) {
        if (!refusedAs(thrown, "RESOURCE_DOES_NOT_EXIST") && !refusedAs(thrown, "INVALID_PARAMETER_VALUE"))
          throw thrown;
        throw new AliasNotFoundError(name, alias, Object.keys((await existing(server, name)).aliases));
      }
    },
  };
}

/** The model of a name; null where there is none. */
export async function findModel(server: Server, name: string): Promise<RegisteredModel | null> {
  if (name.trim() === "" || /[/:]/.test(name)) return null;
  try {
    return await existing(server, name);
  } catch (thrown) {
    if (thrown instanceof ModelNotFoundError) return null;
    throw thrown;
  }
}

async function existing(server: Server, name: string): Promise<RegisteredModel> {
  const question = { method: "GET", path: "registered-models/get", fields: { name }, parse: parseModelAnswer } as const;
  return modelOf(await known(server, name, question));
}

/** Asks about a model, with our errors. @throws {ModelNotFoundError} @throws {ModelExistsError} */
export async function known<T>(server: Server, name: string, question: Question<T>): Promise<T> {
  try {
    return await ask(server, question);
  } catch (thrown) {
    if (refusedAs(thrown, "RESOURCE_ALREADY_EXISTS")) throw new ModelExistsError(name);
    if (refusedAs(thrown, "RESOURCE_DOES_NOT_EXIST")) throw new ModelNotFoundError(name);
    throw thrown;
  }
}

/** The fields of a search. */
export function searchFields(
  query: { readonly filter?: string; readonly orderBy?: readonly string[]; readonly pageToken?: string },
  limit: number,
): Readonly<Record<string, unknown>> {
  return {
    ...(query.filter ? { filter: query.filter } : {}),
    order_by: query.orderBy ?? [],
    max_results: limit,
    ...(query.pageToken ? { page_token: query.pageToken } : {}),
  };
}

export function page<From, To>(answered: AnsweredPage<From>, read: (item: From) => To): ModelPage<To> {
  return { items: answered.items.map(read), nextPageToken: answered.nextPageToken };
}
