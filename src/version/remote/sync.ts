import type { Project } from "../../store/index.ts";
import { openRepository, type Repository } from "../repository.ts";
import { lockRepository } from "../repository-lock.ts";
import type { ChosenOut } from "./choose-outs.ts";
import { collectOuts, type StateOptions } from "./collect-outs.ts";
import { download } from "./download.ts";
import { type OpenRemotes, remotesOf } from "./remotes.ts";
import { fetchRunCache, pushRunCache } from "./run-cache.ts";
import { nothingMoved, type Transfer, TransferError, type TransferOptions, together } from "./transfer.ts";
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
    takes: ({ out }) => out.push,
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
    takes: ({ out }) =>
      (options.maxBytes === undefined || (out.bytes ?? 0) <= options.maxBytes) &&
      (options.kinds === undefined || options.kinds.includes(out.kind)),
  });
}

export interface FetchOptions {
  /** Outputs of at most so many bytes. */
  readonly maxBytes?: number;
  /** Only metrics, or only plots, or both. */
  readonly kinds?: readonly string[];
}

interface Way {
  readonly verb: "push" | "fetch";
  readonly runs: (
    repository: Repository,
    at: Awaited<ReturnType<OpenRemotes["get"]>>,
    options: TransferOptions,
  ) => Promise<Transfer>;
  readonly move: (repository: Repository, set: WantedSet, options: TransferOptions) => Promise<Transfer>;
  readonly takes: (chosen: ChosenOut) => boolean;
}

function sync(project: Project, options: SyncOptions, way: Way): Promise<Transfer> {
  return lockRepository(project, () => moveAll(project, options, way), options);
}

async function moveAll(project: Project, options: SyncOptions, way: Way): Promise<Transfer> {
  const repository = openRepository(project);
  const remotes = remotesOf(repository, way.verb);
  try {
    const remote = options.remote?.toLowerCase() ?? null;
    let done = nothingMoved;
    if (options.runCache === true) done = await way.runs(repository, await remotes.get(remote), options);
    const chosen = collectOuts(project, options, options.onFault ?? (() => {})).filter(way.takes);
    const missing: string[] = [];
    const sets = await wantedObjects({ repository, remotes }, chosen, {
      remote,
      loadListings: true,
      withoutRemote: way.verb === "fetch",
      onMissing: (_digest, name) => missing.push(name),
    });
    for (const set of sets) done = together(done, await way.move(repository, set, options));
    const all = together(done, { ...nothingMoved, missing });
    const transfer = { ...all, remotes: all.remotes.filter((name) => name !== "") };
    if (transfer.failed.length > 0) throw new TransferError(way.verb, transfer);
    return transfer;
  } finally {
    await remotes.close();
  }
}
