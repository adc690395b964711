import { statSync } from "node:fs";
import { join } from "node:path";
import type { DataAnswer, DataFileRow, DataHistoryAnswer } from "../display/index.ts";
import { MlflowError } from "../format/index.ts";
import { type Entity, lineageOf, nodeId } from "../lineage/index.ts";
import { hasDatabase, type Project } from "../store/index.ts";
import { openRuns } from "../track/index.ts";
import { type DataHistoryEntry, recordedVersions, type VersionedData, versionedData } from "../version/index.ts";
import { type Answer, json } from "./answer.ts";
import { matches, pageLimit, pageOffset, panelQuestion } from "./panel-question.ts";
import type { Call } from "./request.ts";
import type { Route, Served } from "./route.ts";

/** Versioned files as the panel shows them. */
export const dataRoutes: readonly Route[] = [
  { method: "GET", path: "/panel/data", handle: data },
  { method: "GET", path: "/panel/data-history", handle: dataHistory },
];

const historyCommits = 100;
const mostUses = 50;

async function data(call: Call, served: Served): Promise<Answer> {
  const { fields, project } = panelQuestion(call, served);
  const isWanted = matches(fields);
  const found = versionedData(project).filter(({ path }) => isWanted(path));
  const from = pageOffset(fields);
  const files = found.slice(from, from + pageLimit(fields)).map((one) => fileRow(project, one));
  return json({ files, total: found.length } satisfies DataAnswer);
}

// By its size only: a list of 2,000 files must not read them all. `stemma status` reads them.
function fileRow(project: Project, { path, md5, bytes, folder }: VersionedData): DataFileRow {
  const there = statSync(join(project.root, path), { throwIfNoEntry: false });
  const changed = there?.isFile() === true && bytes !== null && there.size !== bytes;
  return { path, md5, bytes, folder, state: there === undefined ? "missing" : changed ? "changed" : "" };
}

async function dataHistory(call: Call, served: Served): Promise<Answer> {
  const { fields, project } = panelQuestion(call, served);
  const path = fields.text("path");
  const found = versionedData(project).find((one) => one.path === path);
  if (found === undefined) throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `Nothing records ${JSON.stringify(path)}.`);
  const versions = recordedVersions(project, path, historyCommits).map(versionRow);
  return json({ versions, uses: await usesOf(project, found) } satisfies DataHistoryAnswer);
}

function versionRow({ rev, timeMs, message, md5, bytes }: DataHistoryEntry): DataHistoryAnswer["versions"][number] {
  return { commit: rev, timeMs, message: message.split("\n")[0] ?? "", md5: md5 ?? "", bytes };
}

async function usesOf(project: Project, { path, md5, bytes }: VersionedData): Promise<DataHistoryAnswer["uses"]> {
  if (!hasDatabase(project)) return [];
  const entity: Entity = { kind: "data", path, md5, bytes: bytes ?? 0 };
  const { nodes, edges } = lineageOf(project, entity);
  const own = nodeId(entity);
  const runs = openRuns(project);
  const uses = edges
    .filter(({ from, to }) => from === own || to === own)
    .slice(0, mostUses)
    .map(async ({ from, to }): Promise<DataHistoryAnswer["uses"][number] | null> => {
      const other = nodes.find(({ id }) => id === (from === own ? to : from))?.of;
      const verb = from === own ? "used" : "made";
      if (other?.kind === "run") return { verb, what: (await runs.run(other.id))?.name ?? other.id, run: other.id };
      if (other?.kind === "step") return { verb, what: `step ${other.step} of ${other.flow}`, run: null };
      return other?.kind === "cell" ? { verb, what: `a cell of ${other.notebook}`, run: null } : null;
    });
  return (await Promise.all(uses)).filter((use) => use !== null);
}
