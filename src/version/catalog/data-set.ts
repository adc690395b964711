import type { DataFormat, SchemaType, TableReadOptions } from "../../frame/index.ts";

/** A column as a catalog wants it. */
export interface WantedColumn {
  readonly name: string;
  readonly type: SchemaType | "number";
  /** Whether values may be missing: a "?" behind the type. */
  readonly optional: boolean;
}

/** A data set as a catalog names it. */
export interface DataSet {
  /** With `{placeholders}` for a pattern. */
  readonly name: string;
  /** A path from the project's root, or a URL. */
  readonly path: string;
  readonly format: DataFormat;
  readonly options: TableReadOptions;
  readonly as: "rows" | "columns" | "arquero" | "json" | "text" | "bytes" | null;
  /** null where nobody said. */
  readonly schema: readonly WantedColumn[] | null;
  /** A folder with one file a partition; the ending that their names lose. */
  readonly partitions: { readonly suffix: string } | null;
  /** `dvc`: `version.save()` versions it. `kedro`: each save is a file in a folder of its time. `none`: a file as it is. */
  readonly versions: "dvc" | "kedro" | "none";
  /** Name in the credentials. */
  readonly credentials: string | null;
  /** What the place needs to know besides, as DVC's remotes name it: `endpointurl`, `region`. */
  readonly config: Readonly<Record<string, string>>;
  readonly rev: string | null;
  readonly repo: string | null;
  readonly remote: string | null;
  readonly description: string | null;
  /** The catalog's file that says so, from the project's root. */
  readonly file: string;
  /** What of it cannot be done here; loading and saving say it. */
  readonly problems: readonly string[];
}

/** All data sets of a project. */
export interface Catalog {
  /** The files that were read, from the project's root, the base first. */
  readonly files: readonly string[];
  readonly sets: ReadonlyMap<string, DataSet>;
  /** Sets whose names have placeholders, those that say most first. */
  readonly patterns: readonly DataSet[];
}
