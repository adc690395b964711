import type { Project } from "../../store/index.ts";
import { openRepository, type Repository } from "../repository.ts";
import { collectOuts, type StateOptions } from "./collect-outs.ts";
import { type OpenRemotes, remotesOf } from "./remotes.ts";
import { fetchRunCache, pushRunCache } from "./run-cache.ts";
import { nothingMoved, together, type Transfer, TransferError, type TransferOptions } from "./transfer.ts";
import { download } from "./download.ts";
import { upload } from "./upload.ts";
import { type WantedSet, wantedObjects } from "./wanted-objects.ts";

export interface SyncOptions extends StateOptions, TransferOptions {
  /** Name of the remote; the default one without it. */
  readonly remote?: string;
  readonly runCache?: boolean;
  /** Told of commits that cannot be read; they are left out. */
  readonly onFault?: (state: string, error: unknown) => void;
}

/**
 * Sends what the remotes lack of the chosen outputs. Files whose transfer fails are named in the end; the others get there.
 *
 * @throws {TransferError} some files failed @throws {ConfigError} no such remote @throws {RemoteError} the remote does not answer
 */
export function pushData(project: Project, options: SyncOptions = {}): Promise<Transfer> {
  return sync(project, options, {
    verb: "push",
    runs: pushRunCache,
    move: upload,
  });
}

/**
 * Gets what the cache lacks of the chosen outputs. Files that are nowhere are named in the result, those that fail in the error.
 *
 * @throws {TransferError} @throws {ConfigError} @throws {RemoteError}
 */
export function fetchData(project: Project, options: SyncOptions & FetchOptions = {}): Promise<Transfer> {
  return sync(project, options, {
    verb: "fetch",
    runs: async (repository, at, given) => {
      await fetchRunCache(repository, at, given);
      return nothingMoved;
    },
    move: download,
    maxBytes: options.maxBytes ?? null,
  });
}

export interface FetchOptions {
  /** Outputs of at most so many bytes. */
  readonly maxBytes?: number;
}

interface Way {
  readonly verb: "push" | "fetch";
  readonly runs: (repository: Repository, at: Awaited<ReturnType<OpenRemotes["get"]>>, options: TransferOptions) => Promise<Transfer>;
  readonly move: (repository: Repository, set: WantedSet, options: TransferOptions) => Promise<Transfer>;
  readonly maxBytes?: number | null;
}

async function sync(project: Project, options: SyncOptions, way: Way): Promise<Transfer> {
  const repository = openRepository(project);
  const remotes = remotesOf(repository, way.verb);
  try {
    const remote = options.remote?.toLowerCase() ?? null;
    let done = nothingMoved;
    if (options.runCache === true) done = await way.runs(repository, await remotes.get(remote), options);
    const chosen = collectOuts(project, options, options.onFault ?? (() => {}))
      .filter(({ out }) => way.verb === "fetch" || out.push)
      .filter(({ out }) => way.maxBytes === undefined || way.maxBytes === null || (out.bytes ?? 0) <= way.maxBytes);
    const missing: string[] = [];
    const sets = await wantedObjects({ repository, remotes }, chosen, {
      remote,
      loadListings: true,
      onMissing: (_digest, name) => missing.push(name),
    });
    for (const set of sets) done = together(done, await way.move(repository, set, options));
    const transfer = together(done, { ...nothingMoved, missing });
    if (transfer.failed.length > 0) throw new TransferError(way.verb, transfer);
    return transfer;
  } finally {
    await remotes.close();
  }
}
