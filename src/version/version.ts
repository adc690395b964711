import { dirname } from "node:path";
import { host } from "../host/index.ts";
import { currentActivity, type Entity, recordFacts } from "../lineage/index.ts";
import { findProject, type Project } from "../store/index.ts";
import { addData } from "./add-data.ts";
import { type CheckedOut, checkoutData, type WantedVersion } from "./checkout-data.ts";
import { DataVersion, dataEntity } from "./data-version.ts";
import { importOnce, isUrl, type RemoteVerbs, remoteVerbs } from "./remote/index.ts";
import { type DataStatus, dataStatus } from "./status.ts";
import { writeData } from "./write-data.ts";

/** A version to restore: a {@link DataVersion}, an input of a run or of its record, an entity of the lineage; or a path of data or of a `.dvc` file. */
export type CheckoutTarget =
  | string
  | WantedVersion
  | Extract<Entity, { readonly kind: "data" }>
  | { readonly digest: string; readonly source: string };

export interface VersionOptions {
  /** Overwrites content that is in no version. */
  readonly force?: boolean;
}

/** The verb: `version(path)` takes a version, `version(path, value)` writes the file first; `version.checkout()` restores, `version.status()` compares. */
export interface VersionVerb extends RemoteVerbs {
  /**
   * Takes a version of a file or folder, byte for byte as `dvc add` does: content into DVC's cache, `<path>.dvc`, a line in `.gitignore`.
   * Content that was versioned before is found again by its digest; files that did not change are not read.
   *
   * A URL (`https://`, `s3://`, `ssh://`) is imported under its own name, with its source and ETag in the `.dvc` file; the next
   * call downloads it again when the source has changed.
   *
   * @param path relative to the notebook's folder, outside a notebook to the working folder
   * @example
   * const cases = await version("data/cases.csv");
   */
  (path: string): Promise<DataVersion>;
  /**
   * Writes a value as a file and takes a version of it; the path's ending says as what:
   * a table (arquero, danfo, an array of plain objects) becomes `.parquet` (also without an ending), `.csv` or `.json`, a typed array
   * `.npy`, plain JSON and Vega-Lite charts `.json`; text and bytes are the file as they are. Numbers are doubles, dates instants in UTC,
   * BigInts 64-bit integers. The same value gives the same bytes.
   *
   * @param options `force` overwrites content that is in no version
   * @throws {DataValueError} the file would not hold the value as it is; the message names row and column
   * @throws {UnsavedChangesError} the file holds content that is in no version; nothing was written
   * @example
   * const clean = await version("data/clean.parquet", table);
   * clean.rows
   */
  (path: string, value: unknown, options?: VersionOptions): Promise<DataVersion>;
  /**
   * Restores data from the cache: what the `.dvc` file of a path records, a version of it, or all data of the project.
   * The `.dvc` file records the restored version afterwards.
   *
   * @param options `force` overwrites content that is in no version
   * @throws {UnsavedChangesError} content would be lost; nothing was written
   */
  checkout(target?: CheckoutTarget, options?: { readonly force?: boolean }): Promise<readonly CheckedOut[]>;
  /** How the project's data differs from what its `.dvc` files record, in the order of the paths. */
  status(): Promise<readonly DataStatus[]>;
}

// A value that is undefined by mistake must not pass for none: the arguments are counted.
async function takeVersion(
  path: string,
  ...given: readonly [value?: unknown, options?: VersionOptions]
): Promise<DataVersion> {
  const folder = workingFolder();
  const project = findProject(folder);
  const activity = currentActivity();
  const signal = host().stopSignal();
  const [value, options] = given;
  if (given.length === 0 && isUrl(path)) return importVersion(project, path, folder);
  const written = given.length > 0;
  const table = written ? await writeData(project, { path, value }, { ...options, folder, signal }) : null;
  const added = await addData(project, path, { folder, signal, keepModes: true });
  if (activity !== null) {
    const verb = written || added.changed ? "made" : "used";
    recordFacts(project, [{ activity, verb, entity: dataEntity(added), timeMs: Date.now() }]);
  }
  const facts = table === null ? {} : { rows: table.rows, columns: table.columns.length, schema: table.columns };
  return new DataVersion({ ...added, ...facts }, project);
}

async function importVersion(project: Project, url: string, folder: string): Promise<DataVersion> {
  const activity = currentActivity();
  const { path, content, changed } = await importOnce(project, url, { folder, signal: host().stopSignal() });
  const facts = { path, md5: content?.md5 ?? "", bytes: content?.size ?? 0, files: content?.nfiles ?? 1 };
  if (activity !== null) {
    const verb = changed ? "made" : "used";
    recordFacts(project, [{ activity, verb, entity: dataEntity(facts), timeMs: Date.now() }]);
  }
  return new DataVersion(facts, project);
}

async function checkout(
  target?: CheckoutTarget,
  options: { readonly force?: boolean } = {},
): Promise<readonly CheckedOut[]> {
  const folder = workingFolder();
  const wanted = target === undefined ? null : wantedOf(target);
  return checkoutData(findProject(folder), wanted, { ...options, folder, signal: host().stopSignal() });
}

function wantedOf(target: unknown): string | WantedVersion {
  if (typeof target === "string") return target;
  if (typeof target === "object" && target !== null) {
    const { path, md5, source, digest } = target as Readonly<Record<string, unknown>>;
    if (typeof path === "string" && typeof md5 === "string") return { path, md5 };
    if (typeof source === "string" && typeof digest === "string") return { path: uriOf(source), md5: digest };
  }
  throw new TypeError(`version.checkout() wants a path, a version or an input of a run, got ${JSON.stringify(target)}`);
}

// A data set of MLflow's has its path in `source`, as JSON: {"uri": "data/cases.csv"}.
function uriOf(source: string): string {
  try {
    const { uri }: { readonly uri?: unknown } = Object(JSON.parse(source));
    if (typeof uri === "string") return uri;
  } catch {
    // Then it is the path itself.
  }
  return source;
}

async function status(): Promise<readonly DataStatus[]> {
  return dataStatus(findProject(workingFolder()));
}

function workingFolder(): string {
  const notebook = host().notebook();
  return notebook === null ? process.cwd() : dirname(notebook);
}

/** Versions data in DVC's formats; see {@link VersionVerb}. */
export const version: VersionVerb = Object.assign(takeVersion, remoteVerbs, { checkout, status });
