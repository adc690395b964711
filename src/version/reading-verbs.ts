import { Readable } from "node:stream";
import type { DataRow } from "../frame/index.ts";
import { host } from "../host/index.ts";
import { currentActivity, recordFacts } from "../lineage/index.ts";
import { findProject, type Project } from "../store/index.ts";
import { type DataHistory, historyOf } from "./data-history.ts";
import { dataEntity } from "./data-version.ts";
import { readDvcIgnore } from "./dvc-ignore.ts";
import { type OpenedData, type OpenOptions, openData } from "./open-data.ts";
import { contentAt } from "./out-content.ts";
import { pathOf } from "./out-filter.ts";
import { onlyFile, type ReadAs, type ReadFormat, readDataFile, type TableColumns } from "./read-data.ts";
import type { StateChoice } from "./recorded-state.ts";
import { openRepository } from "./repository.ts";
import { type DataTag, tagData } from "./tag-data.ts";
import { outsAround } from "./tracked-outs.ts";
import { urlOf } from "./url-data.ts";
import { type DiffOptions, diffVersions, type VersionDiff } from "./version-diff.ts";
import { type CheckoutTarget, wantedOf } from "./wanted-version.ts";
import { workingFolder } from "./working-folder.ts";

/** Which data, and how its file is read. */
export interface ReadOptions extends StateChoice, Omit<ReadFormat, "as"> {}

/** A path whose ending is that of a table. */
export type TablePath = `${string}.${"parquet" | "pq" | "csv" | "tsv" | "jsonl" | "ndjson" | "arrow" | "feather"}`;

/** `version.read()`: what it gives follows from `as`, and without it from the path's ending. */
export interface ReadVerb {
  /** What a function makes of a table's columns: `version.read("cases.parquet", { as: aq.table })`. */
  <T>(data: CheckoutTarget, options: ReadOptions & { readonly as: (columns: TableColumns) => T }): Promise<T>;
  <Row = DataRow>(data: CheckoutTarget, options: ReadOptions & { readonly as: "rows" }): Promise<readonly Row[]>;
  <Columns = TableColumns>(data: CheckoutTarget, options: ReadOptions & { readonly as: "columns" }): Promise<Columns>;
  (data: CheckoutTarget, options: ReadOptions & { readonly as: "text" }): Promise<string>;
  (data: CheckoutTarget, options: ReadOptions & { readonly as: "bytes" }): Promise<Uint8Array>;
  /** A table of arquero's, which has to be installed; `as: aq.table` gives the same with its type. */
  <Table = unknown>(data: CheckoutTarget, options: ReadOptions & { readonly as: "arquero" }): Promise<Table>;
  <Row = DataRow>(data: TablePath, options?: ReadOptions): Promise<readonly Row[]>;
  <T = unknown>(data: CheckoutTarget, options?: ReadOptions & { readonly as?: ReadAs }): Promise<T>;
}

/** The verbs of `version` that look at data and its versions. */
export interface ReadingVerbs {
  /**
   * The content of a file: rows of a table (Parquet, CSV, Arrow, JSON lines), the value of JSON, a NumPy file's numbers, text, else bytes.
   * Read from the folder; with `rev` as a commit has it, with `repo` from another repository, a version by its content; what is
   * not in the cache comes from the remote, verified. Nothing in the folder changes.
   *
   * Dates are Dates, in UTC; a missing value is null; 64-bit integers that Stemma wrote are BigInts, those of other tools numbers
   * unless one is past 2^53.
   *
   * @throws {MissingDataError} @throws {RevisionError} @throws {MissingObjectError} @throws {TableFileError}
   * @example
   * const cases = await version.read("data/cases.parquet", { rev: "v1" });
   */
  readonly read: ReadVerb;
  /** A file's bytes as a stream: from the folder or the cache, else straight from the remote, verified at its end. */
  open(data: CheckoutTarget, options?: StateChoice): Promise<Readable>;
  /** Where a remote keeps the content of some data, pushed or not: DVC's `get_url`; a path of the cache without a remote. */
  url(path: string, options?: StateChoice): Promise<string>;
  /**
   * How some data differs: from `rev` (the last commit where none is given) to `rev2` (the folder as it is now). Draws itself.
   *
   * @throws {RangeError} the key names two rows
   */
  diff(data: CheckoutTarget, rev?: string | null, rev2?: string | (DiffOptions & StateChoice)): Promise<VersionDiff>;
  /** The versions of some data that git's commits record, newest first. Draws itself. */
  history(data: CheckoutTarget): Promise<DataHistory>;
  /**
   * Makes an annotated tag of git's, which names the data of the whole project as the last commit has it.
   *
   * @throws {TagError} records of data that are not committed, no git, a name that is taken
   */
  tag(name: string, options?: { readonly message?: string }): Promise<DataTag>;
}

export const readingVerbs: ReadingVerbs = { read: read as ReadVerb, open, url, diff, history, tag };

function here(choice: StateChoice): { readonly project: Project; readonly options: OpenOptions } {
  const folder = workingFolder();
  const { rev, repo, remote } = choice;
  const chosen = {
    ...(rev === undefined ? {} : { rev }),
    ...(repo === undefined ? {} : { repo }),
    ...(remote === undefined ? {} : { remote }),
  };
  return { project: findProject(folder), options: { ...chosen, folder, signal: host().stopSignal() } };
}

async function read(data: CheckoutTarget, options: ReadOptions & { readonly as?: ReadAs } = {}): Promise<unknown> {
  const { project, options: place } = here(options);
  const opened = await openData(project, wantedOf(data, "version.read()"), place);
  try {
    const file = onlyFile(opened, "read");
    const name = opened.path === "" ? file.relpath : opened.path;
    const content = await readDataFile(file, name, { ...options, signal: host().stopSignal() });
    if (options.repo === undefined) await noteUse(project, opened);
    return content;
  } finally {
    await opened.close();
  }
}

/** Tells the lineage what was read, where a `.dvc` file or a commit records it. */
async function noteUse(project: Project, { path, md5 }: OpenedData): Promise<void> {
  const activity = currentActivity();
  if (activity === null || path === "" || path.startsWith("..")) return;
  const tracked = outsAround(project, path).find((out) => out.path === path);
  const content =
    md5 !== null || tracked === undefined
      ? null
      : await contentAt(
          { repository: openRepository(project), rules: readDvcIgnore(project.root), absolute: tracked.absolute, path },
          "md5",
        );
  const digest = md5 ?? content?.md5;
  if (digest === undefined) return;
  const entity = dataEntity({ path, md5: digest, bytes: content?.size ?? tracked?.out.size ?? 0 });
  recordFacts(project, [{ activity, verb: "used", entity, timeMs: Date.now() }]);
}

async function open(data: CheckoutTarget, options: StateChoice = {}): Promise<Readable> {
  const { project, options: place } = here(options);
  const opened = await openData(project, wantedOf(data, "version.open()"), place);
  try {
    return Readable.from(streamed(opened, onlyFile(opened, "open").stream()), { objectMode: false });
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function* streamed(opened: OpenedData, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } finally {
    await opened.close();
  }
}

function url(path: string, options: StateChoice = {}): Promise<string> {
  const { project, options: place } = here(options);
  return urlOf(project, path, place);
}

async function diff(
  data: CheckoutTarget,
  rev: string | null = null,
  rev2: string | (DiffOptions & StateChoice) = {},
): Promise<VersionDiff> {
  const given = typeof rev2 === "string" ? { rev: rev2 } : rev2;
  const wanted = wantedOf(data, "version.diff()");
  const { project, options } = here(given);
  const path = typeof wanted === "string" ? wanted : absolutePath(project, wanted.path);
  const from = { wanted: path, options: { ...options, rev: rev ?? "HEAD" }, name: rev ?? "HEAD" };
  const to = { wanted: typeof wanted === "string" ? wanted : wanted, options, name: given.rev ?? nameOf(wanted) };
  return diffVersions(project, { from, to }, given);
}

function nameOf(wanted: string | { readonly md5: string }): string {
  return typeof wanted === "string" ? "here" : wanted.md5.slice(0, 7);
}

/** Paths of versions are from the project's root, others from the working folder. */
function absolutePath(project: Project, path: string): string {
  return `${project.root}/${path}`;
}

async function history(data: CheckoutTarget): Promise<DataHistory> {
  const wanted = wantedOf(data, "version.history()");
  const { project, options } = here({});
  return historyOf(project, projectPath(project, wanted, options.folder));
}

function projectPath(project: Project, wanted: string | { readonly path: string }, folder: string): string {
  if (typeof wanted !== "string") return wanted.path;
  return pathOf(project, folder, wanted).replace(/\.dvc$/, "");
}

async function tag(name: string, { message }: { readonly message?: string } = {}): Promise<DataTag> {
  return tagData(findProject(workingFolder()), name, message ?? name);
}
