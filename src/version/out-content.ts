import { chmodSync, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { type HashName, printDir } from "../format/index.ts";
import { md5 } from "../store/index.ts";
import { entriesOf, isCached, objectPath } from "./cached-content.ts";
import { planCheckout } from "./checkout-plan.ts";
import type { DvcIgnore } from "./dvc-ignore.ts";
import { listFiles } from "./list-files.ts";
import { placeEntries } from "./place-entries.ts";
import { clearFolder, makeFolder, removeFile } from "./place-file.ts";
import type { LinkType, Repository } from "./repository.ts";
import { readWorkspace } from "./workspace.ts";

/** A file or folder that a stage reads or writes. */
export interface OutPlace {
  readonly repository: Repository;
  readonly rules: DvcIgnore;
  readonly absolute: string;
  /** From the project's root, with `/`. */
  readonly path: string;
}

/** What `dvc.lock` and `.dvc` files record of a file or folder. */
export interface OutContent {
  /** 32 hex digits, with `.dir` for a folder. */
  readonly md5: string;
  readonly size: number;
  /** null for a file. */
  readonly nfiles: number | null;
  readonly isexec: boolean;
}

const smallBytes = 256 * 1024;

/**
 * What lies at a place now; null when nothing does. Reads what changed since it was last seen.
 *
 * @throws {DataPathError} a `.dvcignore` inside, something that is neither file nor folder
 */
export async function contentAt(place: OutPlace, hash: HashName, signal?: AbortSignal): Promise<OutContent | null> {
  const stat = statSync(place.absolute, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  // Reading a small file is cheaper than looking up what it was.
  if (stat.isFile() && stat.size <= smallBytes && hash === "md5") {
    const bytes = readFileSync(place.absolute);
    return { md5: md5(bytes), size: bytes.length, nfiles: null, isexec: (stat.mode & 0o100) !== 0 };
  }
  const workspace = await readWorkspace(place, hash, signal ?? null);
  if (workspace.kind === "missing") return null;
  const size = workspace.files.reduce((sum, file) => sum + file.stat.size, 0);
  if (workspace.kind === "file") {
    return { md5: workspace.files[0]?.md5 ?? "", size, nfiles: null, isexec: (stat.mode & 0o100) !== 0 };
  }
  const listing = printDir(workspace.files.map(({ relpath, md5: digest }) => ({ relpath, md5: digest })));
  return { md5: `${md5(listing)}.dir`, size, nfiles: workspace.files.length, isexec: false };
}

export interface KeepOptions {
  /** Makes the file in the folder a link to the cache, where the cache is set to. */
  readonly link?: boolean;
  /** Takes the folders of the cache whose new names the caller brings to the disk. */
  readonly names?: Set<string>;
  readonly signal?: AbortSignal;
}

/** Puts what lies at a place into the cache, and gives what it is. */
export async function keepContent(
  place: OutPlace,
  { link: linked, ...options }: KeepOptions = {},
): Promise<OutContent> {
  const { cache } = place.repository;
  const stat = statSync(place.absolute);
  const isexec = stat.isFile() && (stat.mode & 0o100) !== 0;
  if (stat.isFile()) {
    const [file] = await cache.putFiles([place.absolute], options);
    const content = { md5: file?.md5 ?? "", size: file?.bytes ?? 0, nfiles: null, isexec };
    if (linked === true) await link(place, content);
    return content;
  }
  const found = listFiles(place, place.rules);
  const put = await cache.putFiles(
    found.map(({ absolute, stat: seen }) => ({ path: absolute, bytes: seen.size, mtimeMs: seen.mtimeMs })),
    options,
  );
  const listing = printDir(found.map(({ relpath }, i) => ({ relpath, md5: put[i]?.md5 ?? "" })));
  const content = {
    md5: cache.put(listing, { dir: true }),
    size: put.reduce((sum, file) => sum + file.bytes, 0),
    nfiles: found.length,
    isexec: false,
  };
  if (linked === true) await link(place, content);
  return content;
}

/** With links, the file in the folder is the object itself, as DVC's relink leaves it. */
async function link(place: OutPlace, content: OutContent): Promise<void> {
  const { repository } = place;
  const [type] = repository.linkTypes;
  if (type !== "hardlink" && type !== "symlink") {
    // DVC copies a single file out of the cache again, and so gives it a mode of its own.
    if (content.nfiles === null) chmodSync(place.absolute, (0o666 & ~process.umask()) | (content.isexec ? 0o100 : 0));
    return;
  }
  const entries = entriesOf(repository, content.md5, "md5");
  await placeEntries({ repository, out: { ...place, ...content, hash: "md5" }, entries });
}

/** Whether the cache holds a version with all its files. */
export function isComplete(repository: Repository, digest: string, hash: HashName): boolean {
  if (!isCached(repository, digest, hash)) return false;
  return (
    !digest.endsWith(".dir") ||
    entriesOf(repository, digest, hash).every((entry) => isCached(repository, entry.md5, hash))
  );
}

export interface RestoreOptions {
  /** Overwrites content that is in no version. */
  readonly force?: boolean;
  /** A file of its own, whatever the cache is set to: what git tracks must be no link. */
  readonly copy?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Brings a version from the cache to its place.
 *
 * @throws {MissingObjectError} @throws {UnsavedChangesError} @throws {CorruptObjectError}
 */
export async function restoreContent(
  place: OutPlace,
  version: { readonly md5: string; readonly hash: HashName; readonly isexec: boolean },
  options: RestoreOptions = {},
): Promise<void> {
  const { repository, rules, absolute, path } = place;
  const out = { absolute, path, ...version, record: null };
  const plan = await planCheckout({ repository, rules, out }, options);
  const linkTypes: readonly LinkType[] = options.copy === true ? ["copy"] : repository.linkTypes;
  for (const relpath of plan.remove) removeFile(absolute, relpath);
  const isFolder = version.md5.endsWith(".dir");
  if (!isFolder) clearFolder(absolute);
  const { signal } = options;
  const entries = plan.write;
  await placeEntries({ repository, out, entries }, { linkTypes, ...(signal === undefined ? {} : { signal }) });
  if (isFolder) makeFolder(absolute);
}

/** The bytes of a file of a version: of the file itself, or of one in the folder; null when the cache does not have it. */
export function cachedBytes(
  repository: Repository,
  version: { readonly md5: string; readonly hash: HashName },
  relpath: string,
): Buffer | null {
  if (!isCached(repository, version.md5, version.hash)) return null;
  const entry = entriesOf(repository, version.md5, version.hash).find((one) => one.relpath === relpath);
  const object = entry === undefined ? null : objectPath(repository, entry.md5, version.hash);
  return object !== null && existsSync(object) ? readFileSync(object) : null;
}

/** The files of a version of a folder; none when the cache does not have its listing. */
export function cachedFiles(
  repository: Repository,
  version: { readonly md5: string; readonly hash: HashName },
): readonly string[] {
  if (!isCached(repository, version.md5, version.hash)) return [];
  return entriesOf(repository, version.md5, version.hash).map((entry) => entry.relpath);
}

/** Takes a file or folder away before a stage makes it anew. A link goes, not what it leads to. */
export function removeContent(absolute: string): void {
  rmSync(absolute, { recursive: true, force: true });
}
