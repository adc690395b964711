import { openDatabase, type Project } from "../../store/index.ts";
import { ValueError } from "../params.ts";
import { FilterError, joined, type Piece, type Term } from "../search/index.ts";
import { column, type Field, filterPiece, type Grammar, keyedField } from "./filter.ts";
import type { LoggedRow } from "./local-logged-rows.ts";
import { pageLimit, readPage } from "./page.ts";
import type { LoggedModelOrder, LoggedModelQuery } from "./registry-store.ts";

type Datasets = NonNullable<LoggedModelQuery["datasets"]>;

/** The rows of logged models that a query finds. @throws {FilterError} @throws {PageTokenError} @throws {ValueError} */
export function searchLogged(
  project: Project,
  query: LoggedModelQuery,
): { readonly rows: readonly LoggedRow[]; readonly nextPageToken: string | null } {
  const { filter = "", orderBy = [], datasets = [], experimentIds } = query;
  const ids = experimentIds.filter((id) => /^\d{1,15}$/.test(id)).map(Number);
  if (datasets.some(({ name }) => name === "")) throw new ValueError("A data set to search by has no name.");
  return readPage<LoggedRow>(openDatabase(project), {
    columns: "logged_model.*",
    from: "logged_model",
    where: [
      { sql: "logged_model.lifecycle = 'active'", values: [] },
      { sql: "logged_model.experiment IN (SELECT value FROM json_each(?))", values: [JSON.stringify(ids)] },
      filterPiece(filter, grammar(datasets)),
      measuredOn(datasets),
    ],
    terms: [...orderBy.flatMap(orderOf), newest, { sql: "logged_model.uuid", values: [], descending: false }],
    limit: pageLimit(query.limit, 50, 50_000),
    identity: ["logged models", ids, filter, orderBy, datasets],
    pageToken: query.pageToken,
  });
}

/** Refuses a filter or an order that logged models do not understand. @throws {FilterError} @throws {ValueError} */
export function checkLoggedQuery({ filter = "", orderBy = [], datasets = [] }: LoggedModelQuery): void {
  filterPiece(filter, grammar(datasets));
  for (const order of orderBy) orderOf(order);
}

const newest: Term = { sql: "logged_model.created", values: [], descending: true };

const attributes: Readonly<Record<string, Field>> = {
  name: column("logged_model.name"),
  model_id: column("logged_model.uuid"),
  model_type: column("logged_model.type"),
  status: column("logged_model.status"),
  source_run_id: column("logged_model.source_run"),
  experiment_id: column("CAST(logged_model.experiment AS TEXT)"),
  creation_time: column("logged_model.created", "number"),
  creation_timestamp: column("logged_model.created", "number"),
  creation_timestamp_ms: column("logged_model.created", "number"),
  last_updated_timestamp: column("logged_model.updated", "number"),
  last_updated_timestamp_ms: column("logged_model.updated", "number"),
};

function grammar(datasets: Datasets): Grammar {
  const on = datasetPiece(datasets);
  return {
    of: "logged model",
    attributes,
    keyed: {
      metric: (key) => ({
        value: { sql: "m.value", values: [] },
        kind: "number",
        within: (test) => ({
          sql: `EXISTS (SELECT 1 FROM logged_model_metric m WHERE m.model = logged_model.id AND m.key = ? AND ${on.sql} AND ${test.sql})`,
          values: [key, ...on.values, ...test.values],
        }),
      }),
      param: (key) =>
        keyedField("SELECT p.value FROM logged_model_param p WHERE p.model = logged_model.id AND p.key = ?", key),
      tag: (key) =>
        keyedField("SELECT t.value FROM logged_model_tag t WHERE t.model = logged_model.id AND t.key = ?", key),
    },
  };
}

function datasetPiece(datasets: Datasets): Piece {
  const pieces = datasets.map(({ name, digest }): Piece => {
    const named = { sql: "m.dataset_name = ?", values: [name] };
    return digest === undefined || digest === ""
      ? named
      : joined([named, { sql: "m.dataset_digest = ?", values: [digest] }], " AND ");
  });
  return joined(pieces, " OR ");
}

function measuredOn(datasets: Datasets): Piece {
  if (datasets.length === 0) return { sql: "1", values: [] };
  const on = datasetPiece(datasets);
  return {
    sql: `EXISTS (SELECT 1 FROM logged_model_metric m WHERE m.model = logged_model.id AND ${on.sql})`,
    values: on.values,
  };
}

/** What is missing stands last, whichever the direction. */
function orderOf(order: LoggedModelOrder): readonly Term[] {
  const descending = order.ascending === false;
  const value = order.field.includes(".") ? metricPiece(order) : attributes[order.field]?.value;
  if (value === undefined)
    throw new FilterError(
      order.field,
      0,
      `this is no order; take ${Object.keys(attributes).join(", ")} or metrics.rmse.`,
    );
  const missing = { sql: `(${value.sql} IS NULL)`, values: value.values, descending: false };
  return [missing, { sql: value.sql, values: value.values, descending }];
}

/** The newest value of a metric, on a data set where one is named. */
function metricPiece({ field, datasetName = "", datasetDigest = "" }: LoggedModelOrder): Piece | undefined {
  const [, entity, key] = /^(\w+)\.(.+)$/s.exec(field) ?? [];
  if (entity !== "metrics" || key === undefined) return undefined;
  const on = datasetPiece(datasetName === "" ? [] : [{ name: datasetName, digest: datasetDigest }]);
  return {
    sql: `(SELECT m.value FROM logged_model_metric m WHERE m.model = logged_model.id AND m.key = ? AND ${on.sql}
      ORDER BY m.time DESC, m.step DESC, m.run LIMIT 1)`,
    values: [key.replace(/^`(.*)`$/s, "$1"), ...on.values],
  };
}
