import { join } from "node:path";
import { hasDatabase, openDatabase, type Project } from "../../store/index.ts";
import { copyArtifacts, countArtifacts } from "./copy-artifacts.ts";
import type { ForeignExperiment } from "./foreign.ts";
import type { ForeignLogged, ForeignRegistered } from "./foreign-models.ts";
import { addFiles, artifactsOf, experimentIdOf, type Importing, noteElsewhere } from "./import-tally.ts";
import { putLogged, putRegistered } from "./put-models.ts";

/** Brings in the logged models of experiments, and the registry: all of it, or what the runs of those experiments gave to it. */
export function importModels(
  importing: Importing,
  experiments: readonly { readonly experiment: ForeignExperiment; readonly of: string }[],
): void {
  const models = importing.source.models();
  if (models === null) return;
  for (const model of models.logged()) {
    const chosen = experiments.find(({ of }) => of === model.experiment);
    if (chosen !== undefined) addLogged(importing, { model, experiment: chosen.experiment });
  }
  const isAll = importing.options.experiment === undefined;
  const runs = new Set(isAll ? [] : experiments.flatMap(({ of }) => importing.source.runIds(of)));
  for (const registered of models.registered()) {
    const versions = registered.versions.filter(({ run }) => isAll || (run !== null && runs.has(run)));
    if (isAll || versions.length > 0) addRegistered(importing, { ...registered, versions });
  }
}

function addLogged(
  { project, options, tally }: Importing,
  { model, experiment }: { readonly model: ForeignLogged; readonly experiment: ForeignExperiment },
): void {
  if (isKnown(project, "SELECT 1 FROM logged_model WHERE uuid = ?", model.id)) return;
  tally.models++;
  const from = artifactsOf(model, experiment.id, options.artifacts);
  if (from === null) noteElsewhere(tally, model);
  if (options.dryRun === true) {
    if (from !== null) addFiles(tally, countArtifacts(from));
    return;
  }
  const number = experimentIdOf(project, experiment.name) ?? 0;
  // As src/track/registry lays it out; the files first, so that a model that is in the database has them.
  const to = join(project.stemmaFolder, "artifacts", String(number), "models", model.id);
  if (from !== null) addFiles(tally, copyArtifacts(from, to));
  openDatabase(project).write((sql) => putLogged(sql, model, number));
}

function addRegistered({ project, options, tally }: Importing, model: ForeignRegistered): void {
  if (options.dryRun !== true) {
    tally.versions += openDatabase(project).write((sql) => putRegistered(sql, model));
    return;
  }
  const known = `SELECT 1 FROM model_version v JOIN registered_model m ON m.id = v.model WHERE m.name = ? AND v.version = ?`;
  tally.versions += model.versions.filter(
    ({ version, deleted }) => !deleted && !isKnown(project, known, model.name, version),
  ).length;
}

function isKnown(project: Project, query: string, ...values: readonly (string | number)[]): boolean {
  return hasDatabase(project) && openDatabase(project).first(query, ...values) !== null;
}
