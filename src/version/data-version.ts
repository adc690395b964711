import type { DataRow, SchemaColumn } from "../frame/index.ts";
import { commitHolding } from "../git/index.ts";
import { drawable } from "../host/index.ts";
import { type Entity, Lineage } from "../lineage/index.ts";
import type { Project } from "../store/index.ts";
import { type DataHistory, type DataHistoryEntry, historyOf, recordedVersions } from "./data-history.ts";
import { outsAround } from "./tracked-outs.ts";
import { type DiffOptions, diffVersions, type VersionDiff } from "./version-diff.ts";

/** What {@link DataVersion} is made of. */
export interface DataFacts {
  readonly path: string;
  readonly md5: string;
  readonly bytes: number;
  readonly files: number;
  /** Of a table; absent otherwise. */
  readonly rows?: number;
  readonly columns?: number;
  readonly schema?: readonly SchemaColumn[];
  /** Its first rows, to be drawn. */
  readonly top?: readonly DataRow[];
}

interface Origin {
  readonly project: Project;
  readonly top: readonly DataRow[];
  rev?: string | null;
}

// Beside the class, so that a DataVersion prints, compares and serialises as what it says.
const origins = new WeakMap<object, Origin>();

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
  /** Rows of a table; absent for anything else, and where only reading a very large file would tell. */
  declare readonly rows?: number;
  /** Columns of a table. */
  declare readonly columns?: number;
  /** Its columns by name and type, in their order; of a large CSV file as its first rows have them. */
  declare readonly schema?: readonly SchemaColumn[];

  constructor(facts: DataFacts, project: Project) {
    this.path = facts.path;
    this.md5 = facts.md5;
    this.bytes = facts.bytes;
    this.files = facts.files;
    if (facts.rows !== undefined) this.rows = facts.rows;
    if (facts.columns !== undefined) this.columns = facts.columns;
    if (facts.schema !== undefined) this.schema = facts.schema;
    origins.set(this, { project, top: facts.top ?? [] });
  }

  /** The commit that is checked out, 40 hex digits, when it records this version; null when it records another one, or none. */
  get rev(): string | null {
    const origin = originOf(this);
    origin.rev ??= recordingCommit(origin.project, this);
    return origin.rev;
  }

  /** What made this version, and what used it. */
  lineage(): Lineage {
    return Lineage.of(projectOf(this), dataEntity(this));
  }

  /** The versions of this path that git's commits record, newest first. */
  history(): Promise<DataHistory> {
    return historyOf(projectOf(this), this.path);
  }

  /** How this version differs from the one of a commit; the last one without a name. */
  diff(rev = "HEAD", options: DiffOptions = {}): Promise<VersionDiff> {
    const project = projectOf(this);
    const folder = project.root;
    const { path, md5 } = this;
    const from = { wanted: path, options: { folder, rev }, name: rev };
    const to = { wanted: { path, md5 }, options: { folder }, name: md5.slice(0, 7) };
    return diffVersions(project, { from, to }, options);
  }
}

drawable(DataVersion.prototype, "data");

function recordingCommit(
  project: Project,
  { path, md5 }: { readonly path: string; readonly md5: string },
): string | null {
  const tracked = outsAround(project, path).find((out) => out.path === path);
  if (tracked === undefined || tracked.out.md5 !== md5) return null;
  return commitHolding(tracked.dvcFile, tracked.text);
}

/** The project that a version was taken in. */
export function projectOf(version: DataVersion): Project {
  return originOf(version).project;
}

function originOf(version: DataVersion): Origin {
  const origin = origins.get(version);
  if (origin === undefined) throw new TypeError("A DataVersion comes from version(), not from its constructor");
  return origin;
}

/** Commits that a drawn version looks at. */
const drawnCommits = 20;

/** What a drawn version shows besides its facts: first rows, and what git's commits record of it. */
export function dataDetails(version: DataVersion): {
  readonly top: readonly DataRow[];
  readonly history: readonly DataHistoryEntry[];
} {
  const { project, top } = originOf(version);
  return { top, history: recordedVersions(project, version.path, drawnCommits) };
}

/** The entity of the lineage that a version is. */
export function dataEntity(
  facts: Pick<DataFacts, "path" | "md5" | "bytes">,
): Extract<Entity, { readonly kind: "data" }> {
  return { kind: "data", path: facts.path, md5: facts.md5, bytes: facts.bytes };
}
