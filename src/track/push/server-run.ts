import type { Project } from "../../store/index.ts";
import type { RunRecord } from "../record.ts";
import { serverTag, unsentTag } from "../server-tags.ts";
import { type RestRuns, readRun } from "../stores/index.ts";

/** On a run of a server that was pushed there: its id in the project that it came from. */
export const pushedIdTag = "stemma.run.id";

/** Tags that say something of the project's copy only. */
const ownTags: readonly string[] = [serverTag, unsentTag, "mlflow.parentRunId"];

/** A run's tags as a server keeps them. */
export function sentTags(record: RunRecord): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record.tags).filter(([name]) => !ownTags.includes(name)));
}

/** The run on a server that a run of the project is, or was pushed to; null where there is none yet. */
export async function findOnServer(server: RestRuns, record: RunRecord): Promise<RunRecord | null> {
  const same = await server.run(record.id);
  if (same !== null) return same;
  const experimentId = await server.ensureExperiment(record.experiment);
  const { runs } = await server.searchRuns({
    experimentIds: [experimentId],
    filter: `tags.\`${pushedIdTag}\` = '${record.id}'`,
    lifecycle: "all",
    limit: 1,
  });
  return runs[0] ?? null;
}

/** Makes a run on a server that stands for one of the project. */
export async function createOnServer(project: Project, server: RestRuns, record: RunRecord): Promise<RunRecord> {
  const parent = record.parentId === null ? null : readRun(project, record.parentId);
  // A parent that the project does not have is one of the server's own.
  const parentId = parent === null ? record.parentId : ((await findOnServer(server, parent))?.id ?? null);
  return server.createRun({
    experimentId: await server.ensureExperiment(record.experiment),
    name: record.name,
    user: record.user,
    startMs: record.startMs,
    parentId,
    tags: { "mlflow.user": record.user, [pushedIdTag]: record.id },
  });
}
