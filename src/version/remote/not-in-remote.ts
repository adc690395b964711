import type { Project } from "../../store/index.ts";
import { entriesOf, isCached } from "../cached-content.ts";
import { type DataOut, dataOuts } from "../data-outs.ts";
import { isIn } from "../out-filter.ts";
import { workingFiles } from "../project-files.ts";
import { openRepository, type Repository } from "../repository.ts";
import { entryName } from "./choose-outs.ts";
import { presentAt } from "./remote-objects.ts";
import { defaultRemote, remotesOf } from "./remotes.ts";

/** What is looked for at a remote: data, or a file of a folder. */
interface Entry {
  /** From the project's root; a folder's with `/` behind it. */
  readonly path: string;
  readonly digest: string;
}

/**
 * Data that its remote does not have; paths from the project's root, folders with `/` behind them. Data that no remote keeps
 * (`push: false`, from another repository, no remote at all) is left out.
 *
 * @param options.targets paths from the project's root; everything without any
 * @param options.granular file by file, where the cache has the listing of a folder
 */
export async function notInRemote(
  project: Project,
  options: { readonly targets: readonly string[]; readonly granular: boolean; readonly remote: string | null },
): Promise<readonly string[]> {
  const repository = openRepository(project);
  const remotes = remotesOf(repository, "data status");
  try {
    const missing: string[] = [];
    for (const [name, outs] of outsByRemote(repository, dataOuts(workingFiles(project)), options.remote)) {
      const at = await remotes.get(name);
      for (const hash of ["md5", "md5-dos2unix"] as const) {
        const entries = outs
          .filter((out) => out.hash === hash)
          .flatMap((out) => entriesAt(repository, out, options.granular))
          .filter(({ path }) => isChosen(path.replace(/\/$/, ""), options.targets));
        const digests = [...new Set(entries.map(({ digest }) => digest))];
        const asked = digests.map((digest) => ({ digest, bytes: null, listings: new Set<string>() }));
        const there = await presentAt(at.remote, hash, asked);
        missing.push(...entries.filter(({ digest }) => !there.has(digest)).map(({ path }) => path));
      }
    }
    return missing.toSorted();
  } finally {
    await remotes.close();
  }
}

function outsByRemote(
  repository: Repository,
  outs: readonly DataOut[],
  remote: string | null,
): ReadonlyMap<string, readonly DataOut[]> {
  const by = new Map<string, DataOut[]>();
  for (const out of outs) {
    const name = out.remote ?? remote ?? defaultRemote(repository);
    if (name === null || out.md5 === null || !out.cache || !out.push || out.source?.repo) continue;
    by.set(name, [...(by.get(name) ?? []), out]);
  }
  return by;
}

function entriesAt(repository: Repository, out: DataOut, granular: boolean): readonly Entry[] {
  const { md5: digest, hash, path } = out;
  if (digest === null) return [];
  if (!digest.endsWith(".dir")) return [{ path, digest }];
  const own = { path: `${path}/`, digest };
  if (!granular || !isCached(repository, digest, hash)) return [own];
  return [
    own,
    ...entriesOf(repository, digest, hash).map((file) => ({ path: entryName(out, file.relpath), digest: file.md5 })),
  ];
}

function isChosen(path: string, targets: readonly string[]): boolean {
  return targets.length === 0 || targets.some((target) => isIn(path, target));
}
