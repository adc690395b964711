import { basename, isAbsolute, relative, sep } from "node:path";
import { isTable, type SchemaColumn } from "../frame/index.ts";
import type { Entity } from "../lineage/index.ts";
import type { Project } from "../store/index.ts";
import { columnsJson, profileJson, tableInput } from "./media/index.ts";
import { ValueError } from "./params.ts";
import type { DatasetInput } from "./record.ts";
import type { RunWriter } from "./run-writer.ts";

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
export function dataEntity(project: Project, data: DataLike | object): DataEntity {
  const { path, md5, bytes }: { readonly [K in keyof DataLike]: unknown } = Object(data);
  if (typeof path !== "string" || typeof md5 !== "string" || !/^[0-9a-f]{32}(\.dir)?$/.test(md5))
    throw new ValueError(
      `run.input() takes what version() gives; ${shown(data)} has no path and md5. Write run.input(await version("data/cases.csv")), or pass a table.`,
    );
  return { kind: "data", path: inProject(project, path), md5, bytes: typeof bytes === "number" ? bytes : 0 };
}

export interface InputOptions {
  /** What the data was used for, as MLflow shows it: "training". */
  readonly context?: string;
  /** The data set's name; the file's where absent. */
  readonly name?: string;
}

/** Data as MLflow's data set, with the columns and rows that `version(path, table)` tells. */
export function datasetOf(entity: DataEntity, data: object, { context, name }: InputOptions): DatasetInput {
  const { rows, schema }: { readonly rows?: unknown; readonly schema?: unknown } = data;
  const columns = Array.isArray(schema) ? (schema as readonly SchemaColumn[]) : null;
  return {
    name: name ?? basename(entity.path),
    digest: entity.md5,
    sourceType: "dvc",
    source: JSON.stringify({ uri: entity.path }),
    schema: columns === null ? null : columnsJson(columns),
    profile: columns === null || typeof rows !== "number" ? null : profileJson(rows, columns.length),
    tags: context === undefined ? {} : { "mlflow.data.context": context },
  };
}

/** Whether what was given is a table in memory, and not versioned data. */
export function isTableInput(data: DataLike | object): data is object {
  return isTable(data);
}

/** Keeps that a run used a table in memory: a data set by the MD5 of its Parquet file. @throws {DataValueError} */
export async function keepTableInput(
  writer: RunWriter,
  table: object,
  { context = null, name = null }: { readonly context?: string | null; readonly name?: string | null },
): Promise<void> {
  writer.checkOpen();
  const { tags } = writer.record();
  writer.input(await tableInput(table, { context, name, tags }), null);
}

function inProject(project: Project, path: string): string {
  const inside = isAbsolute(path) ? relative(project.root, path) : path;
  return inside.split(sep).join("/");
}

function shown(data: unknown): string {
  return typeof data === "string" ? JSON.stringify(data) : `the ${data === null ? "null" : typeof data} given`;
}
