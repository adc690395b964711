import { openDatabase, type Project } from "../../store/index.ts";
import { attemptsOf, indicesOf, type KeptAttempt } from "../keep/index.ts";

/** The try that made a kept result, and the run it was part of. */
export interface Maker extends KeptAttempt {
  readonly run: string;
}

/** Where a result that was found in the cache was made; null where that run was taken away. */
export function madeBy(project: Project, { key }: { readonly key: string }): Maker | null {
  const row = openDatabase(project).first<{ readonly run: string; readonly step: string; readonly item: string }>(
    `SELECT r.uuid AS run, a.step, a.item FROM flow_attempt a JOIN flow_run r ON r.id = a.run
     WHERE a.key = ? AND a.state = 'done' ORDER BY a.ended DESC LIMIT 1`,
    key,
  );
  if (row === null) return null;
  const indices = indicesOf(row.item);
  const tries = attemptsOf(project, row.run, row.step).filter((one) => one.indices.join(" ") === indices.join(" "));
  const last = tries.at(-1);
  return last === undefined ? null : { ...last, run: row.run };
}
