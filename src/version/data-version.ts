import type { FrameColumn } from "../frame/index.ts";
import { drawable } from "../host/index.ts";
import { type Entity, Lineage } from "../lineage/index.ts";
import type { Project } from "../store/index.ts";

/** What {@link DataVersion} is made of. */
export interface DataFacts {
  readonly path: string;
  readonly md5: string;
  readonly bytes: number;
  readonly files: number;
  /** Of a table that `version()` wrote; absent otherwise. */
  readonly rows?: number;
  readonly columns?: number;
  readonly schema?: readonly FrameColumn[];
}

// Beside the class, so that a DataVersion prints, compares and serialises as what it says.
const projects = new WeakMap<object, Project>();

/** One version of a file or folder: what was in it, by content. An entity of the lineage, so `run.input(cases)` takes it. */
export class DataVersion {
  readonly kind: "data" = "data";
  /** From the project's root, with `/`. */
  readonly path: string;
  /** DVC's MD5: 32 hex digits, with `.dir` behind them for a folder. */
  readonly md5: string;
  /** Of all files, for a folder. */
  readonly bytes: number;
  /** Files of a folder; 1 for a file. */
  readonly files: number;
  // Declared, not defined: a version of anything else has no such properties.
  /** Rows of the table that `version(path, table)` wrote; absent otherwise. */
  declare readonly rows?: number;
  /** Columns of that table. */
  declare readonly columns?: number;
  /** Its columns by name and type, in their order. */
  declare readonly schema?: readonly FrameColumn[];

  constructor(facts: DataFacts, project: Project) {
    this.path = facts.path;
    this.md5 = facts.md5;
    this.bytes = facts.bytes;
    this.files = facts.files;
    if (facts.rows !== undefined) this.rows = facts.rows;
    if (facts.columns !== undefined) this.columns = facts.columns;
    if (facts.schema !== undefined) this.schema = facts.schema;
    projects.set(this, project);
  }

  /** What made this version, and what used it. */
  lineage(): Lineage {
    return Lineage.of(projectOf(this), dataEntity(this));
  }
}

drawable(DataVersion.prototype, "data");

/** The project that a version was taken in. */
export function projectOf(version: DataVersion): Project {
  const project = projects.get(version);
  if (project === undefined) throw new TypeError("A DataVersion comes from version(), not from its constructor");
  return project;
}

/** The entity of the lineage that a version is. */
export function dataEntity(
  facts: Pick<DataFacts, "path" | "md5" | "bytes">,
): Extract<Entity, { readonly kind: "data" }> {
  return { kind: "data", path: facts.path, md5: facts.md5, bytes: facts.bytes };
}
