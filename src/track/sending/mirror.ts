import { openDatabase, type Project } from "../../store/index.ts";
import { ensureExperiment, insertRun, putInputs, putParams, putPoints, putTags } from "../local/index.ts";
import type { ParamText } from "../params.ts";
import { missingPoints } from "../push/index.ts";
import type { RunRecord } from "../record.ts";
import type { NamedPoint } from "../run-store.ts";
import { serverTag, unsentTag } from "../server-tags.ts";
import { localStore, type RestRuns } from "../stores/index.ts";

/** Brings what a server knows of a run into the project, its whole curves too; what the project has already stays. */
export async function mirror(project: Project, record: RunRecord, server: RestRuns): Promise<void> {
  const points = await missing(project, record, server);
  const params = Object.entries(record.params).map(([name, text]): [string, ParamText] => [
    name,
    { text, json: false },
  ]);
  openDatabase(project).write((sql) => {
    const known = sql.first<{ readonly id: number }>("SELECT id FROM run WHERE uuid = ?", record.id);
    const row = known?.id ?? insertRun(sql, draftOf(record, ensureExperiment(sql, record.experiment)), record.id).row;
    putParams(sql, row, new Map(params));
    putTags(sql, row, { ...record.tags, [serverTag]: server.url, [unsentTag]: server.url });
    putInputs(sql, row, record.inputs);
    putPoints(sql, row, points);
  });
}

async function missing(project: Project, record: RunRecord, server: RestRuns): Promise<readonly NamedPoint[]> {
  const local = localStore(project);
  const here = await local.run(record.id);
  const points: NamedPoint[] = [];
  for (const key of Object.keys(record.metrics)) {
    const known = Object.hasOwn(here?.metrics ?? {}, key) ? await local.metricHistory(record.id, key) : [];
    for (const point of missingPoints(await server.metricHistory(record.id, key), known))
      points.push({ key, ...point });
  }
  return points;
}

function draftOf(
  { name, user, startMs, parentId, tags }: RunRecord,
  experiment: number,
): Parameters<typeof insertRun>[1] {
  return { experimentId: String(experiment), name, user, startMs, parentId, tags };
}
