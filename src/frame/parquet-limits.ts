import type { FileMetaData, SchemaTree } from "hyparquet";

/** Rows that a byte may stand for: of one value over and over a page of a million rows takes some 20 bytes. */
const rowsPerByte = 100_000;

/** How much longer compressed bytes may become: zstd's longest run of one byte gives some 30,000. */
export const growth = 65_536;

/**
 * What is wrong with a footer that promises more than its file can hold, so that nobody makes room for it; null when nothing is.
 *
 * @param bytes of the file
 */
export function footerFault(metadata: FileMetaData, bytes: number): string | null {
  const rows = Number(metadata.num_rows);
  if (rows < 0 || rows > bytes * rowsPerByte) return `its footer promises ${rows} rows, in ${bytes} bytes`;
  let sum = 0;
  for (const [i, group] of metadata.row_groups.entries()) {
    const own = Number(group.num_rows);
    if (own < 0) return `row group ${i} has ${own} rows`;
    sum += own;
    const fault = group.columns.map(({ meta_data }) => chunkFault(meta_data, bytes)).find((one) => one !== null);
    if (fault !== undefined) return `row group ${i}: ${fault}`;
  }
  return sum === rows ? null : `its row groups have ${sum} rows, and its footer promises ${rows}`;
}

/** Whether each row group has each column of the schema once: two of one name are read by nobody, and their errors caught by nobody. */
export function columnsFault(metadata: FileMetaData, schema: SchemaTree): string | null {
  const wanted = schema.children.flatMap(leavesOf);
  if (new Set(wanted).size < wanted.length) return "its schema has two columns of one name";
  const differs = metadata.row_groups.findIndex(({ columns }) => {
    const there = columns.map(({ meta_data }) => pathText(meta_data?.path_in_schema ?? []));
    return there.length !== wanted.length || there.some((path, i) => path !== wanted[i]);
  });
  return differs < 0 ? null : `row group ${differs} has other columns than its schema`;
}

function leavesOf({ children, path }: SchemaTree): readonly string[] {
  return children.length === 0 ? [pathText(path)] : children.flatMap(leavesOf);
}

function pathText(path: readonly string[]): string {
  return JSON.stringify(path);
}

type Chunk = FileMetaData["row_groups"][number]["columns"][number]["meta_data"];

function chunkFault(chunk: Chunk, bytes: number): string | null {
  if (chunk === undefined) return null;
  const name = chunk.path_in_schema.join(".");
  const start = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
  const compressed = Number(chunk.total_compressed_size);
  const whole = Number(chunk.total_uncompressed_size);
  if (start < 0 || compressed < 0 || start + compressed > bytes)
    return `the column "${name}" is ${compressed} bytes from ${start}, and the file has ${bytes}`;
  if (whole < 0 || whole > (compressed + 1) * growth)
    return `the column "${name}" is ${compressed} bytes, which would become ${whole}`;
  const values = Number(chunk.num_values);
  if (values < 0 || values > (compressed + 1) * rowsPerByte)
    return `the column "${name}" has ${values} values in ${compressed} bytes`;
  return null;
}
