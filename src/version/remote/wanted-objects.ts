import { rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type DirEntry, type HashName, parseDir } from "../../format/index.ts";
import { MissingObjectError, md5, writeDurable } from "../../store/index.ts";
import { entriesOf, isCached, objectPath } from "../cached-content.ts";
import type { DataOut } from "../data-outs.ts";
import type { Repository } from "../repository.ts";
import { makeCacheFolder } from "../shared-cache.ts";
import { type ChosenOut, entryName, isInPart } from "./choose-outs.ts";
import { remotePath } from "./remote-objects.ts";
import type { NamedRemote, OpenRemotes } from "./remotes.ts";

/** One object that an output needs, and what of it: a folder's listing, or a file. */
export interface WantedObject {
  /** 32 hex digits, with `.dir` for a listing. */
  readonly digest: string;
  readonly hash: HashName;
  /** From the project's root; of the first output that needs it. */
  readonly name: string;
  /** The listings that name it: each goes to a remote after its files. */
  readonly listings: Set<string>;
}

/** The objects of some outputs that one remote keeps. */
export interface WantedSet {
  readonly at: NamedRemote;
  /** By digest and kind of hash. */
  readonly objects: Map<string, WantedObject>;
  /** Listings that came from the remote on the way. */
  readonly loaded: { files: number; bytes: number };
}

export interface WantOptions {
  /** The remote that was asked for; outputs that name another one are left out. */
  readonly remote: string | null;
  /** Whether listings that the cache lacks are got from their remote. */
  readonly loadListings: boolean;
  /** Whether what no remote keeps is no error: the cache may hold it. */
  readonly withoutRemote?: boolean;
  /** Called for a listing that is nowhere. */
  readonly onMissing: (digest: string, name: string) => void;
}

/**
 * The objects of outputs by the remote that keeps them; listings that are not in the cache come from there.
 */
export async function wantedObjects(
  { repository, remotes }: { readonly repository: Repository; readonly remotes: OpenRemotes },
  chosen: readonly ChosenOut[],
  options: WantOptions,
): Promise<readonly WantedSet[]> {
  const sets = new Map<string, WantedSet>();
  const loaded = new Map<string, readonly DirEntry[] | null>();
  for (const one of chosen) {
    const { out } = one;
    if (out.md5 === null || !out.cache || out.source?.repo) continue;
    if (options.remote !== null && out.remote !== null && out.remote.toLowerCase() !== options.remote) continue;
    const at = await (options.withoutRemote === true ? remotes.getOrNone : remotes.get)(out.remote ?? options.remote);
    const set = sets.get(at.name) ?? { at, objects: new Map(), loaded: { files: 0, bytes: 0 } };
    sets.set(at.name, set);
    const key = `${out.hash} ${out.md5}`;
    let entries = loaded.get(key);
    if (entries === undefined) {
      entries = await listingOf(repository, { one, set }, options);
      loaded.set(key, entries);
    }
    add(set, one, entries);
  }
  return [...sets.values()];
}

interface Listed {
  readonly one: ChosenOut;
  readonly set: WantedSet;
}

/** The files of an output; null when its listing is nowhere. */
async function listingOf(
  repository: Repository,
  { one: { out }, set }: Listed,
  options: WantOptions,
): Promise<readonly DirEntry[] | null> {
  const listing = await loadListing(repository, out, options.loadListings ? set.at : null);
  if (listing.entries === null && out.md5 !== null) options.onMissing(out.md5, out.path);
  if (listing.bytes > 0) {
    set.loaded.files += 1;
    set.loaded.bytes += listing.bytes;
  }
  return listing.entries;
}

interface Listing {
  /** null when it is neither in the cache nor at the remote, or damaged at both. */
  readonly entries: readonly DirEntry[] | null;
  /** What came from the remote. */
  readonly bytes: number;
}

/** The files of an output by its listing; what the cache lacks of it comes from the remote, verified, and stays in the cache. */
export async function loadListing(repository: Repository, out: DataOut, at: NamedRemote | null): Promise<Listing> {
  const { md5: digest, hash } = out;
  if (digest === null) return { entries: null, bytes: 0 };
  if (!digest.endsWith(".dir") || isWhole(repository, digest, hash)) {
    return { entries: entriesOf(repository, digest, hash), bytes: 0 };
  }
  const bytes = at === null ? null : await readListing(at, digest, hash);
  if (bytes === null) return { entries: null, bytes: 0 };
  const entries = parseDir(bytes.toString("utf8"), `${out.path} (${digest})`);
  // What the cache holds damaged gives way.
  rmSync(objectPath(repository, digest, hash), { force: true });
  makeCacheFolder(repository, dirname(objectPath(repository, digest, hash)));
  writeDurable(objectPath(repository, digest, hash), bytes, { mode: 0o444 });
  return { entries, bytes: bytes.length };
}

function isWhole(repository: Repository, digest: string, hash: HashName): boolean {
  if (!isCached(repository, digest, hash)) return false;
  try {
    entriesOf(repository, digest, hash);
    return true;
  } catch (error) {
    if (error instanceof MissingObjectError) return false;
    throw error;
  }
}

/** A listing may say that it is of any size; the memory ends before the disk. */
const mostListingBytes = 1024 * 1024 * 1024;

async function readListing({ remote }: NamedRemote, digest: string, hash: HashName): Promise<Buffer | null> {
  const path = remotePath(digest, hash);
  const file = await remote.stat(path);
  if (file === null || (file.bytes ?? 0) > mostListingBytes) return null;
  const blocks: Uint8Array[] = [];
  let total = 0;
  for await (const bytes of await remote.read(path)) {
    total += bytes.length;
    if (total > mostListingBytes) return null;
    blocks.push(bytes);
  }
  const bytes = Buffer.concat(blocks);
  return md5(bytes) === digest.slice(0, 32) ? bytes : null;
}

function add(set: WantedSet, { out, part }: ChosenOut, entries: readonly DirEntry[] | null): void {
  const listing = out.md5?.endsWith(".dir") === true ? out.md5 : null;
  if (listing !== null) put(set, { digest: listing, hash: out.hash, name: out.path, listings: new Set() });
  for (const { md5: digest, relpath } of entries ?? []) {
    if (!isInPart(relpath, part)) continue;
    const object = put(set, { digest, hash: out.hash, name: entryName(out, relpath), listings: new Set() });
    if (listing !== null) object.listings.add(listing);
  }
}

function put(set: WantedSet, object: WantedObject): WantedObject {
  const key = `${object.hash} ${object.digest}`;
  const known = set.objects.get(key);
  if (known !== undefined) return known;
  set.objects.set(key, object);
  return object;
}

/** How many bytes the cache holds of an object; null when it holds none. */
export function cachedBytes(repository: Repository, { digest, hash }: WantedObject): number | null {
  return statSync(objectPath(repository, digest, hash), { throwIfNoEntry: false })?.size ?? null;
}
