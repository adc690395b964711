import { extname } from "node:path";
import { encodeData, type Frame, parquetBytes, readFrame, splitJson } from "../../frame/index.ts";
import { ArtifactPathError } from "../errors.ts";
import type { RunWriter } from "../run-writer.ts";
import { previewOf, rememberPreview } from "./preview.ts";

/** MLflow's tag with the tables of a run, as JSON: `[{"path": "fits.parquet", "type": "table"}]`. */
export const loggedArtifactsTag = "mlflow.loggedArtifacts";

/**
 * Keeps a table with a run, as MLflow's `log_table()` does: as Parquet, or as `.json` or `.csv` where the path ends so. One of
 * that path is replaced.
 *
 * @throws {DataValueError} it is no table, or holds what the file cannot @throws {ArtifactPathError}
 */
export async function keepTable(writer: RunWriter, path: string, table: unknown): Promise<void> {
  writer.checkOpen();
  const named = /\.(parquet|json|csv)$/i.test(path) ? path : `${path}.parquet`;
  const odd = /["',:[\]{}]/.exec(named)?.[0];
  if (odd !== undefined) throw new ArtifactPathError(named, `has ${odd}, which MLflow allows in no table's name`);
  const frame = readFrame(table, "run.table()");
  writer.artifact(named, await tableBytes(named, table, frame));
  rememberPreview(writer.id, previewOf(named, frame));
  // MLflow reads these two back; CSV is for other tools.
  if (!/\.csv$/i.test(named)) markTable(writer, named);
}

async function tableBytes(path: string, table: unknown, frame: Frame): Promise<Uint8Array> {
  switch (extname(path).toLowerCase()) {
    case ".json":
      return splitJson(frame);
    case ".csv":
      return (await encodeData(path, table)).bytes;
    default:
      return parquetBytes(frame);
  }
}

function markTable(writer: RunWriter, path: string): void {
  const known = loggedTables(writer.record().tags);
  if (known.includes(path)) return;
  const list = [...known, path].map((one) => ({ path: one, type: "table" }));
  // MLflow finds a run's tables with a LIKE on this text, spaces and all: client.py, load_table.
  const text = list.map((one) => `{"path": ${JSON.stringify(one.path)}, "type": "table"}`).join(", ");
  writer.tags({ [loggedArtifactsTag]: `[${text}]` });
}

/** Paths of the tables that a run's tags name; none where the tag is another tool's and cannot be read. */
export function loggedTables(tags: Readonly<Record<string, string>>): readonly string[] {
  const text = tags[loggedArtifactsTag];
  if (text === undefined) return [];
  const list = parsed(text);
  return Array.isArray(list)
    ? list.flatMap((one) => (Object(one).type === "table" ? [String(Object(one).path)] : []))
    : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A server cuts a long tag in the middle; what it named is an artifact still.
    return null;
  }
}
