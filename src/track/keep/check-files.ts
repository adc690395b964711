import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Project, Sql } from "../../store/index.ts";
import { listSegments, type Segment, tailFolder } from "../series/index.ts";
import { bytesBelow } from "./bytes-below.ts";
import type { Finding } from "./finding.ts";

type Reading = Pick<Sql, "read" | "first">;

/** Files in `stemma/` that belong to no run. */
export function checkFiles(project: Project, sql: Reading): readonly Finding[] {
  const tails = lostTails(project, sql);
  return [
    ...tails.map(
      ({ path, run }): Finding => ({
        kind: "tail",
        message: `${path.slice(project.root.length + 1)} has points of run ${run}, which there is not.`,
        repair: "move it to the backup",
      }),
    ),
    ...lostFolders(project, sql).map(
      (path): Finding => ({
        kind: "artifacts",
        message: `${path.slice(project.root.length + 1)} (${bytesBelow(path)} B) has artifacts of no run.`,
        repair: "move it to the backup",
      }),
    ),
  ];
}

/** Tails of runs that are not in the database. */
export function lostTails(project: Project, sql: Reading): readonly Segment[] {
  return listSegments(tailFolder(project.stemmaFolder)).filter(
    ({ run }) => sql.first("SELECT 1 FROM run WHERE uuid = ?", run) === null,
  );
}

/** Folders `stemma/artifacts/<experiment>/<run>` and `…/models/<model>` that nothing in the database stands for. */
export function lostFolders(project: Project, sql: Reading): readonly string[] {
  const root = join(project.stemmaFolder, "artifacts");
  const experiments = foldersIn(root).filter((name) => /^\d+$/.test(name));
  return experiments.flatMap((experiment) => {
    const folder = join(root, experiment);
    const isRun = "SELECT 1 FROM run WHERE uuid = ? AND experiment = ?";
    const isModel = "SELECT 1 FROM logged_model WHERE uuid = ? AND experiment = ?";
    const unknown = (name: string, query: string): boolean => sql.first(query, name, Number(experiment)) === null;
    const runs = foldersIn(folder).filter((name) => name !== "models" && unknown(name, isRun));
    const models = foldersIn(join(folder, "models")).filter((name) => unknown(name, isModel));
    return [...runs.map((name) => join(folder, name)), ...models.map((name) => join(folder, "models", name))];
  });
}

function foldersIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}
