import { createHash } from "node:crypto";
import { chmodSync, createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { eachAtOnce, isAlive, md5, RemoteError, syncData, syncNames } from "../../store/index.ts";
import { objectPath } from "../cached-content.ts";
import { md5Dos2unix } from "../hash-files.ts";
import type { Repository } from "../repository.ts";
import { groupsOf } from "./groups.ts";
import { remotePath } from "./remote-objects.ts";
import type { NamedRemote } from "./remotes.ts";
import {
  type Counter,
  counter,
  endsAll,
  type Transfer,
  type TransferFailure,
  type TransferOptions,
} from "./transfer.ts";
import { cachedBytes, type WantedObject, type WantedSet } from "./wanted-objects.ts";

interface Work {
  readonly repository: Repository;
  readonly at: NamedRemote;
  readonly options: TransferOptions;
  readonly count: Counter;
  readonly missing: string[];
  readonly failed: TransferFailure[];
  /** Verified, aside, without their names yet. */
  readonly ready: { readonly aside: string; readonly target: string }[];
}

/** Files of a group get their names together, when all their bytes are on the disk. */
const groupFiles = 500;

/** Gets what the cache lacks of some objects. Each is verified while it comes, and gets its name (0444) after that. */
export async function download(repository: Repository, set: WantedSet, options: TransferOptions): Promise<Transfer> {
  const { at } = set;
  const wanted = lacking(repository, [...set.objects.values()]);
  const totalFiles = wanted.length;
  const count = counter({ verb: "fetch", remote: at.name, totalFiles }, options.onProgress);
  const work: Work = { repository, at, options, count, missing: [], failed: [], ready: [] };
  if (wanted.length > 0) {
    mkdirSync(asideFolder(repository), { recursive: true });
    await (at.remote.localFolder === null ? fetchAll : fetchHere)(work, wanted);
    removeEmpty(asideFolder(repository));
  }
  return {
    remotes: [at.name],
    files: count.moved.files + set.loaded.files,
    bytes: count.moved.bytes + set.loaded.bytes,
    missing: work.missing,
    failed: work.failed,
  };
}

/** Those that the cache does not have; by the names in its folders, which costs a tenth of a question for each. */
function lacking(repository: Repository, objects: readonly WantedObject[]): readonly WantedObject[] {
  const own = objects.filter(({ hash }) => hash === "md5").map(({ digest }) => digest);
  const there = repository.cache.hasOf(own);
  return objects.filter((object) =>
    object.hash === "md5" ? !there.has(object.digest) : cachedBytes(repository, object) === null,
  );
}

function asideFolder(repository: Repository): string {
  return join(repository.cache.folder, "tmp");
}

// Parts of files that another process is getting, or that broke off, stay.
function removeEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}

async function fetchAll(work: Work, wanted: readonly WantedObject[]): Promise<void> {
  const jobs = work.options.jobs ?? work.at.jobs ?? work.at.remote.jobs;
  try {
    await eachAtOnce(wanted, jobs, (object) => fetchOne(work, object));
  } finally {
    // What is verified stays, also when others failed: the next call goes on from there.
    await name(work);
  }
}

/** A folder of this machine: the store copies and hashes many files at once. */
async function fetchHere(work: Work, wanted: readonly WantedObject[]): Promise<void> {
  const { repository, at, options } = work;
  const folder = at.remote.localFolder ?? "";
  const source = ({ digest, hash }: WantedObject): string => join(folder, ...remotePath(digest, hash).split("/"));
  const there = wanted.flatMap((object) => {
    const path = source(object);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() === true) return [{ object, file: { path, bytes: stat.size, mtimeMs: stat.mtimeMs } }];
    absent(work, object);
    return [];
  });
  const isPlain = ({ object: { hash, digest } }: (typeof there)[number]): boolean =>
    hash === "md5" && !digest.endsWith(".dir");
  for (const group of groupsOf(there.filter(isPlain), ({ file }) => file.bytes)) {
    options.signal?.throwIfAborted();
    const put = await repository.cache.putFiles(
      group.map(({ file }) => file),
      {
        digests: group.map(({ object }) => object.digest),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
    );
    group.forEach(({ object }, k) => {
      const file = put[k];
      if (file?.md5 !== object.digest) work.failed.push(damaged(at, object));
      else counted(work.count, file.bytes);
    });
  }
  await fetchAll(
    work,
    there.filter((one) => !isPlain(one)).map(({ object }) => object),
  );
}

function counted(count: Counter, bytes: number): void {
  count.bytes(bytes);
  count.file();
}

/** A listing at a remote says that its files are there: one that is not is a fault, of which DVC's `fetch` fails, too. */
function absent({ at, missing, failed }: Work, { name: path, digest, hash, listings }: WantedObject): void {
  if (listings.size === 0) missing.push(path);
  else {
    const message = `${remotePath(digest, hash)} is not at ${at.remote.url}. Push it again from where the data is whole.`;
    failed.push({ path, message });
  }
}

function damaged(at: NamedRemote, { name: path, digest, hash }: WantedObject): TransferFailure {
  const message = `${remotePath(digest, hash)} at ${at.remote.url} does not hold the bytes of ${digest}; nothing was kept of it. Push it again from where the data is whole.`;
  return { path, message };
}

async function fetchOne(work: Work, object: WantedObject): Promise<void> {
  const { at, options, failed } = work;
  options.signal?.throwIfAborted();
  try {
    const aside = await receive(work, object);
    work.ready.push({ aside, target: objectPath(work.repository, object.digest, object.hash) });
    work.count.file();
    if (work.ready.length >= groupFiles) await name(work);
  } catch (error) {
    if (error instanceof RemoteError && error.trouble === "MISSING") absent(work, object);
    else if (error instanceof RemoteError && error.trouble === "DAMAGED") failed.push(damaged(at, object));
    else if (endsAll(error)) throw error;
    else failed.push({ path: object.name, message: error instanceof Error ? error.message : String(error) });
  }
}

const host = md5(hostname()).slice(0, 8);
let parts = 0;

/** The part that a killed process left of an object, now ours; a new name where there is none. */
function partOf(folder: string, digest: string): string {
  const own = join(folder, `.${digest}.${host}.${process.pid}.${parts++}.part`);
  for (const file of readdirSync(folder)) {
    const [, left, machine, pid] = /^\.([0-9a-f]{32}(?:\.dir)?)\.([0-9a-f]{8})\.(\d+)\.\d+\.part$/.exec(file) ?? [];
    if (left !== digest || machine !== host || isAlive(Number(pid))) continue;
    try {
      renameSync(join(folder, file), own);
      return own;
    } catch {
      // Another process was first.
    }
  }
  return own;
}

/** Brings one object aside; goes on where a killed process stopped. */
async function receive(work: Work, object: WantedObject): Promise<string> {
  const { repository, at, options, count } = work;
  const { digest, hash } = object;
  const aside = partOf(asideFolder(repository), digest);
  const running = createHash("md5");
  const from = await hashPart(aside, running);
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  try {
    await append(aside, await at.remote.read(remotePath(digest, hash), { from, ...signal }), (bytes) => {
      running.update(bytes);
      count.bytes(bytes.length);
    });
  } catch (error) {
    // What came is good for the next try, unless there is nothing to go on with.
    if (error instanceof RemoteError && error.trouble === "MISSING") rmSync(aside, { force: true });
    throw error;
  }
  const found = hash === "md5" || digest.endsWith(".dir") ? running.digest("hex") : await md5Dos2unix(aside);
  if (found === digest.slice(0, 32)) {
    chmodSync(aside, 0o444);
    return aside;
  }
  rmSync(aside, { force: true });
  // The part may have been the wrong one: once more from the start.
  if (from > 0) return receive(work, object);
  throw new RemoteError("DAMAGED", digest);
}

async function hashPart(aside: string, running: ReturnType<typeof createHash>): Promise<number> {
  if (statSync(aside, { throwIfNoEntry: false }) === undefined) return 0;
  let from = 0;
  for await (const bytes of createReadStream(aside, { highWaterMark: 1024 * 1024 })) {
    running.update(bytes);
    from += bytes.length;
  }
  return from;
}

async function append(
  aside: string,
  source: AsyncIterable<Uint8Array>,
  onBytes: (bytes: Uint8Array) => void,
): Promise<void> {
  const file = await open(aside, "a");
  try {
    for await (const bytes of source) {
      await file.writeFile(bytes);
      onBytes(bytes);
    }
  } finally {
    await file.close();
  }
}

/** Gives the verified files their names, when their bytes are on the disk. */
async function name(work: Work): Promise<void> {
  const group = work.ready.splice(0);
  if (group.length === 0) return;
  const { folder } = work.repository.cache;
  await syncData(
    group.map(({ aside }) => aside),
    folder,
  );
  for (const { aside, target } of group) {
    mkdirSync(dirname(target), { recursive: true });
    renameSync(aside, target);
  }
  await syncNames(new Set(group.map(({ target }) => dirname(target))), folder);
}
