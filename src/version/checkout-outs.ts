import { chmodSync, existsSync, lstatSync, rmSync } from "node:fs";
import { join } from "node:path";
import { StemmaError } from "../error.ts";
import { CorruptObjectError, type Project } from "../store/index.ts";
import { isCached } from "./cached-content.ts";
import { type DataIndex, type IndexEntry, recordedIndex, workspaceIndex } from "./data-index.ts";
import { readDvcIgnore } from "./dvc-ignore.ts";
import { changeLinks, readLinks } from "./links.ts";
import { type Chosen, type OutFilter, outFilter } from "./out-filter.ts";
import { placeEntries } from "./place-entries.ts";
import { clearFolder, makeFolder, removeFile } from "./place-file.ts";
import { workingFiles } from "./project-files.ts";
import { rememberPlaced } from "./remember-placed.ts";
import { openRepository, type Repository } from "./repository.ts";
import { lockRepository } from "./repository-lock.ts";
import { type RepositoryOut, repositoryOuts } from "./repository-outs.ts";
import { checkParents } from "./target.ts";
import { UnsavedChangesError } from "./version-error.ts";

export interface CheckoutOutsOptions extends Chosen {
  /** Overwrites content that is in no version. */
  readonly force?: boolean;
  /** Brings every file anew, by the links that the cache is set to now. */
  readonly relink?: boolean;
  /** What the cache does not have is no error. */
  readonly allowMissing?: boolean;
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/** What a checkout did: outputs by path, folders with `/` behind them, and how many files that were. */
export interface CheckoutReport {
  readonly added: readonly string[];
  readonly modified: readonly string[];
  readonly deleted: readonly string[];
  /** Outputs that the cache does not have in full; they are as they were. */
  readonly failed: readonly string[];
  readonly stats: { readonly modified: number; readonly added: number; readonly deleted: number };
}

/** Some outputs are not in the cache in full; the others were restored. */
export class CheckoutError extends StemmaError {
  readonly report: CheckoutReport;

  constructor(report: CheckoutReport) {
    super(
      "CHECKOUT",
      `Checkout failed for following targets:\n${report.failed.join("\n")}\nIs your cache up to date? Get it with stemma fetch.`,
    );
    this.report = report;
  }
}

/**
 * Restores outputs of `.dvc` files and stages as they are recorded; all of them without targets. Nothing is written before all of
 * them were looked at.
 *
 * @throws {UnsavedChangesError} content that is in no version would be lost; nothing was written
 * @throws {CheckoutError} after everything that could be restored was
 */
export async function checkoutOuts(project: Project, options: CheckoutOutsOptions = {}): Promise<CheckoutReport> {
  return lockRepository(project, () => restore(project, options), options);
}

interface Work {
  readonly repository: Repository;
  readonly filter: OutFilter;
  readonly options: CheckoutOutsOptions;
}

/** What will be done to one output. */
interface OutPlan {
  readonly out: RepositoryOut;
  readonly kind: "added" | "modified" | "deleted";
  readonly remove: readonly IndexEntry[];
  readonly create: readonly IndexEntry[];
  readonly stats: { readonly modified: number; readonly added: number; readonly deleted: number };
  readonly missing: boolean;
  /** Only the right to execute is missing. */
  readonly execute: boolean;
}

async function restore(project: Project, options: CheckoutOutsOptions): Promise<CheckoutReport> {
  const repository = openRepository(project);
  const rules = readDvcIgnore(project.root);
  const all = repositoryOuts(project, workingFiles(project, rules));
  const filter = outFilter(project, options, [all]);
  const outs = all.filter((out) => out.cache && !out.cloud && out.md5 !== null && filter.takesOut(out));
  for (const out of outs) checkParents(project, out.path);
  const workspace = await workspaceIndex({ repository, rules }, outs, options.signal);
  const recorded = recordedIndex(repository, outs);
  const plans = outs.flatMap((out) => planOut({ repository, filter, options }, { out, workspace, recorded }));
  if (options.force !== true) refuseLoss(repository, plans);
  const gone = (options.targets ?? []).length === 0 ? await removeUnused(repository, all) : [];
  const failed: string[] = [];
  const done: OutPlan[] = [];
  for (const plan of plans) {
    options.signal?.throwIfAborted();
    if (plan.missing) failed.push(plan.out.path);
    else if (await carryOut(repository, plan, options.signal ?? null)) done.push(plan);
    else failed.push(plan.out.path);
  }
  changeLinks(project, [
    ...outs.filter((out) => !failed.includes(out.path)).map(({ path, md5 }) => [path, md5] as const),
    ...gone.map((path) => [path, null] as const),
  ]);
  const report = reportOf({ done, failed, gone });
  if (failed.length > 0 && options.allowMissing !== true) throw new CheckoutError(report);
  return report;
}

interface OutSides {
  readonly out: RepositoryOut;
  readonly workspace: DataIndex;
  readonly recorded: DataIndex;
}

function planOut({ repository, filter, options }: Work, { out, workspace, recorded }: OutSides): readonly OutPlan[] {
  const old = filesOf(workspace, out.path, filter);
  const next = filesOf(recorded, out.path, filter);
  const rootOld = workspace.entries.get(out.path);
  const rootNew = recorded.entries.get(out.path);
  if (recorded.unknown.has(out.path)) {
    return [{ out, kind: "modified", remove: [], create: [], stats: none, missing: true, execute: false }];
  }
  const changed = [...next].filter(([path, entry]) => !same(old.get(path), entry));
  const create = options.relink ? [...next.values()] : changed.map(([, entry]) => entry);
  const removed = [...old.values()].filter((entry) => !next.has(entry.path));
  const replaced = [...old.values()].filter((entry) => next.has(entry.path) && !same(entry, next.get(entry.path)));
  const kindChanged = rootOld !== undefined && rootOld.folder !== rootNew?.folder;
  const folderMissing = rootNew?.folder === true && (rootOld === undefined || kindChanged);
  const execute = rootNew?.isexec === true && rootOld?.isexec === false && create.length === 0;
  if (create.length === 0 && removed.length === 0 && !kindChanged && !folderMissing && !execute) return [];
  const stats = {
    modified: replaced.length + (execute ? 1 : 0),
    added: changed.filter(([path]) => !old.has(path)).length,
    deleted: removed.length,
  };
  const missing = unheld(repository, create).length > 0;
  const news = changed.length > 0 || removed.length > 0 || kindChanged || folderMissing || execute;
  const kind = rootOld === undefined ? "added" : "modified";
  return [{ out, kind, remove: [...removed, ...replaced], create, stats: news ? stats : none, missing, execute }];
}

const none = { modified: 0, added: 0, deleted: 0 };

/** The files of an output, itself when it is one. */
function filesOf(index: DataIndex, root: string, filter: OutFilter): ReadonlyMap<string, IndexEntry> {
  const files = new Map<string, IndexEntry>();
  const inside = `${root}/`;
  for (const [path, entry] of index.entries) {
    if (!entry.folder && (path === root || path.startsWith(inside)) && filter.takesPath(path)) files.set(path, entry);
  }
  return files;
}

function same(a: IndexEntry | undefined, b: IndexEntry | undefined): boolean {
  return a !== undefined && b !== undefined && a.md5 === b.md5;
}

/** Those that the cache does not have. */
function unheld(repository: Repository, entries: readonly IndexEntry[]): readonly IndexEntry[] {
  const there = repository.cache.hasOf(
    entries.flatMap(({ md5, hash }) => (md5 === null || hash !== "md5" ? [] : [md5])),
  );
  return entries.filter(({ md5, hash }) => {
    if (md5 === null) return true;
    return hash === "md5" ? !there.has(md5) : !isCached(repository, md5, hash);
  });
}

function refuseLoss(repository: Repository, plans: readonly OutPlan[]): void {
  const lost = plans.flatMap((plan) => unheld(repository, plan.remove));
  const [first] = plans;
  if (lost.length === 0 || first === undefined) return;
  throw new UnsavedChangesError(
    lost.map((entry) => entry.path),
    first.out.path,
  );
}

/** false when an object turned out to be damaged: the output is then in part as it was, and nothing unsaved is lost. */
async function carryOut(repository: Repository, plan: OutPlan, signal: AbortSignal | null): Promise<boolean> {
  const { out, remove, create } = plan;
  const inner = (entry: IndexEntry): string => entry.path.slice(out.path.length + 1);
  if (plan.execute) chmodSync(out.absolute, lstatSync(out.absolute).mode | 0o100);
  for (const entry of remove) removeFile(out.absolute, inner(entry));
  const isFolder = out.md5?.endsWith(".dir") === true;
  if (!isFolder) clearFolder(out.absolute);
  try {
    const entries = create.map((entry) => ({ md5: entry.md5 ?? "", relpath: inner(entry) }));
    const namedMs = await placeEntries({ repository, out, entries }, signal === null ? {} : { signal });
    if (isFolder) makeFolder(out.absolute);
    if (plan.kind === "added") rememberPlaced({ project: repository.project, out, entries }, namedMs);
    return true;
  } catch (error) {
    if (error instanceof CorruptObjectError) return false;
    throw error;
  }
}

/** Takes data away that a checkout brought, that nothing records any more, and that nobody changed. */
async function removeUnused(repository: Repository, outs: readonly RepositoryOut[]): Promise<readonly string[]> {
  const { project } = repository;
  const used = new Set(outs.map((out) => out.path));
  const gone: string[] = [];
  for (const [path, digest] of readLinks(project)) {
    const absolute = join(project.root, path);
    if (used.has(path)) continue;
    if (lstatSync(absolute, { throwIfNoEntry: false }) !== undefined) {
      if (!(await isUnchanged(repository, { path, absolute, digest }))) continue;
      rmSync(absolute, { recursive: true });
    }
    gone.push(path);
  }
  return gone;
}

interface Brought {
  readonly path: string;
  readonly absolute: string;
  readonly digest: string;
}

async function isUnchanged(repository: Repository, { path, absolute, digest }: Brought): Promise<boolean> {
  const out = { path, absolute, md5: digest, hash: "md5" as const, isexec: false, cache: true, cloud: false, deps: [] };
  const place = { ...out, file: "", stage: null, tracked: null };
  const index = await workspaceIndex({ repository, rules: readDvcIgnore(repository.project.root) }, [place]);
  return index.entries.get(path)?.md5 === digest && isCached(repository, digest, "md5") && existsSync(absolute);
}

interface Done {
  readonly done: readonly OutPlan[];
  readonly failed: readonly string[];
  readonly gone: readonly string[];
}

function reportOf({ done, failed, gone }: Done): CheckoutReport {
  const told = done.filter(({ stats, kind }) => kind === "added" || stats.added + stats.modified + stats.deleted > 0);
  const paths = (kind: OutPlan["kind"]): readonly string[] =>
    told.filter((plan) => plan.kind === kind).map(({ out }) => (out.md5?.endsWith(".dir") ? `${out.path}/` : out.path));
  const sum = (key: keyof OutPlan["stats"]): number => told.reduce((total, plan) => total + plan.stats[key], 0);
  return {
    added: foldersFirst(paths("added")),
    modified: foldersFirst(paths("modified")),
    deleted: foldersFirst(gone),
    failed,
    stats: { modified: sum("modified"), added: sum("added"), deleted: sum("deleted") + gone.length },
  };
}

function foldersFirst(paths: readonly string[]): readonly string[] {
  const rank = (path: string): string => (path.endsWith("/") ? `0${path}` : `1${path}`);
  return paths.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
}
