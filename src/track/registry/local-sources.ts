import type { Sql } from "../../store/index.ts";
import { versionRow } from "./local-version-rows.ts";
import { LoggedModelNotFoundError } from "./registry-errors.ts";

/** Where the files of a source lie, and the run it came from. */
export interface ModelSource {
  readonly location: string;
  readonly runId: string | null;
}

/**
 * Follows what a version is made from: a logged model, another version, or a URI that stands for itself.
 *
 * @throws {LoggedModelNotFoundError} @throws {VersionNotFoundError}
 */
export function modelSource(sql: Pick<Sql, "first">, source: string): ModelSource {
  const [, first = "", second] = /^models:\/([^/@]+)(?:\/(\d+))?$/.exec(source) ?? [];
  if (second !== undefined) {
    const { location, run } = versionRow(sql, { name: first, version: Number(second) });
    return { location, runId: run };
  }
  if (!first.startsWith("m-")) return { location: source, runId: null };
  const model = sql.first<{ readonly experiment: number; readonly source_run: string | null }>(
    "SELECT experiment, source_run FROM logged_model WHERE uuid = ? AND lifecycle = 'active'",
    first,
  );
  if (model === null) throw new LoggedModelNotFoundError(first);
  return { location: modelArtifactUri(String(model.experiment), first), runId: model.source_run };
}

/** `mlflow-artifacts:/<experiment>/models/<id>/artifacts`: what clients of our server are told. */
export function modelArtifactUri(experiment: string, id: string): string {
  return `mlflow-artifacts:/${experiment}/models/${id}/artifacts`;
}
