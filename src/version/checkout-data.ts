import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import { type AddedOut, patchDvcFile, printDvcFile } from "../format/index.ts";
import { type Project, writeDurable } from "../store/index.ts";
import { objectPath } from "./cached-content.ts";
import { type Plan, planCheckout, type WantedOut } from "./checkout-plan.ts";
import { type DvcIgnore, readDvcIgnore } from "./dvc-ignore.ts";
import { placeEntries } from "./place-entries.ts";
import { clearFolder, makeFolder, removeFile } from "./place-file.ts";
import { rememberPlaced } from "./remember-placed.ts";
import { initRepository, openRepository, type Repository } from "./repository.ts";
import { resolveTarget, type Target } from "./target.ts";
import { allOuts, outsAround, outsOf, type TrackedOut } from "./tracked-outs.ts";
import { DataPathError, MissingDataError } from "./version-error.ts";

/** One file or folder after a checkout. */
export interface CheckedOut {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly md5: string;
  /** Files written, and files taken away that this version does not have. */
  readonly written: number;
  readonly removed: number;
}

export interface CheckoutOptions {
  /** Overwrites content that is in no version. */
  readonly force?: boolean;
  /** The folder that paths are relative to; the project's root without it. */
  readonly folder?: string;
  readonly signal?: AbortSignal;
}

/** A version by path and content, like an entity of the lineage. Its `.dvc` file records this version afterwards. */
export interface WantedVersion {
  readonly path: string;
  readonly md5: string;
}

/**
 * Restores data from the cache: what the `.dvc` file of a path (or that file itself) records, or the version asked for; all data without a target.
 * Content that is in no version is kept: nothing is written before all targets were looked at.
 *
 * @throws {UnsavedChangesError} @throws {MissingObjectError} @throws {MissingDataError} @throws {DataPathError}
 */
export async function checkoutData(
  project: Project,
  wanted: string | WantedVersion | null,
  options: CheckoutOptions = {},
): Promise<readonly CheckedOut[]> {
  const repository = openRepository(project);
  const rules = readDvcIgnore(project.root);
  const outs = wantedOuts(project, wanted, { rules, folder: options.folder ?? project.root });
  const plans: Plan[] = [];
  for (const out of outs) plans.push(await planCheckout({ repository, rules, out }, options));
  return carryOut(repository, plans, options.signal ?? null);
}

interface Around {
  readonly rules: DvcIgnore;
  readonly folder: string;
}

function wantedOuts(project: Project, wanted: string | WantedVersion | null, around: Around): readonly WantedOut[] {
  if (wanted === null) return allOuts(project, around.rules).flatMap(recorded);
  if (typeof wanted !== "string") return [versionOut(project, wanted)];
  const target = resolveTarget(project, around.folder, wanted);
  const outs =
    wanted.endsWith(".dvc") && existsSync(target.absolute) ? outsOf(project, target.absolute) : outsAt(project, target);
  return outs.flatMap(recorded);
}

function recorded(tracked: TrackedOut): readonly WantedOut[] {
  const { md5, hash, isexec, cache, cloud } = tracked.out;
  if (md5 === null || !cache || cloud) return [];
  return [{ absolute: tracked.absolute, path: tracked.path, md5, hash, isexec, record: null }];
}

/** The output at a path, or those below it. */
function outsAt(project: Project, target: Target): readonly TrackedOut[] {
  const outs = outsAround(project, target.path);
  const own = outs.filter((out) => out.path === target.path || out.path.startsWith(`${target.path}/`));
  if (own.length > 0) return own;
  const around = outs[0];
  if (around !== undefined) {
    throw new DataPathError(
      target.given,
      `${target.given} is a part of ${around.path}; check that out: version.checkout("${around.path}").`,
    );
  }
  const below = allOuts(project, readDvcIgnore(project.root)).filter((out) => out.path.startsWith(`${target.path}/`));
  if (below.length > 0) return below;
  throw new MissingDataError(
    target.given,
    `No .dvc file records ${target.given}. Version it first: version("${target.given}").`,
  );
}

function versionOut(project: Project, wanted: WantedVersion): WantedOut {
  const target = resolveTarget(project, project.root, wanted.path);
  const tracked = outsAround(project, target.path).find((out) => out.path === target.path) ?? null;
  const same = tracked?.out.md5 === wanted.md5;
  return {
    absolute: target.absolute,
    path: target.path,
    md5: wanted.md5,
    hash: same ? tracked.out.hash : "md5",
    isexec: tracked?.out.isexec ?? false,
    record: same ? null : { tracked },
  };
}

async function carryOut(
  repository: Repository,
  plans: readonly Plan[],
  signal: AbortSignal | null,
): Promise<readonly CheckedOut[]> {
  const done: CheckedOut[] = [];
  for (const plan of plans) {
    const { out, write, remove } = plan;
    for (const relpath of remove) removeFile(out.absolute, relpath);
    const isFolder = out.md5.endsWith(".dir");
    if (!isFolder) clearFolder(out.absolute);
    const namedMs = await placeEntries({ repository, out, entries: write }, signal === null ? {} : { signal });
    if (write.length === plan.entries.length)
      rememberPlaced({ project: repository.project, out, entries: write }, namedMs);
    if (isFolder) makeFolder(out.absolute);
    if (out.record !== null) recordVersion(repository, plan, out.record.tracked);
    done.push({ path: out.path, md5: out.md5, written: write.length, removed: remove.length });
  }
  return done;
}

/** The `.dvc` file follows the data, so that both say the same. */
function recordVersion(repository: Repository, plan: Plan, tracked: TrackedOut | null): void {
  const { out, entries } = plan;
  initRepository(repository.project);
  const size = entries.reduce((sum, entry) => sum + statSync(objectPath(repository, entry.md5, out.hash)).size, 0);
  const added: AddedOut = {
    path: tracked?.out.path ?? basename(out.absolute),
    md5: out.md5,
    size,
    nfiles: out.md5.endsWith(".dir") ? entries.length : null,
    isexec: out.isexec && !out.md5.endsWith(".dir"),
  };
  const text = tracked === null ? printDvcFile(added) : patchDvcFile(tracked.text, tracked.index, added);
  writeDurable(tracked?.dvcFile ?? `${out.absolute}.dvc`, text);
}
