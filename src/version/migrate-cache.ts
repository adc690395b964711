import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { parseDir, patchDvcFile, printDir } from "../format/index.ts";
import { md5, type Project, writeDurable } from "../store/index.ts";
import { allDvcFiles } from "./dvc-files.ts";
import { readDvcIgnore } from "./dvc-ignore.ts";
import { ignoreInGit } from "./git-ignore.ts";
import { hashFiles } from "./hash-files.ts";
import { keepContent } from "./out-content.ts";
import { openRepository, type Repository } from "./repository.ts";
import { lockRepository } from "./repository-lock.ts";

export interface MigrateOptions {
  /** Only says what would be done. */
  readonly dry: boolean;
  /** `.dvc` files of DVC 2's format become DVC 3's, too. */
  readonly dvcFiles: boolean;
  readonly waitMs?: number;
}

/**
 * Brings what DVC 2 cached to DVC 3's cache, under the digests of DVC 3; the old objects stay.
 *
 * @returns what was done, a sentence each
 */
export async function migrateCache(project: Project, options: MigrateOptions): Promise<readonly string[]> {
  return lockRepository(
    project,
    async () => {
      const repository = openRepository(project);
      const digests = legacyDigests(repository);
      if (options.dry) {
        const said = `${digests.length} files will be re-hashed and migrated to the DVC 3.0 cache location.`;
        return [said, ...(options.dvcFiles ? await migrateFiles(repository, true) : [])];
      }
      const count = await migrateObjects(repository, digests);
      const said = `Migrated ${count} files to DVC 3.0 cache location.`;
      return [said, ...(options.dvcFiles ? await migrateFiles(repository, false) : [])];
    },
    options,
  );
}

/** The objects that lie where DVC 2 put them: `.dvc/cache/ab/cdef…`. */
function legacyDigests({ cache }: Repository): readonly string[] {
  if (!existsSync(cache.folder)) return [];
  return readdirSync(cache.folder)
    .filter((name) => /^[0-9a-f]{2}$/.test(name))
    .flatMap((name) => readdirSync(join(cache.folder, name)).map((rest) => name + rest))
    .filter((digest) => /^[0-9a-f]{32}(\.dir)?$/.test(digest));
}

async function migrateObjects({ cache }: Repository, digests: readonly string[]): Promise<number> {
  const pathOf = (digest: string): string => join(cache.folder, digest.slice(0, 2), digest.slice(2));
  const files = digests.filter((digest) => !digest.endsWith(".dir"));
  const made = new Set<string>();
  const note = (digest: string, held: boolean): void => {
    if (!held) made.add(digest);
  };
  const known = await hashFiles(
    files.map((digest) => ({ absolute: pathOf(digest), size: statSync(pathOf(digest)).size })),
    "md5",
  );
  for (const digest of known) note(digest, cache.has(digest));
  const put = await cache.putFiles(files.map(pathOf));
  const renamed = new Map(files.map((digest, i) => [digest, put[i]?.md5 ?? digest]));
  for (const digest of digests.filter((one) => one.endsWith(".dir"))) {
    const entries = parseDir(readFileSync(pathOf(digest), "utf8"), pathOf(digest));
    const listing = printDir(entries.map(({ md5: old, relpath }) => ({ md5: renamed.get(old) ?? old, relpath })));
    const held = cache.has(`${md5(listing)}.dir`);
    note(cache.put(listing, { dir: true }), held);
  }
  return made.size;
}

async function migrateFiles(repository: Repository, dry: boolean): Promise<readonly string[]> {
  const { project } = repository;
  const rules = readDvcIgnore(project.root);
  const old = allDvcFiles(project).filter(({ outs }) => outs.some((out) => out.out.hash !== "md5"));
  if (old.length === 0) return ["No DVC files in the repo to migrate to the 3.0 format."];
  if (dry) {
    const lines = old.map(({ path }) => `\t${path}`).toSorted();
    return ["Entries in following DVC files will be migrated to the 3.0 format:", ...lines];
  }
  for (const { outs } of old) {
    for (const tracked of outs.filter((out) => existsSync(out.absolute))) {
      const place = { repository, rules, absolute: tracked.absolute, path: tracked.path };
      const kept = await keepContent(place);
      const text = patchDvcFile(tracked.text, tracked.index, { ...kept, path: tracked.out.path });
      if (repository.gitRoot !== null) ignoreInGit(tracked.absolute, kept.nfiles !== null);
      writeDurable(tracked.dvcFile, text);
    }
  }
  return old.map(({ file }) => `Updating DVC file '${relative(process.cwd(), file)}'`);
}
