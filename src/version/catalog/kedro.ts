import { type DataFormat, formatOf, type SchemaType } from "../../frame/index.ts";
import type { DataSet } from "./data-set.ts";
import { type Entry, type EntryPlace, fault, isAddress, isEntry, text } from "./entry.ts";

/** Kedro's kinds of data sets whose files are read and written here; the last part of a name decides, old spelling too. */
const kinds: Readonly<Record<string, DataFormat>> = {
  "pandas.CSVDataset": "csv",
  "polars.CSVDataset": "csv",
  "pandas.ParquetDataset": "parquet",
  "polars.EagerPolarsDataset": "parquet",
  "pandas.JSONDataset": "json",
  "pandas.FeatherDataset": "arrow",
  "json.JSONDataset": "json",
  "text.TextDataset": "text",
};

const wayOuts: Readonly<Record<string, string>> = {
  "pandas.ExcelDataset": "Excel files are not read; save the sheet as CSV or Parquet",
  "pickle.PickleDataset": "only Python reads pickles; save it as Parquet or JSON",
  MemoryDataset: "it lives in one Kedro run only; give it a file",
  "io.MemoryDataset": "it lives in one Kedro run only; give it a file",
};

interface Arguments {
  readonly options: Record<string, unknown>;
  readonly problems: string[];
  format: DataFormat;
}

/** An entry of a Kedro catalog: what there is of it here; what is not stands in its problems. */
export function kedroSet(entry: Entry, place: EntryPlace): DataSet {
  const kind = kindOf(entry["type"]);
  if (/(^|\.)(Incremental|Partitioned)Dataset$/.test(kind)) return partitioned(entry, place, kind);
  const path = text(entry, "filepath", place) ?? text(entry, "path", place) ?? "";
  const known = kinds[kind];
  const given: Arguments = { options: {}, problems: [], format: known ?? formatOf(path) };
  if (known === undefined)
    given.problems.push(
      `its type ${kind} is not known here: ${wayOuts[kind] ?? "give it a type such as pandas.ParquetDataset"}`,
    );
  else if (path === "") throw fault(place, "has no filepath");
  loadArguments(entry["load_args"], given);
  saveArguments(entry["save_args"], given);
  return {
    ...blank(entry, place),
    path,
    format: given.format,
    options: given.options,
    partitions: null,
    versions: entry["versioned"] === true ? "kedro" : isAddress(path) ? "none" : "dvc",
    problems: given.problems,
  };
}

function blank(
  entry: Entry,
  place: EntryPlace,
): Omit<DataSet, "path" | "format" | "options" | "partitions" | "versions" | "problems"> {
  return {
    name: place.name,
    as: null,
    schema: null,
    credentials: text(entry, "credentials", place),
    config: {},
    rev: null,
    repo: null,
    remote: null,
    description: null,
    file: place.file,
  };
}

/** "kedro_datasets.pandas.CSVDataSet" is "pandas.CSVDataset". */
function kindOf(type: unknown): string {
  return String(type)
    .replace(/^(kedro_datasets|kedro\.extras\.datasets|kedro\.io)\./, "")
    .replace(/^(\w+)\.\w+\.(\w+Data[sS]et)$/, "$1.$2")
    .replace(/DataSet$/, "Dataset");
}

function partitioned(entry: Entry, place: EntryPlace, kind: string): DataSet {
  const inner = typeof entry["dataset"] === "string" ? { type: entry["dataset"] } : entry["dataset"];
  if (!isEntry(inner)) throw fault(place, `is a ${kind} and wants its dataset's type`);
  const path = text(entry, "path", place);
  if (path === null) throw fault(place, "has no path");
  const suffix = text(entry, "filename_suffix", place) ?? "";
  const one = kedroSet({ filepath: `x${suffix}`, ...inner }, place);
  const problems = kind.includes("Incremental")
    ? ["checkpoints of partitions.IncrementalDataset are not kept here"]
    : [];
  return {
    ...one,
    path,
    credentials: text(entry, "credentials", place) ?? one.credentials,
    partitions: { suffix },
    versions: isAddress(path) ? "none" : "dvc",
    problems: [...one.problems, ...problems],
  };
}

/** Arguments that change nothing in what is read here. */
const silent = new Set([
  "engine",
  "low_memory",
  "parse_dates",
  "dtype_backend",
  "memory_map",
  "float_precision",
  "skipinitialspace",
  "use_nullable_dtypes",
]);

function loadArguments(value: unknown, given: Arguments): void {
  if (!isEntry(value)) return;
  for (const [key, one] of Object.entries(value)) {
    if (silent.has(key)) continue;
    if ((key === "sep" || key === "delimiter") && typeof one === "string") given.options["delimiter"] = one;
    else if (key === "encoding") given.options["encoding"] = String(one);
    else if ((key === "usecols" || key === "columns") && Array.isArray(one)) given.options["columns"] = one.map(String);
    else if (key === "na_values") given.options["missing"] = (Array.isArray(one) ? one : [one]).map(String);
    else if (key === "header") header(one, given);
    else if (key === "dtype" && isEntry(one)) given.options["types"] = dtypes(one, given);
    else if (key === "lines" && given.format === "json") given.format = one === true ? "jsonl" : "json";
    else if (key === "orient" && ["records", "columns", "split"].includes(String(one))) continue;
    else given.problems.push(`load_args ${key}: ${JSON.stringify(one)} has no counterpart here`);
  }
}

function header(value: unknown, given: Arguments): void {
  if (value === null || value === "None") given.options["header"] = false;
  else if (value !== 0 && value !== "infer")
    given.problems.push(
      `load_args header: ${JSON.stringify(value)} has no counterpart here; names stand in the first line, or nowhere (null)`,
    );
}

const pandasTypes: Readonly<Record<string, SchemaType>> = {
  str: "string",
  string: "string",
  object: "string",
  category: "string",
  float: "double",
  float64: "double",
  float32: "double",
  int: "double",
  int32: "double",
  int64: "double",
  Int64: "double",
  bool: "boolean",
  boolean: "boolean",
};

function dtypes(value: Entry, given: Arguments): Readonly<Record<string, SchemaType>> {
  const types: Record<string, SchemaType> = {};
  for (const [column, dtype] of Object.entries(value)) {
    const type = pandasTypes[String(dtype)];
    if (type === undefined)
      given.problems.push(`load_args dtype ${column}: ${JSON.stringify(dtype)} has no counterpart here`);
    else types[column] = type;
  }
  return types;
}

/** Arguments of pandas' writers that say what is done here anyway, or that only choose another spelling of the same content. */
function saveArguments(value: unknown, given: Arguments): void {
  if (!isEntry(value)) return;
  for (const [key, one] of Object.entries(value)) {
    const own =
      (key === "index" && one === false) ||
      key === "engine" ||
      key === "compression" ||
      key === "date_format" ||
      key === "indent";
    const json = given.format === "json" || given.format === "jsonl";
    if (own || (json && key === "orient" && one === "records")) continue;
    if (key === "lines" && json) given.format = one === true ? "jsonl" : "json";
    else if (key === "sep" && typeof one === "string" && (given.options["delimiter"] ?? one) === one)
      given.options["delimiter"] = one;
    else given.problems.push(`save_args ${key}: ${JSON.stringify(one)} has no counterpart here`);
  }
}
