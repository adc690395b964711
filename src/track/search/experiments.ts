import type { SqlValue } from "../../store/index.ts";
import { ValueError } from "../params.ts";
import type { ExperimentRecord } from "../record.ts";
import type { ExperimentPage, ExperimentQuery } from "../run-store.ts";
import type { Clause, Order } from "./condition.ts";
import { experimentGrammar } from "./grammar.ts";
import { holds } from "./matches.ts";
import { parsePageToken, printPageToken } from "./page-token.ts";
import { parseFilter, parseOrder } from "./parse.ts";

const most = 50_000;

/**
 * Those of some experiments that a query finds, in its order. There are thousands of them at most, and each store knows
 * them all in one answer, so that every filter finds the same everywhere.
 *
 * @throws {FilterError} @throws {PageTokenError} @throws {ValueError}
 */
export function findExperiments(all: readonly ExperimentRecord[], query: ExperimentQuery): ExperimentPage {
  const limit = query.limit ?? 1000;
  if (!Number.isInteger(limit) || limit < 1 || limit > most)
    throw new ValueError(`limit is ${limit}; 1 to ${most} experiments fit a page.`);
  const condition = parseFilter(query.filter ?? "", experimentGrammar);
  const orders = [...parseOrder(query.orderBy ?? [], experimentGrammar), ...newestFirst];
  const identity = ["experiments", query.filter ?? "", query.orderBy ?? [], query.lifecycle ?? "active"];
  const after = query.pageToken ? parsePageToken(identity, query.pageToken) : null;
  const found = all
    .filter((experiment) => holds(condition, (clause) => valuesOf(clause, experiment)))
    .map((experiment) => ({ experiment, keys: orders.map((order) => valuesOf(order, experiment)[0] ?? null) }))
    .filter(({ keys }) => after === null || inOrder(orders, keys, after) > 0)
    .sort((a, b) => inOrder(orders, a.keys, b.keys));
  const last = found[limit - 1];
  const isMore = found.length > limit && last !== undefined;
  return {
    experiments: found.slice(0, limit).map(({ experiment }) => experiment),
    nextPageToken: isMore ? printPageToken(identity, last.keys) : null,
  };
}

const newestFirst: readonly Order[] = [
  { entity: "attribute", key: "creation_time", descending: true },
  { entity: "attribute", key: "experiment_id", descending: true },
];

function valuesOf(
  { entity, key }: Pick<Clause, "entity" | "key">,
  experiment: ExperimentRecord,
): readonly (string | number)[] {
  if (entity === "tag") return Object.hasOwn(experiment.tags, key) ? [experiment.tags[key] ?? ""] : [];
  switch (key) {
    case "name":
      return [experiment.name];
    case "experiment_id":
      return [experiment.id];
    case "creation_time":
      return [experiment.createdMs];
    default:
      return [experiment.updatedMs];
  }
}

/** What is missing comes last, whichever the direction. */
function inOrder(orders: readonly Order[], a: readonly SqlValue[], b: readonly SqlValue[]): number {
  for (const [i, { key, descending }] of orders.entries()) {
    const [one = null, other = null] = [a[i], b[i]];
    const missing = Number(one === null) - Number(other === null);
    if (missing !== 0) return missing;
    const order = key === "experiment_id" ? compare(Number(one), Number(other)) : compare(one, other);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

/** Numbers by size, texts by their UTF-8 bytes. */
function compare(a: SqlValue, b: SqlValue): number {
  if (typeof a === "string" && typeof b === "string") return Buffer.from(a).compare(Buffer.from(b));
  return Number(a) - Number(b);
}
