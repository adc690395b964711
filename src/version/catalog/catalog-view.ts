import { existsSync } from "node:fs";
import { join } from "node:path";
import { drawable } from "../../host/index.ts";
import type { Project } from "../../store/index.ts";
import type { Catalog, DataSet } from "./data-set.ts";
import { isAddress } from "./entry.ts";

/** A data set as a list shows it. */
export interface CatalogEntry {
  readonly name: string;
  readonly path: string;
  readonly format: string;
  /** Whether the path is there; null for URLs, patterns, and data of other commits and repositories. */
  readonly here: boolean | null;
  readonly columns: readonly string[];
  readonly partitioned: boolean;
  readonly versioned: boolean;
  readonly description: string | null;
  /** The file of the catalog that says so. */
  readonly file: string;
  readonly problems: readonly string[];
}

/** The data sets of a project by their names; draws itself as a table. */
export class CatalogList {
  readonly kind: "data-catalog" = "data-catalog";
  readonly files: readonly string[];
  readonly sets: readonly CatalogEntry[];

  constructor(files: readonly string[], sets: readonly CatalogEntry[]) {
    this.files = files;
    this.sets = sets;
  }
}

drawable(CatalogList.prototype, "data-catalog");

/** A catalog as a list. */
export function listOf(project: Project, { files, sets, patterns }: Catalog): CatalogList {
  const rows = [
    ...[...sets.values()].map((set) => entryOf(project, set, false)),
    ...patterns.map((set) => entryOf(project, set, true)),
  ];
  return new CatalogList(files, rows);
}

function entryOf({ root }: Project, set: DataSet, pattern: boolean): CatalogEntry {
  const elsewhere = pattern || isAddress(set.path) || set.rev !== null || set.repo !== null;
  return {
    name: set.name,
    path: set.path,
    format: set.format,
    here: elsewhere ? null : existsSync(join(root, set.path)) || existsSync(join(root, `${set.path}.dvc`)),
    columns: (set.schema ?? []).map(({ name, type, optional }) => `${name} ${type}${optional ? "?" : ""}`),
    partitioned: set.partitions !== null,
    versioned: set.versions !== "none",
    description: set.description,
    file: set.file,
    problems: set.problems,
  };
}
