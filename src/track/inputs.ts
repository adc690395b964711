import { basename, isAbsolute, relative, sep } from "node:path";
import type { Entity } from "../lineage/index.ts";
import type { Project } from "../store/index.ts";
import { ValueError } from "./params.ts";
import type { DatasetInput } from "./record.ts";

/** What `version()` gives, or anything with a path from the project's root and the md5 of what lies there. */
export interface DataLike {
  readonly path: string;
  /** 32 hex digits, `.dir` behind them for a folder. */
  readonly md5: string;
  readonly bytes: number;
}

/** A versioned file or folder, as lineage names it. */
export type DataEntity = Extract<Entity, { readonly kind: "data" }>;

/** The entity that data stands for. @throws {ValueError} it is no such data */
export function dataEntity(project: Project, data: DataLike): DataEntity {
  const { path, md5, bytes }: { readonly [K in keyof DataLike]: unknown } = Object(data);
  if (typeof path !== "string" || typeof md5 !== "string" || !/^[0-9a-f]{32}(\.dir)?$/.test(md5))
    throw new ValueError(
      `run.input() takes what version() gives; ${shown(data)} has no path and md5. Write run.input(await version("data/cases.csv")).`,
    );
  return { kind: "data", path: inProject(project, path), md5, bytes: typeof bytes === "number" ? bytes : 0 };
}

/** Data as MLflow's data set. @param context what it was used for, such as "training" */
export function datasetOf(entity: DataEntity, context: string | null): DatasetInput {
  return {
    name: basename(entity.path),
    digest: entity.md5,
    sourceType: "dvc",
    source: JSON.stringify({ uri: entity.path }),
    schema: null,
    profile: null,
    tags: context === null ? {} : { "mlflow.data.context": context },
  };
}

function inProject(project: Project, path: string): string {
  const inside = isAbsolute(path) ? relative(project.root, path) : path;
  return inside.split(sep).join("/");
}

function shown(data: unknown): string {
  return typeof data === "string" ? JSON.stringify(data) : `the ${data === null ? "null" : typeof data} given`;
}
