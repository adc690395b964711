import { type Entity, lineageOf } from "../../lineage/index.ts";
import type { Project, Sql } from "../../store/index.ts";
import { markOf } from "../encoding/index.ts";

/** What a result is known by. */
export interface ResultKey {
  readonly key: string;
  readonly digest: string;
}

/** Which runs go, and what is old. */
export interface KeepRules {
  readonly without: ReadonlySet<number>;
  readonly beforeMs: number;
  /** Whether what each step of a flow gave last stays in any case. */
  readonly keepLast: boolean;
}

/**
 * Tells which results something still points to: a run that stays, the next run of a flow, a run of `track` that used it,
 * the lineage of a registered model.
 */
export function keptKeys(
  project: Project,
  sql: Sql,
  { without, beforeMs, keepLast }: KeepRules,
): (result: ResultKey) => boolean {
  const attempts = sql.read<{ readonly run: number; readonly key: string }>("SELECT run, key FROM flow_attempt");
  const last = sql.read<{ readonly key: string; readonly time: number }>("SELECT key, time FROM flow_task");
  const going = new Set(attempts.filter(({ run }) => without.has(run)).map(({ key }) => key));
  const staying = new Set(attempts.filter(({ run }) => !without.has(run)).map(({ key }) => key));
  for (const { key, time } of last) if (keepLast || time >= beforeMs || !going.has(key)) staying.add(key);
  const { marks, keys } = pointedTo(project, sql);
  return ({ key, digest }) => staying.has(key) || keys.has(key.slice(0, 64)) || marks.has(markOf(key, digest));
}

function pointedTo(
  project: Project,
  sql: Sql,
): { readonly marks: ReadonlySet<string>; readonly keys: ReadonlySet<string> } {
  const used = sql.read<{ readonly record: string }>(
    `SELECT e.record FROM fact f JOIN entity e ON e.id = f.entity JOIN activity a ON a.id = f.activity
     WHERE f.verb = 'used' AND json_extract(a.record, '$.kind') = 'run' AND json_extract(e.record, '$.kind') = 'value'`,
  );
  const models = sql.read<{ readonly record: string }>(
    "SELECT record FROM entity WHERE json_extract(record, '$.kind') = 'model'",
  );
  const graphs = models.map(({ record }) => lineageOf(project, JSON.parse(record) as Entity, allSteps));
  const nodes = graphs.flatMap((graph) => graph.nodes);
  const marks = used.map(({ record }) => (JSON.parse(record) as { readonly digest: string }).digest);
  return { marks: new Set(marks), keys: new Set(nodes.flatMap(({ of }) => (of.kind === "step" ? [of.key] : []))) };
}

/** Arrows that a lineage is followed for: to its end. */
const allSteps = 10_000;
