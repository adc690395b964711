import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Display, host } from "../../host/index.ts";
import { findProject, MissingObjectError, type Project } from "../../store/index.ts";
import { checkoutData } from "../checkout-data.ts";
import { type CheckoutReport, checkoutOuts } from "../checkout-outs.ts";
import { initRepository, openRepository } from "../repository.ts";
import { MissingDataError } from "../version-error.ts";
import { type ImportedData, importUrl } from "./import-data.ts";
import { listRemotes, type RemoteEntry } from "./remotes.ts";
import { fetchData, pushData, type SyncOptions } from "./sync.ts";
import type { Transfer, TransferProgress } from "./transfer.ts";
import { updateImport } from "./update-import.ts";
import { nameOf } from "./url-source.ts";

export interface RemoteOptions {
  /** Name of the remote; the default one without it. */
  readonly remote?: string;
  /** Transfers at once. */
  readonly jobs?: number;
}

export interface PullOptions extends RemoteOptions {
  /** Overwrites content that is in no version. */
  readonly force?: boolean;
}

/** What a pull did: what came from the remote, and what that changed in the folder. */
export interface Pulled {
  readonly fetched: Transfer;
  readonly checkedOut: CheckoutReport;
}

/** Data or `.dvc` files, one or several; everything without any. */
export type RemoteTargets = string | readonly string[];

/** The verbs of `version` that talk to remotes. */
export interface RemoteVerbs {
  /**
   * Sends what the remote lacks: of some data, or of all data of the project.
   *
   * @throws {TransferError} some files did not get through; the others did @throws {RemoteError} @throws {NoRemoteError}
   * @example
   * await version.push("data/cases.csv");
   */
  push(targets?: RemoteTargets, options?: RemoteOptions): Promise<Transfer>;
  /** Gets what the cache lacks, and changes no file of the folder. */
  fetch(targets?: RemoteTargets, options?: RemoteOptions): Promise<Transfer>;
  /**
   * Gets what the cache lacks, and restores the data in the folder.
   *
   * @throws {TransferError} @throws {UnsavedChangesError} content would be lost; nothing was written
   */
  pull(targets?: RemoteTargets, options?: PullOptions): Promise<Pulled>;
  /** The remotes that the project's configuration names. */
  remotes(): readonly RemoteEntry[];
}

export const remoteVerbs: RemoteVerbs = { push, fetch, pull, remotes };

function push(targets?: RemoteTargets, options: RemoteOptions = {}): Promise<Transfer> {
  const { project, sync } = here(targets, options);
  return shown((onProgress) => pushData(project, { ...sync, onProgress }));
}

function fetch(targets?: RemoteTargets, options: RemoteOptions = {}): Promise<Transfer> {
  const { project, sync } = here(targets, options);
  return shown((onProgress) => fetchData(project, { ...sync, onProgress }));
}

async function pull(targets?: RemoteTargets, options: PullOptions = {}): Promise<Pulled> {
  const { project, sync } = here(targets, options);
  const fetched = await shown((onProgress) => fetchData(project, { ...sync, onProgress }));
  const { folder, targets: wanted, signal } = sync;
  const place = { ...(folder === undefined ? {} : { folder }), ...(wanted === undefined ? {} : { targets: wanted }) };
  const stop = signal === undefined ? {} : { signal };
  const checkedOut = await checkoutOuts(project, { ...place, ...stop, force: options.force === true });
  return { fetched, checkedOut };
}

function remotes(): readonly RemoteEntry[] {
  return listRemotes(openRepository(findProject(workingFolder())));
}

function here(
  targets: RemoteTargets | undefined,
  { remote, jobs }: RemoteOptions,
): { readonly project: Project; readonly sync: SyncOptions } {
  const folder = workingFolder();
  return {
    project: findProject(folder),
    sync: {
      folder,
      targets: typeof targets === "string" ? [targets] : (targets ?? []),
      signal: host().stopSignal(),
      ...(remote === undefined ? {} : { remote }),
      ...(jobs === undefined ? {} : { jobs }),
    },
  };
}

function workingFolder(): string {
  const notebook = host().notebook();
  return notebook === null ? process.cwd() : dirname(notebook);
}

/** What is done within this time needs no line of its own. */
const quietSeconds = 1;

/** A line under the cell while a transfer takes its time; in plain Node none, where it could not be written over. */
async function shown<T>(work: (onProgress: (progress: TransferProgress) => void) => Promise<T>): Promise<T> {
  const at = host();
  let display: Display | null = null;
  return work((progress) => {
    if (at.kind === "node" || progress.seconds < quietSeconds) return;
    const bundle = { "text/plain": progressLine(progress) };
    if (display === null) display = at.show(bundle);
    else display.update(bundle);
  });
}

/** "Pushing to lab: 1,200 of 10,000 files, 18.2 MB, 3.2 MB/s" */
export function progressLine({ verb, remote, files, totalFiles, bytes, seconds }: TransferProgress): string {
  const way = verb === "push" ? "Pushing to" : "Fetching from";
  const megabytes = (count: number): string => `${(count / 1e6).toFixed(1)} MB`;
  const rate = seconds > 0 ? `, ${megabytes(bytes / seconds)}/s` : "";
  return `${way} ${remote}: ${files.toLocaleString("en")} of ${totalFiles.toLocaleString("en")} files, ${megabytes(bytes)}${rate}`;
}

/** Whether what was given to `version()` is to be imported. */
export function isUrl(path: unknown): path is string {
  return typeof path === "string" && /^(https?|s3|ssh|sftp|remote):\/\//i.test(path);
}

/**
 * Imports what a URL names into a folder, under its own name; again, when the source has changed; else nothing is downloaded.
 */
export async function importOnce(
  project: Project,
  url: string,
  options: { readonly folder: string; readonly signal: AbortSignal },
): Promise<ImportedData> {
  const { folder, signal } = options;
  initRepository(project);
  const dvcFile = join(folder, `${nameOf(url)}.dvc`);
  if (!existsSync(dvcFile)) return importUrl(project, url, { folder, signal });
  if (!existsSync(join(folder, nameOf(url)))) {
    // The cache may have what the folder lost.
    await checkoutData(project, relative(folder, dvcFile), { folder, signal }).catch((error: unknown) => {
      if (!(error instanceof MissingObjectError || error instanceof MissingDataError)) throw error;
    });
  }
  return updateImport(project, relative(folder, dvcFile), { folder, signal });
}
