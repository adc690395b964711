import type { Cell, Column, Frame } from "./frame.ts";
import { shown } from "./kind.ts";
import { textBlocks } from "./text-blocks.ts";
import { DataValueError } from "./value-error.ts";

/**
 * A frame as pandas' `orient="split"` JSON, which MLflow's tables are: `{"columns": […], "data": [[…], …]}`. Missing values
 * and NaN are null, as pandas writes them; dates ISO 8601.
 *
 * @throws {DataValueError} an infinity or a BigInt beyond 2^53, by column and row
 */
export async function splitJson(frame: Frame, signal: AbortSignal | null = null): Promise<Uint8Array> {
  const head = `{"columns":${JSON.stringify(frame.columns.map(({ name }) => name))},"data":[`;
  const row = (index: number): string => `[${frame.columns.map((column) => cellText(column, index)).join(",")}]`;
  const block = (start: number, end: number): string => {
    const rows = Array.from({ length: end - start }, (_, i) => row(start + i));
    return `${start === 0 ? "" : ","}${rows.join(",")}`;
  };
  return Buffer.concat([Buffer.from(head), ...(await textBlocks(frame.rows, block, signal)), Buffer.from("]}")]);
}

function cellText({ name, type, values }: Column, row: number): string {
  const value: Cell = values[row] ?? null;
  if (type === "timestamp" && value !== null) return JSON.stringify(new Date(Number(value)).toISOString());
  if (value === null || Number.isNaN(value)) return "null";
  if (Object.is(value, -0)) return "-0.0";
  const fits =
    typeof value === "bigint"
      ? Number.isSafeInteger(Number(value))
      : typeof value !== "number" || Number.isFinite(value);
  if (fits) return typeof value === "bigint" ? String(value) : JSON.stringify(value);
  throw new DataValueError(
    `Row ${row} of column ${JSON.stringify(name)} is ${shown(value)}, which a JSON table cannot hold; a path that ends in .parquet keeps it.`,
  );
}
