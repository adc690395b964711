import type { HashName } from "../../format/index.ts";
import type { Project } from "../../store/index.ts";
import type { DataOut } from "../data-outs.ts";
import { openRepository } from "../repository.ts";
import { lockRepository } from "../repository-lock.ts";
import { download } from "./download.ts";
import { remotesOf } from "./remotes.ts";
import { TransferError, type TransferOptions } from "./transfer.ts";
import { wantedObjects } from "./wanted-objects.ts";

/** A version of an output that no `.dvc` or `dvc.lock` need name: of a kept run, say. */
export interface OutVersion {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly md5: string;
  readonly hash: HashName;
  /** The remote that keeps it; the default one without it. */
  readonly remote: string | null;
}

/**
 * Gets what the cache lacks of versions of outputs. What is nowhere stays away.
 *
 * @throws {TransferError} @throws {ConfigError} @throws {RemoteError}
 */
export function fetchOuts(
  project: Project,
  versions: readonly OutVersion[],
  options: TransferOptions = {},
): Promise<void> {
  return lockRepository(
    project,
    async () => {
      const repository = openRepository(project);
      const remotes = remotesOf(repository, "fetch");
      try {
        const chosen = versions.map((version) => ({ out: { ...unnamed, ...version }, part: null }));
        const sets = await wantedObjects({ repository, remotes }, chosen, {
          remote: null,
          loadListings: true,
          onMissing: () => {},
        });
        for (const set of sets) {
          const transfer = await download(repository, set, options);
          if (transfer.failed.length > 0) throw new TransferError("fetch", transfer);
        }
      } finally {
        await remotes.close();
      }
    },
    options,
  );
}

const unnamed: Omit<DataOut, keyof OutVersion> = {
  file: "",
  stage: null,
  bytes: null,
  isexec: false,
  cache: true,
  push: true,
  kind: "data",
  deps: [],
  source: null,
};
