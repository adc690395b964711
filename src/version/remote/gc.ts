import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { HashName } from "../../format/index.ts";
import type { CommitChoice } from "../../git/index.ts";
import { findProject, type Project, type Remote } from "../../store/index.ts";
import { entriesOf, isCached, objectPath } from "../cached-content.ts";
import { type DataOut, dataOuts } from "../data-outs.ts";
import { openRepository, type Repository } from "../repository.ts";
import { lockRepository } from "../repository-lock.ts";
import { DataPathError } from "../version-error.ts";
import { statesOf } from "./collect-outs.ts";
import { presentAt, remoteDigest } from "./remote-objects.ts";
import { type NamedRemote, type OpenRemotes, remotesOf } from "./remotes.ts";
import { loadListing } from "./wanted-objects.ts";

export interface GcOptions {
  /** Besides what the folder uses; experiments are always kept. */
  readonly commits?: CommitChoice;
  /** Takes away from the remote as well. */
  readonly cloud?: boolean;
  readonly remote?: string;
  /** Keeps also what no remote has: takes away only what can be fetched again. */
  readonly notInRemote?: boolean;
  /** Other projects that share the cache or the remote. */
  readonly projects?: readonly string[];
  readonly dry?: boolean;
  /** Leaves out commits that cannot be read, instead of stopping. */
  readonly skipFailed?: boolean;
  readonly onFault?: (state: string, error: unknown) => void;
}

/** What was taken away, or would be. */
export interface Collected {
  /** Of the cache. */
  readonly cache: Removed;
  /** Of the remotes; only with `cloud`. */
  readonly remotes: readonly (Removed & { readonly name: string })[];
}

/** Paths of objects: those that DVC 3 writes, and those that DVC 2 left. */
export interface Removed {
  readonly current: readonly string[];
  readonly legacy: readonly string[];
}

/**
 * Takes away objects that nothing uses: neither the folder, nor the chosen commits, nor an experiment. The run cache stays as it is.
 *
 * @throws {DataPathError} a commit cannot be read, and what it uses is unknown: nothing was taken away
 */
export function collectGarbage(project: Project, options: GcOptions): Promise<Collected> {
  return lockRepository(project, () => collect(project, options));
}

async function collect(project: Project, options: GcOptions): Promise<Collected> {
  const repository = openRepository(project);
  const remotes = remotesOf(repository, "gc -c");
  try {
    const outs = usedOuts(project, options);
    const used = await usedDigests(repository, { outs, remotes, remote: options.remote ?? null });
    const kept = options.notInRemote === true ? await onlyHere(used, await remotes.get(options.remote ?? null)) : used;
    const cache = collectCache(repository, kept, options.dry === true);
    const collected: (Removed & { readonly name: string })[] = [];
    if (options.cloud === true) {
      const names = new Set([
        options.remote ?? null,
        ...outs.map(({ remote }) => remote).filter((name) => name !== null),
      ]);
      for (const name of names) {
        const at = await remotes.get(name);
        collected.push({ name: at.name, ...(await collectRemote(at.remote, used, options.dry === true)) });
      }
    }
    return { cache, remotes: collected };
  } finally {
    await remotes.close();
  }
}

function usedOuts(project: Project, options: GcOptions): readonly DataOut[] {
  const projects = [project, ...(options.projects ?? []).map((folder) => findProject(folder))];
  // Experiments are somebody's results: DVC keeps them only when told to, we always do.
  const choice: CommitChoice = { ...options.commits, experiments: true };
  return projects.flatMap((one) =>
    statesOf(one, choice).flatMap(({ name, files }) => {
      try {
        return dataOuts(files());
      } catch (error) {
        if (options.skipFailed !== true) {
          throw new DataPathError(
            name,
            `Failed to collect '${name}', so what it uses is not known, and nothing was removed: ${error instanceof Error ? error.message : String(error)} Leave it out with --skip-failed.`,
          );
        }
        options.onFault?.(name, error);
        return [];
      }
    }),
  );
}

type Used = ReadonlyMap<HashName, ReadonlySet<string>>;

interface Users {
  readonly outs: readonly DataOut[];
  readonly remotes: OpenRemotes;
  readonly remote: string | null;
}

async function usedDigests(repository: Repository, { outs, remotes, remote }: Users): Promise<Used> {
  const used = new Map<HashName, Set<string>>([
    ["md5", new Set()],
    ["md5-dos2unix", new Set()],
  ]);
  for (const out of outs) {
    const { md5: digest, hash } = out;
    const digests = used.get(hash);
    if (digest === null || digests === undefined || digests.has(digest)) continue;
    digests.add(digest);
    if (!digest.endsWith(".dir")) continue;
    for (const md5 of await filesOf(repository, out, { remotes, remote })) digests.add(md5);
  }
  return used;
}

/**
 * The files of a folder. A listing that is only at the remote is got there, so that its files are known to be in use; one that is
 * nowhere makes the folder lost already.
 *
 * @throws {RemoteError} the remote does not answer: what is in use cannot be known, and nothing is taken away
 */
async function filesOf(
  repository: Repository,
  out: DataOut,
  { remotes, remote }: Pick<Users, "remotes" | "remote">,
): Promise<readonly string[]> {
  if (out.md5 !== null && isCached(repository, out.md5, out.hash)) {
    return entriesOf(repository, out.md5, out.hash).map(({ md5 }) => md5);
  }
  const { entries } = await loadListing(repository, out, await remotes.getOrNone(out.remote ?? remote));
  return (entries ?? []).map(({ md5 }) => md5);
}

async function onlyHere(used: Used, { remote }: NamedRemote): Promise<Used> {
  const kept = new Map<HashName, ReadonlySet<string>>();
  for (const [hash, digests] of used) {
    const asked = [...digests].map((digest) => ({ digest, bytes: null, listings: new Set<string>() }));
    const there = await presentAt(remote, hash, asked);
    kept.set(hash, new Set([...digests].filter((digest) => !there.has(digest))));
  }
  return kept;
}

function collectCache(repository: Repository, used: Used, dry: boolean): Removed {
  const removed = (hash: HashName, root: string): readonly string[] =>
    digestsBelow(root)
      .filter((digest) => used.get(hash)?.has(digest) !== true)
      .map((digest) => {
        const path = objectPath(repository, digest, hash);
        if (!dry) rmSync(path, { force: true });
        return path;
      });
  const { folder } = repository.cache;
  return { current: removed("md5", join(folder, "files", "md5")), legacy: removed("md5-dos2unix", folder) };
}

/** Only what has the name of an object: whatever else lies there is not ours. */
function digestsBelow(root: string): readonly string[] {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((item) => item.isDirectory() && /^[0-9a-f]{2}$/.test(item.name))
    .flatMap(({ name }) =>
      readdirSync(join(root, name))
        .filter((rest) => /^[0-9a-f]{30}(\.dir)?$/.test(rest))
        .map((rest) => name + rest),
    );
}

async function collectRemote(remote: Remote, used: Used, dry: boolean): Promise<Removed> {
  const removed = async (hash: HashName, folders: readonly string[]): Promise<readonly string[]> => {
    const paths: string[] = [];
    for (const folder of folders) {
      for await (const { path } of remote.list(folder)) {
        const digest = remoteDigest(path, hash);
        if (digest !== null && used.get(hash)?.has(digest) !== true) paths.push(path);
      }
    }
    if (dry) return paths;
    // A listing says that its files are there: it goes first.
    await remote.remove(paths.filter((path) => path.endsWith(".dir")));
    await remote.remove(paths.filter((path) => !path.endsWith(".dir")));
    return paths;
  };
  return {
    current: await removed("md5", ["files/md5"]),
    legacy: await removed("md5-dos2unix", await legacyFolders(remote)),
  };
}

async function legacyFolders(remote: Remote): Promise<readonly string[]> {
  const folders: string[] = [];
  for await (const { path, folder } of remote.list("", { recursive: false })) {
    if (folder && /^[0-9a-f]{2}$/.test(path)) folders.push(path);
  }
  return folders;
}
