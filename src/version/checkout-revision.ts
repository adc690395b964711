import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { openRevision } from "../git/index.ts";
import type { Project } from "../store/index.ts";
import { type CheckedOut, type CheckoutOptions, checkoutData, type WantedVersion } from "./checkout-data.ts";
import { bringToCache, type OpenOptions } from "./open-data.ts";
import { pathOf } from "./out-filter.ts";
import { openState } from "./recorded-state.ts";
import { outsAround } from "./tracked-outs.ts";
import { MissingDataError } from "./version-error.ts";

/** The revision that a word names where it names no data: "v1"; null for a path. */
export function revisionNamed(project: Project, word: string, folder: string): string | null {
  const absolute = resolve(folder, word);
  if (word.startsWith("-") || existsSync(absolute) || existsSync(`${absolute}.dvc`)) return null;
  if (outsAround(project, pathOf(project, folder, word)).length > 0) return null;
  return openRevision(project.root, word) === null ? null : word;
}

/** What to restore: a path, or all data of a commit. */
export interface RevisionTarget {
  readonly rev: string;
  readonly path: string | null;
}

/**
 * Restores data as a commit records it; what `.dvc` files record follows. Stages' outputs are left to their pipeline, which
 * `dvc.lock` of that commit belongs to.
 *
 * @throws {RevisionError} @throws {MissingDataError} @throws {MissingObjectError} @throws {UnsavedChangesError}
 */
export async function checkoutRevision(
  project: Project,
  { rev, path }: RevisionTarget,
  options: CheckoutOptions & { readonly folder: string; readonly remote?: string },
): Promise<readonly CheckedOut[]> {
  const { folder, remote, signal } = options;
  const place: OpenOptions = {
    folder,
    ...(remote === undefined ? {} : { remote }),
    ...(signal === undefined ? {} : { signal }),
  };
  const wanted = await versionsAt(project, { rev, path }, place);
  // All content is here before the first file is changed.
  for (const version of wanted) await bringToCache(project, version, place);
  const done: CheckedOut[] = [];
  for (const version of wanted) done.push(...(await checkoutData(project, version, options)));
  return done;
}

async function versionsAt(
  project: Project,
  { rev, path }: RevisionTarget,
  place: OpenOptions,
): Promise<readonly WantedVersion[]> {
  const state = await openState(project, { rev }, place);
  try {
    const inside = path === null ? "" : pathOf(project, place.folder, path).replace(/\.dvc$/, "");
    const outs = state.outs.filter((out) => inside === "" || out.path === inside || out.path.startsWith(`${inside}/`));
    const wanted = outs.flatMap(({ path: own, md5, stage, cache }) =>
      md5 === null || stage !== null || !cache ? [] : [{ path: own, md5 }],
    );
    if (wanted.length > 0) return wanted;
    throw new MissingDataError(
      path ?? rev,
      `${rev} records no data${path === null ? "" : ` at ${path}`}; version.history() tells which commits do.`,
    );
  } finally {
    await state.close();
  }
}
