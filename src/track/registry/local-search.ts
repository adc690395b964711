import { openDatabase, type Project } from "../../store/index.ts";
import { type Clause, column, filterPiece, type Grammar, keyedField } from "./filter.ts";
import { type ModelRow, modelRecord } from "./local-models.ts";
import { readVersions, type VersionRow, versionColumns, versionTables } from "./local-version-rows.ts";
import { orderTerms, pageLimit, readPage } from "./page.ts";
import type { ModelStore } from "./registry-store.ts";

/** MLflow keeps prompts as registered models with this tag. */
const promptTag = "mlflow.prompt.is_prompt";

/** Searches in the registry of a project. */
export function localSearch(project: Project): Pick<ModelStore, "searchModels" | "searchVersions"> {
  return {
    searchModels: async (query = {}) => {
      const { filter = "", orderBy = [] } = query;
      const found = openDatabase(project).snapshot((sql) => {
        const { rows, nextPageToken } = readPage<ModelRow>(sql, {
          columns: "registered_model.*",
          from: "registered_model",
          where: [filterPiece(filter, modelGrammar), promptPiece(filter, modelGrammar, modelPrompts)],
          terms: orderTerms(orderBy, modelOrders, [["registered_model.name", false]]),
          limit: pageLimit(query.limit, 100, 1000),
          identity: ["models", filter, orderBy],
          pageToken: query.pageToken,
        });
        return { items: rows.map((row) => modelRecord(sql, row)), nextPageToken };
      });
      return found;
    },
    searchVersions: async (query = {}) => {
      const { filter = "" } = query;
      const orderBy = query.orderBy?.length ? query.orderBy : ["last_updated_timestamp DESC"];
      return openDatabase(project).snapshot((sql) => {
        const { rows, nextPageToken } = readPage<VersionRow>(sql, {
          columns: versionColumns,
          from: versionTables,
          where: [
            { sql: "model_version.deleted = 0", values: [] },
            filterPiece(filter, versionGrammar),
            promptPiece(filter, versionGrammar, versionPrompts),
          ],
          terms: orderTerms(orderBy, versionOrders, versionTies),
          limit: pageLimit(query.limit, 10_000, 200_000),
          identity: ["versions", filter, orderBy],
          pageToken: query.pageToken,
        });
        return { items: readVersions(sql, rows), nextPageToken };
      });
    },
  };
}

/** Refuses a filter or an order that the registry does not understand. @throws {FilterError} */
export function checkRegistryQuery(
  of: "models" | "versions",
  { filter = "", orderBy = [] }: { readonly filter?: string; readonly orderBy?: readonly string[] },
): void {
  filterPiece(filter, of === "models" ? modelGrammar : versionGrammar);
  orderTerms(orderBy, of === "models" ? modelOrders : versionOrders, []);
}

const modelOrders: Readonly<Record<string, string>> = {
  name: "registered_model.name",
  timestamp: "registered_model.updated",
  last_updated_timestamp: "registered_model.updated",
  creation_timestamp: "registered_model.created",
};
const versionOrders: Readonly<Record<string, string>> = {
  name: "registered_model.name",
  version_number: "model_version.version",
  creation_timestamp: "model_version.created",
  last_updated_timestamp: "model_version.updated",
};
const versionTies = [
  ["registered_model.name", false],
  ["model_version.version", true],
] as const;

const modelGrammar: Grammar = {
  of: "registered model",
  attributes: { name: column("registered_model.name") },
  keyed: {
    tag: (key) =>
      keyedField("SELECT t.value FROM registered_model_tag t WHERE t.model = registered_model.id AND t.key = ?", key),
  },
  special: isPromptClause,
};
const versionGrammar: Grammar = {
  of: "model version",
  attributes: {
    name: column("registered_model.name"),
    version_number: column("model_version.version", "number"),
    run_id: column("model_version.run"),
    source_path: column("model_version.source"),
    creation_timestamp: column("model_version.created", "number"),
    last_updated_timestamp: column("model_version.updated", "number"),
  },
  keyed: {
    tag: (key) =>
      keyedField("SELECT t.value FROM model_version_tag t WHERE t.version = model_version.id AND t.key = ?", key),
  },
  special: isPromptClause,
};

const modelPrompts = `registered_model.id IN (SELECT t.model FROM registered_model_tag t WHERE t.key = '${promptTag}' AND t.value = 'true')`;
const versionPrompts = `model_version.model IN (SELECT p.model FROM model_version p JOIN model_version_tag t ON t.version = p.id
  WHERE t.key = '${promptTag}' AND t.value = 'true')`;

/** Prompts are found only by a filter that asks for them. */
function promptPiece(filter: string, grammar: Grammar, prompts: string): ReturnType<typeof filterPiece> {
  let asked = false;
  filterPiece(filter, {
    ...grammar,
    special: (clause) => {
      asked ||= isPromptKey(clause) && asksForPrompts(clause);
      return null;
    },
  });
  return { sql: asked ? "1" : `NOT (${prompts})`, values: [] };
}

// A model without the tag is no prompt, and would not be found by it.
function isPromptClause(clause: Clause): ReturnType<typeof filterPiece> | null {
  return isPromptKey(clause) && !asksForPrompts(clause) ? { sql: "1", values: [] } : null;
}

function isPromptKey({ entity, key }: Clause): boolean {
  return entity === "tag" && key === promptTag;
}

function asksForPrompts({ operator, value }: Clause): boolean {
  const text = String(value).toLowerCase();
  return (operator === "=" && text === "true") || (operator === "!=" && text === "false");
}
