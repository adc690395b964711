import { hasDatabase, openDatabase, type Project } from "../../store/index.ts";
import { isOwnerAlive } from "./owner.ts";
import { type FlowRunRecord, type RunRow, runRecord } from "./runs.ts";

/** A part of the list of all runs. */
export interface FlowRunPageOptions {
  /** Texts that a run has to have, in any case, in its flow's name, id, state or params. */
  readonly words?: readonly string[];
  /** Runs before the first of the page. */
  readonly offset?: number;
  readonly limit: number;
}

export interface FlowRunPage {
  /** The newest first. */
  readonly runs: readonly FlowRunRecord[];
  /** Runs on all pages. */
  readonly total: number;
}

/** One page of the runs of flows; the rest is counted, not read. */
export function flowRunPage(project: Project, { words = [], offset = 0, limit }: FlowRunPageOptions): FlowRunPage {
  if (!hasDatabase(project)) return { runs: [], total: 0 };
  return openDatabase(project).snapshot((sql) => {
    const record = (row: RunRow): FlowRunRecord => runRecord(project, row);
    if (words.length === 0) {
      // By rowid, which is the order of their start: there is no index of that over all flows.
      const rows = sql.read<RunRow>("SELECT * FROM flow_run ORDER BY id DESC LIMIT ? OFFSET ?", limit, offset);
      const total = sql.first<{ readonly runs: number }>("SELECT count(*) AS runs FROM flow_run")?.runs ?? 0;
      return { runs: rows.map(record), total };
    }
    const ids = matching(sql, words);
    const page = JSON.stringify(ids.slice(offset, offset + limit));
    const rows = sql.read<RunRow>(
      "SELECT * FROM flow_run WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC",
      page,
    );
    return { runs: rows.map(record), total: ids.length };
  });
}

interface TextRow {
  readonly id: number;
  readonly text: string;
  /** Of a run that has not ended. */
  readonly owner: string | null;
}

type Reading = Parameters<Parameters<ReturnType<typeof openDatabase>["snapshot"]>[0]>[0];

// SQLite's LIKE and lower() know no case outside ASCII.
function matching(sql: Reading, words: readonly string[]): readonly number[] {
  const rows = sql.read<TextRow>(
    `SELECT id, flow || ' ' || uuid || ' ' || params || ' ' || CASE state WHEN 'running' THEN '' ELSE state END AS text,
       CASE state WHEN 'running' THEN owner END AS owner
     FROM flow_run ORDER BY id DESC`,
  );
  const wanted = words.map((word) => word.toLowerCase());
  const has = ({ text, owner }: TextRow): boolean => {
    const state = owner === null ? "" : isOwnerAlive(sql, owner) ? " running" : " lost";
    const all = (text + state).toLowerCase();
    return wanted.every((word) => all.includes(word));
  };
  return rows.filter(has).map(({ id }) => id);
}
