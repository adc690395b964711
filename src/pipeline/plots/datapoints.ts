import { posix } from "node:path";
import { isYamlMap, type YamlKey, type YamlMap, type YamlValue, yamlEntries } from "../../format/index.ts";
import { PipelineError } from "../pipeline-error.ts";

/** One row of a plot's data. */
export type Datapoint = ReadonlyMap<string, YamlValue>;

/** What a plot is drawn from, and what fills its template. */
export interface PlotData {
  readonly rows: readonly Datapoint[];
  /** `x`, `y`: the names of the columns; labels; and what else the definition says. */
  readonly props: ReadonlyMap<string, YamlValue>;
  /** Where the values of `y` come from. */
  readonly sources: readonly { readonly filename: string; readonly field: string }[];
}

interface Column {
  readonly file: string;
  readonly field: string;
}

/** The files that a plot reads (dvc/repo/plots, infer_data_sources). */
export function sourcesOf(id: string, props: ReadonlyMap<string, YamlValue>): readonly string[] {
  const y = props.get("y") ?? null;
  const x = props.get("x") ?? null;
  const files = isYamlMap(y) ? yamlEntries(y).map(([file]) => String(file)) : [id];
  return [
    ...new Set([
      ...files,
      ...(isYamlMap(x)
        ? yamlEntries(x)
            .slice(0, 1)
            .map(([file]) => String(file))
        : []),
    ]),
  ];
}

/**
 * The rows of a plot at one revision: `x` and `y` found, several sources in one table (dvc/render/converter/vega.py).
 *
 * @param files what each file holds
 * @throws {PipelineError} a column is missing, `x` and `y` don't fit together
 */
export function plotData(
  id: string,
  props: ReadonlyMap<string, YamlValue>,
  at: { readonly revision: string; readonly files: ReadonlyMap<string, YamlValue> },
): PlotData {
  const tables = new Map([...at.files].map(([file, content]) => [file, rowsOf(content)] as const));
  const inferred = new Map([...props, ...axes(id, props, at.files)]);
  const xs = columnsOf(inferred.get("x"), tables);
  const ys = columnsOf(inferred.get("y"), tables);
  if (xs.length > 1 && xs.length !== ys.length) {
    throw new PipelineError(
      `Cannot have different number of x and y data sources. Found ${xs.length} x and ${ys.length} y data sources.`,
    );
  }
  const several = xs.length > 1 && new Set(xs.map(({ field }) => field)).size > 1;
  const x = several ? "dvc_inferred_x_value" : (xs[0]?.field ?? "step");
  const fields = new Set(ys.map(({ field }) => field));
  const y = fields.size > 1 ? "dvc_inferred_y_value" : ([...fields][0] ?? null);
  const shortName = shortener(new Set(ys.map(({ file }) => file)));
  const sources = ys.map(({ file, field }) => ({ filename: shortName(file), field }));
  const rows = ys.flatMap((column, i) => {
    const own = tables.get(column.file) ?? [];
    const xColumn = xs.length > 1 ? xs[i] : xs[0];
    const xRows = xColumn === undefined ? null : (tables.get(xColumn.file) ?? []);
    if (xRows !== null && xRows.length !== own.length) throw misfit(xColumn, column);
    return own.map((row, index): Datapoint => {
      const point = new Map(row);
      if (y === "dvc_inferred_y_value" && row.has(column.field)) point.set(y, row.get(column.field) ?? null);
      if (xColumn === undefined) point.set("step", index);
      else if (xRows?.[index]?.has(xColumn.field) === true) point.set(x, xRows[index]?.get(xColumn.field) ?? null);
      return point.set("rev", at.revision).set("filename", shortName(column.file)).set("field", column.field);
    });
  });
  const labels: readonly (readonly [string, YamlValue])[] = [
    ["y_label", yLabel(inferred)],
    ["x_label", xLabel(inferred)],
  ];
  return { rows, props: new Map([...inferred, ...labels, ["x", x], ["y", y]]), sources };
}

function misfit(x: Column | undefined, y: Column): PipelineError {
  return new PipelineError(
    `Cannot join '${x?.field}' from '${x?.file}' and '${y.field}' from '${y.file}'. They have to have same length.`,
  );
}

/** All lists of mappings with the same keys, side by side. */
function rowsOf(content: YamlValue): readonly Datapoint[] {
  const rows: Map<string, YamlValue>[] = [];
  for (const list of listsIn(content)) {
    if (list.length === 0 || !list.every(isYamlMap)) continue;
    const keys = (map: YamlMap): readonly string[] => yamlEntries(map).map(([key]) => String(key));
    const all = new Set(list.flatMap((item) => keys(item as YamlMap)));
    if (keys(list[0] as YamlMap).length !== all.size) continue;
    list.forEach((item, i) => {
      const row = rows[i] ?? new Map<string, YamlValue>();
      for (const [key, value] of yamlEntries(item as YamlMap)) row.set(String(key), value);
      rows[i] = row;
    });
  }
  return rows;
}

function listsIn(content: YamlValue): readonly (readonly YamlValue[])[] {
  if (Array.isArray(content)) return [content as readonly YamlValue[]];
  if (!isYamlMap(content)) return [];
  return yamlEntries(content).flatMap(([, value]) => (Array.isArray(value) || isYamlMap(value) ? listsIn(value) : []));
}

/** `x` and `y` by file, where they are not given so: the last column of the data is `y`. */
function axes(
  id: string,
  props: ReadonlyMap<string, YamlValue>,
  files: ReadonlyMap<string, YamlValue>,
): ReadonlyMap<string, YamlValue> {
  const found = new Map<string, YamlValue>();
  const x = props.get("x");
  const y = props.get("y");
  if (typeof x === "string") {
    const byFile = isYamlMap(y ?? null) ? yamlEntries(y as YamlMap) : [[id, x] as const];
    found.set(
      "x",
      new Map(byFile.map(([file, fields]) => [file as YamlKey, Array.isArray(fields) ? fields.map(() => x) : x])),
    );
  }
  if (y === undefined || y === null) found.set("y", lastColumn(id, files));
  else if (!isYamlMap(y)) found.set("y", new Map([[id, y]]));
  return found;
}

function lastColumn(id: string, files: ReadonlyMap<string, YamlValue>): YamlValue {
  const list = listsIn(files.get(id) ?? null).find((items) => items.length > 0 && items.every(isYamlMap));
  const key = list === undefined ? undefined : yamlEntries(list[0] as YamlMap).at(-1)?.[0];
  return key === undefined ? null : new Map([[id, String(key)]]);
}

function columnsOf(axis: YamlValue | undefined, tables: ReadonlyMap<string, readonly Datapoint[]>): readonly Column[] {
  if (!isYamlMap(axis ?? null)) return [];
  const columns = yamlEntries(axis as YamlMap).flatMap(([file, fields]) =>
    (Array.isArray(fields) ? fields : [fields])
      .filter((field: YamlValue): field is string => typeof field === "string")
      .map((field) => ({ file: String(file), field })),
  );
  for (const { file, field } of columns) {
    const first = tables.get(file)?.[0];
    if (first === undefined || first.has(field)) continue;
    throw new PipelineError(
      `Could not find provided field ('${field}') in data fields ('${[...first.keys()].join(", ")}').`,
    );
  }
  return columns;
}

function yLabel(props: ReadonlyMap<string, YamlValue>): YamlValue {
  const given = props.get("y_label") ?? null;
  const y = props.get("y") ?? null;
  if (given !== null) return given;
  if (typeof y === "string") return y;
  if (Array.isArray(y)) return "y";
  return isYamlMap(y) ? oneOr(y, "y") : null;
}

function xLabel(props: ReadonlyMap<string, YamlValue>): YamlValue {
  const given = props.get("x_label") ?? null;
  const x = props.get("x") ?? null;
  if (given !== null) return given;
  return isYamlMap(x) ? oneOr(x, "x") : "step";
}

function oneOr(axis: YamlMap, several: string): string {
  const fields = new Set(yamlEntries(axis).flatMap(([, value]) => (Array.isArray(value) ? value : [value])));
  return fields.size === 1 ? String([...fields][0]) : several;
}

/** File names without what all of them begin with. */
function shortener(files: ReadonlySet<string>): (file: string) => string {
  const parts = [...files].map((file) => file.split("/"));
  let common = 0;
  while (parts.length > 1 && parts.every((one) => one[common] !== undefined && one[common] === parts[0]?.[common]))
    common += 1;
  const prefix = (parts[0] ?? []).slice(0, common).join("/").length;
  return (file) =>
    files.size > 1 ? file.slice(prefix).replace(/^[/\\]+|[/\\]+$/g, "") : file.replace(/^[/\\]+|[/\\]+$/g, "");
}

/** Whether a plot is a picture, by its ending. */
export function isImage(id: string): boolean {
  return [".jpg", ".jpeg", ".gif", ".png", ".svg"].includes(posix.extname(id));
}
