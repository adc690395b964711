import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseMlrunsModelMetric } from "../../format/index.ts";
import { artifactFoldersOf } from "./artifact-folders.ts";
import type {
  ForeignLogged,
  ForeignModelMetric,
  ForeignModels,
  ForeignRegistered,
  ForeignVersion,
} from "./foreign-models.ts";
import { filesIn, foldersIn, metaOf, numberOf, textOf, textsIn } from "./mlruns-files.ts";

/**
 * The registry (`models/`) and the logged models (`<experiment>/models/`, since MLflow 3) of a file store.
 *
 * @param experiments folders by id
 */
export function mlrunsModels(folder: string, experiments: ReadonlyMap<string, string>): ForeignModels {
  return {
    registered: () =>
      withMeta(join(folder, "models"))
        .filter((path) => !isPrompt(path))
        .map(readRegistered),
    logged: () =>
      [...experiments].flatMap(([experiment, path]) =>
        withMeta(join(path, "models")).map((model) => readLogged(model, experiment, dirname(folder))),
      ),
  };
}

function withMeta(folder: string): readonly string[] {
  return foldersIn(folder)
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, "meta.yaml")));
}

// Prompts are registered models to MLflow, which leaves them out of its own lists.
function isPrompt(folder: string): boolean {
  return textsIn(join(folder, "tags")).get("mlflow.prompt.is_prompt")?.toLowerCase() === "true";
}

function readRegistered(folder: string): ForeignRegistered {
  const meta = metaOf(folder);
  const aliases = [...textsIn(join(folder, "aliases"))].map(([alias, version]) => [alias, Number(version)] as const);
  return {
    name: textOf(meta, "name") ?? basename(folder),
    description: textOf(meta, "description") ?? "",
    createdMs: numberOf(meta, "creation_timestamp") ?? 0,
    updatedMs: numberOf(meta, "last_updated_timestamp") ?? 0,
    tags: Object.fromEntries(textsIn(join(folder, "tags"))),
    aliases: Object.fromEntries(aliases),
    versions: withMeta(folder)
      .filter((path) => /^version-\d+$/.test(basename(path)))
      .map(readVersion)
      .sort((a, b) => a.version - b.version),
  };
}

function readVersion(folder: string): ForeignVersion {
  const meta = metaOf(folder);
  const source = textOf(meta, "source") ?? "";
  // PyYAML writes the stage "None" without quotes: a text to it, and to us.
  const stage = textOf(meta, "current_stage") ?? "None";
  return {
    version: Number(basename(folder).slice("version-".length)),
    stage,
    description: textOf(meta, "description") ?? "",
    source,
    location: textOf(meta, "storage_location") ?? source,
    run: textOf(meta, "run_id"),
    runLink: textOf(meta, "run_link"),
    status: textOf(meta, "status") ?? "READY",
    deleted: stage === "Deleted_Internal",
    createdMs: numberOf(meta, "creation_timestamp") ?? 0,
    updatedMs: numberOf(meta, "last_updated_timestamp") ?? 0,
    tags: Object.fromEntries(textsIn(join(folder, "tags"))),
  };
}

// mlflow/entities/logged_model_status.py
const statuses = ["READY", "PENDING", "READY", "FAILED"] as const;

function readLogged(folder: string, experiment: string, beside: string): ForeignLogged {
  const meta = metaOf(folder);
  const id = textOf(meta, "model_id") ?? basename(folder);
  const uri = textOf(meta, "artifact_location") ?? "";
  return {
    id,
    experiment,
    name: textOf(meta, "name") ?? id,
    type: textOf(meta, "model_type"),
    status: statuses[numberOf(meta, "status") ?? 0] ?? "READY",
    lifecycle: textOf(meta, "lifecycle_stage") === "deleted" ? "deleted" : "active",
    sourceRun: textOf(meta, "source_run_id"),
    createdMs: numberOf(meta, "creation_timestamp") ?? 0,
    updatedMs: numberOf(meta, "last_updated_timestamp") ?? 0,
    tags: Object.fromEntries(textsIn(join(folder, "tags"))),
    params: Object.fromEntries(textsIn(join(folder, "params"))),
    metrics: filesIn(join(folder, "metrics")).flatMap(([key, path]) => readMetric(key, path)),
    artifactUri: uri,
    artifactFolders: [join(folder, "artifacts"), ...artifactFoldersOf(uri, { owner: id, beside })],
  };
}

function readMetric(key: string, path: string): readonly ForeignModelMetric[] {
  return parseMlrunsModelMetric(readFileSync(path, "utf8"), path).map((point) => ({ ...point, key }));
}
