import { openDatabase, type Project } from "../../store/index.ts";
import { attemptsOf, indicesOf, type KeptAttempt } from "../keep/index.ts";

/** The try that made a kept result, and the run it was part of. */
export interface Maker extends KeptAttempt {
  readonly run: string;
}

/** Where a result that was found in the cache was made; null where that run was taken away. */
export function madeBy(project: Project, { key }: { readonly key: string }): Maker | null {
  const row = openDatabase(project).first<{ readonly run: string; readonly step: string; readonly item: string }>(
    // The time of a result says which runs may have made it, give or take the clocks of two machines: keys have no index.
    `SELECT r.uuid AS run, a.step, a.item FROM flow_result m
     JOIN flow_run r ON r.flow = m.flow AND r.started <= m.time + 60000 AND (r.ended IS NULL OR r.ended >= m.time - 60000)
     JOIN flow_attempt a ON a.run = r.id AND a.step = m.step AND a.key = m.key
     WHERE m.key = ? AND a.state = 'done' ORDER BY a.ended DESC LIMIT 1`,
    key,
  );
  if (row === null) return null;
  const indices = indicesOf(row.item);
  const tries = attemptsOf(project, row.run, row.step).filter((one) => one.indices.join(" ") === indices.join(" "));
  const last = tries.at(-1);
  return last === undefined ? null : { ...last, run: row.run };
}
