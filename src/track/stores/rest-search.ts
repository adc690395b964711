import { type AnsweredPage, type AnsweredRun, parseRunPage, type Wire } from "../../format/index.ts";
import { ValueError } from "../params.ts";
import type { RunRecord } from "../record.ts";
import type { RunPage, RunQuery } from "../run-store.ts";
import {
  type Condition,
  matches,
  PageTokenError,
  parseFilter,
  parseOrder,
  parsePageToken,
  printFilter,
  printOrder,
  printPageToken,
  splitForMlflow,
} from "../search/index.ts";
import { viewTypes } from "./rest-experiments.ts";
import { recordsOf } from "./rest-runs.ts";
import type { Server } from "./rest-server.ts";

const most = 50_000;
/** Runs that are asked for at once where not all that come will be wanted. */
const sievedPage = 1000;

/**
 * The runs that a query finds on a server. What stock MLflow's grammar lacks (OR, NOT, brackets, IN of names) is asked of
 * the runs that it finds for the rest, so that every filter finds the same runs everywhere.
 *
 * @param knowsAll whether the server understands our whole grammar
 * @throws {FilterError} @throws {PageTokenError} @throws {ValueError}
 */
export async function searchRuns(server: Server, query: RunQuery, knowsAll: () => Promise<boolean>): Promise<RunPage> {
  const limit = query.limit ?? 1000;
  if (!Number.isInteger(limit) || limit < 1 || limit > most)
    throw new ValueError(`limit is ${limit}; 1 to ${most} runs fit a page.`);
  const filter = parseFilter(query.filter ?? "");
  const orders = parseOrder(query.orderBy ?? []).map(printOrder);
  const identity = [query.experimentIds, query.filter ?? "", query.orderBy ?? [], query.lifecycle ?? "active"];
  const start = startOf(identity, query.pageToken ?? "");
  if (query.experimentIds.length === 0) return { runs: [], nextPageToken: null };
  const { stock, rest } = splitForMlflow(filter);
  const whole = rest === null || (await knowsAll());
  const body: Wire = {
    experiment_ids: query.experimentIds,
    filter: printFilter(whole ? filter : stock),
    order_by: orders,
    run_view_type: viewTypes[query.lifecycle ?? "active"],
  };
  const ask = (token: string, size: number): Promise<AnsweredPage<AnsweredRun>> =>
    server.post(
      "runs/search",
      { ...body, max_results: size, ...(token === "" ? {} : { page_token: token }) },
      parseRunPage,
    );
  const { runs, next } = whole
    ? await onePage(server, await ask(start.token, limit))
    : await sieved(server, { ask: (token) => ask(token, sievedPage), rest, start, limit });
  return { runs, nextPageToken: next === null ? null : printPageToken(identity, [next.token, next.skip]) };
}

/** A place among the server's pages: the token of one, and how many of its runs were given before. */
interface Place {
  readonly token: string;
  readonly skip: number;
}

interface Found {
  readonly runs: readonly RunRecord[];
  readonly next: Place | null;
}

function startOf(identity: unknown, pageToken: string): Place {
  if (pageToken === "") return { token: "", skip: 0 };
  const [token, skip] = parsePageToken(identity, pageToken);
  if (typeof token !== "string" || typeof skip !== "number") throw new PageTokenError(pageToken);
  return { token, skip };
}

async function onePage(server: Server, page: AnsweredPage<AnsweredRun>): Promise<Found> {
  const next = page.nextPageToken === null ? null : { token: page.nextPageToken, skip: 0 };
  return { runs: await recordsOf(server, page.items), next };
}

interface Sieve {
  readonly ask: (token: string) => Promise<AnsweredPage<AnsweredRun>>;
  readonly rest: Condition | null;
  readonly start: Place;
  readonly limit: number;
}

async function sieved(server: Server, { ask, rest, start, limit }: Sieve): Promise<Found> {
  const found: RunRecord[] = [];
  let { token, skip } = start;
  for (;;) {
    const page = await ask(token);
    const runs = await recordsOf(server, page.items);
    for (const [i, run] of runs.entries()) {
      // The filter means the URI, also of a folder on this machine.
      const artifactFolder = page.items[i]?.artifactUri ?? run.artifactFolder;
      if (i < skip || (rest !== null && !matches(rest, { ...run, artifactFolder }))) continue;
      if (found.length === limit) return { runs: found, next: { token, skip: i } };
      found.push(run);
    }
    if (page.nextPageToken === null) return { runs: found, next: null };
    ({ token, skip } = { token: page.nextPageToken, skip: 0 });
  }
}
