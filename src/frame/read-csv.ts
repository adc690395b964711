import type { ByteSource } from "./byte-source.ts";
import { csvLines, type Field } from "./csv-fields.ts";
import type { DataTable, ReadColumn } from "./data-table.ts";
import { guessedColumn, typedTexts } from "./guess-column.ts";
import type { ReadWork } from "./read-options.ts";
import { unknownColumn } from "./read-parquet.ts";
import { TableFileError } from "./table-file-error.ts";
import { decoded } from "./text-source.ts";

/** A CSV file as a table; the columns' types are what all of their values fit. @throws {TableFileError} */
export async function readCsv(source: ByteSource, work: ReadWork): Promise<DataTable> {
  return csvTable(await decoded(source, work), work);
}

/** A CSV text as a table. @throws {TableFileError} */
export async function csvTable(text: string, work: ReadWork): Promise<DataTable> {
  const { path, options, signal } = work;
  const delimiter = options.delimiter ?? (path.toLowerCase().endsWith(".tsv") ? "\t" : ",");
  if (delimiter.length !== 1)
    throw new TableFileError(`The delimiter ${JSON.stringify(delimiter)} of ${path} is not one character.`);
  const lines = await csvLines(text, { path, delimiter, signal });
  const [head = []] = lines;
  const headed = options.header !== false;
  const names = uniqueNames(head.map((name, i) => (headed ? (name ?? `column ${i}`) : String(i))));
  const rows = headed ? lines.slice(1) : lines;
  const long = rows.findIndex((line) => line.length > names.length);
  if (long !== -1) {
    const line = long + (headed ? 2 : 1);
    throw new TableFileError(
      `${path}, line ${line}: ${rows[long]?.length} fields under ${names.length} names; quote the fields that hold ${JSON.stringify(delimiter)}.`,
    );
  }
  const wanted = options.columns ?? names;
  const all = names.map((name) => ({ name }));
  const columns = wanted.map((name) => {
    const at = names.indexOf(name);
    if (at === -1) throw unknownColumn(path, name, all);
    return columnOf(
      name,
      rows.map((line) => line[at] ?? null),
      work,
    );
  });
  return { rows: rows.length, columns };
}

function columnOf(name: string, fields: readonly Field[], { path, options }: ReadWork): ReadColumn {
  const marks = new Set(options.missing ?? []);
  const texts = marks.size === 0 ? fields : fields.map((text) => (text !== null && marks.has(text) ? null : text));
  const type = options.types?.[name];
  return type === undefined ? guessedColumn(name, texts) : typedTexts(name, texts, { type, path });
}

/** pandas' way with a name that stands twice: "x", "x.1". */
function uniqueNames(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let again = 1; seen.has(unique); again++) unique = `${name}.${again}`;
    seen.add(unique);
    return unique;
  });
}
