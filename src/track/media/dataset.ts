import { type Column, type Frame, parquetBytes, readFrame, type SchemaColumn } from "../../frame/index.ts";
import { md5 } from "../../store/index.ts";
import { mlflowTypes } from "../column-types.ts";
import type { DatasetInput } from "../record.ts";

/** MLflow's JSON of a table's columns. @param required whether a column has a value in every row; true where absent */
export function columnsJson(
  columns: readonly SchemaColumn[],
  required: (column: SchemaColumn, index: number) => boolean = () => true,
): string {
  const list = columns.map((column, index) => ({
    type: mlflowTypes[column.type],
    name: column.name,
    required: required(column, index),
  }));
  return JSON.stringify({ mlflow_colspec: list });
}

/** MLflow's JSON of how large a table is. */
export function profileJson(rows: number, columns: number): string {
  return JSON.stringify({ num_rows: rows, num_elements: rows * columns });
}

export interface TableInputOptions {
  /** What it was used for, as MLflow shows it: "training". */
  readonly context: string | null;
  readonly name: string | null;
  /** The tags that say where the run comes from: the code is the source of a table in memory. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * A table in memory as MLflow's data set. Its digest is the MD5 of its Parquet file: the one that `version("x.parquet", table)`
 * has too.
 *
 * @throws {DataValueError} it is no table
 */
export async function tableInput(table: unknown, { context, name, tags }: TableInputOptions): Promise<DatasetInput> {
  const frame = readFrame(table, "run.input()");
  const source = Object.fromEntries(Object.entries(tags).filter(([key]) => key.startsWith("mlflow.source.")));
  return {
    name: name ?? "table",
    digest: md5(await parquetBytes(frame)),
    sourceType: "code",
    source: JSON.stringify({ tags: source }),
    schema: columnsJson(frame.columns, (_, index) => isFull(frame, index)),
    profile: profileJson(frame.rows, frame.columns.length),
    tags: context === null ? {} : { "mlflow.data.context": context },
  };
}

function isFull(frame: Frame, index: number): boolean {
  const column: Column | undefined = frame.columns[index];
  if (column === undefined || column.type === "null") return false;
  for (let row = 0; row < frame.rows; row++) if (column.values[row] == null) return false;
  return true;
}
