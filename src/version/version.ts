import { join } from "node:path";
import { fileSource, formatOf, TableFileError, tableHead } from "../frame/index.ts";
import { stage } from "../git/index.ts";
import { host } from "../host/index.ts";
import { currentActivity, recordFacts } from "../lineage/index.ts";
import { findProject, type Project } from "../store/index.ts";
import { type AddedData, addData } from "./add-data.ts";
import { type CatalogVerbs, catalogVerbs } from "./catalog/index.ts";
import { type CheckedOut, checkoutData } from "./checkout-data.ts";
import { checkoutRevision, revisionNamed } from "./checkout-revision.ts";
import { type DataFacts, DataVersion, dataEntity } from "./data-version.ts";
import { type ReadingVerbs, readingVerbs } from "./reading-verbs.ts";
import { importOnce, isUrl, type RemoteVerbs, remoteVerbs } from "./remote/index.ts";
import { openRepository } from "./repository.ts";
import { type DataStatus, dataStatus } from "./status.ts";
import { writeTableMeta } from "./table-meta.ts";
import { type CheckoutTarget, wantedOf } from "./wanted-version.ts";
import { workingFolder } from "./working-folder.ts";
import { topRows, type WrittenData, writeData } from "./write-data.ts";

export interface VersionOptions {
  /** Overwrites content that is in no version. */
  readonly force?: boolean;
}

export interface CheckoutVerbOptions extends VersionOptions {
  /** A commit, branch or tag. */
  readonly rev?: string;
  /** The remote that has what the cache lacks. */
  readonly remote?: string;
}

/** The verb: `version(path)` takes a version, `version(path, value)` writes the file first; `version.checkout()` restores, `version.status()` compares. */
export interface VersionVerb extends RemoteVerbs, ReadingVerbs, CatalogVerbs {
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
   * a table (arquero, danfo, an array of plain objects) becomes `.parquet` (also without an ending), `.csv`, `.tsv`, `.arrow`, `.json`
   * or `.jsonl`, a typed array `.npy`, plain JSON and Vega-Lite charts `.json`; text, bytes and streams (Node's and the web's) are the
   * file as they are. Numbers are doubles, dates instants in UTC, BigInts 64-bit integers. The same value gives the same bytes, and the
   * same table leaves its file as it is, also when a newer writer would give other bytes: the `.dvc` file's `meta` knows.
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
   * With `rev` it is what that commit, branch or tag records, of some data or of all; what the cache lacks comes from the remote.
   * `version.checkout("v1")` is short for all data at the tag v1, where no file has that name.
   *
   * @param options `force` overwrites content that is in no version
   * @throws {UnsavedChangesError} content would be lost; nothing was written @throws {RevisionError}
   */
  checkout(target?: CheckoutTarget | null, options?: CheckoutVerbOptions): Promise<readonly CheckedOut[]>;
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
  const data = written ? await writeData(project, { path, value }, { ...options, folder, signal }) : null;
  const added = await addData(project, path, { folder, signal, keepModes: true });
  if (data?.logical != null) await noteTable(project, added, { logical: data.logical, rows: data.table?.rows ?? null });
  if (activity !== null) {
    const verb = written || added.changed ? "made" : "used";
    recordFacts(project, [{ activity, verb, entity: dataEntity(added), timeMs: Date.now() }]);
  }
  return new DataVersion({ ...added, ...(await tableFacts(project, added, data)) }, project);
}

type TableParts = Pick<DataFacts, "rows" | "columns" | "schema" | "top">;

/** Rows and columns: of what was written as it came, of a file that was there by a look at its head. */
async function tableFacts(
  project: Project,
  { path, files, md5 }: AddedData,
  data: WrittenData | null,
): Promise<TableParts> {
  if (data?.table != null) {
    const { rows, columns } = data.table;
    return { rows, columns: columns.length, schema: columns, top: data.top };
  }
  const format = formatOf(path);
  if (md5.endsWith(".dir") || files !== 1 || format === "npy" || format === "text" || format === "bytes") return {};
  const source = await fileSource(join(project.root, path));
  try {
    const head = await tableHead({ source, path, format }, topRows);
    if (head === null) return {};
    const { rows, columns, top } = head;
    return { ...(rows === null ? {} : { rows }), columns: columns.length, schema: columns, top };
  } catch (error) {
    // A file that is not what its ending says is a version all the same; reading it says what is wrong.
    if (error instanceof TableFileError) return {};
    throw error;
  } finally {
    await source.close();
  }
}

async function noteTable(
  project: Project,
  added: AddedData,
  table: { readonly logical: string; readonly rows: number | null },
): Promise<void> {
  const [file] = added.written;
  if (file === undefined) return;
  await writeTableMeta(project, join(project.root, file), { md5: added.md5, ...table });
  const { autostage, gitRoot } = openRepository(project);
  if (autostage && gitRoot !== null) stage(project.root, [file]);
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
  target: CheckoutTarget | null = null,
  options: CheckoutVerbOptions = {},
): Promise<readonly CheckedOut[]> {
  const folder = workingFolder();
  const project = findProject(folder);
  const wanted = target === null ? null : wantedOf(target, "version.checkout()");
  const work = { ...options, folder, signal: host().stopSignal() };
  const rev = options.rev ?? (typeof wanted === "string" ? revisionNamed(project, wanted, folder) : null);
  if (rev === null) return checkoutData(project, wanted, work);
  const path = options.rev === undefined || typeof wanted !== "string" ? null : wanted;
  return checkoutRevision(project, { rev, path }, work);
}

async function status(): Promise<readonly DataStatus[]> {
  return dataStatus(findProject(workingFolder()));
}

/** Versions data in DVC's formats; see {@link VersionVerb}. */
export const version: VersionVerb = Object.assign(takeVersion, {
  ...remoteVerbs,
  ...readingVerbs,
  ...catalogVerbs(takeVersion),
  checkout,
  status,
});
