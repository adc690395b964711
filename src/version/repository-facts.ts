import { constants, copyFileSync, existsSync, linkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Project, temporaryName } from "../store/index.ts";
import { configFile } from "./config.ts";
import { listRemotes } from "./remote/index.ts";
import { gitRootOf, type LinkType, openRepository } from "./repository.ts";

/** How a project of DVC's is set up, and what this machine's disks can do for it. */
export interface RepositoryFacts {
  readonly cacheFolder: string;
  /** The ways that were tried to bring a file from the cache into the folder, and worked; null before there is a cache. */
  readonly links: readonly LinkType[] | null;
  /** What is configured. */
  readonly linkTypes: readonly LinkType[];
  /** `s3`, `local`, …, by name. */
  readonly remotes: readonly { readonly name: string; readonly kind: string; readonly isDefault: boolean }[];
  readonly repo: "dvc, git" | "dvc (subdir), git" | "dvc (no_scm)" | "dvc, no git";
  readonly configs: { readonly global: string; readonly system: string };
}

/** Tries the links with a file in the cache's folder, which is taken away again. */
export function repositoryFacts(project: Project): RepositoryFacts {
  const repository = openRepository(project);
  const { folder } = repository.cache;
  return {
    cacheFolder: folder,
    links: existsSync(folder) ? [...workingLinks(folder, project.root), "copy"] : null,
    linkTypes: repository.linkTypes,
    remotes: listRemotes(repository).map(({ name, url, isDefault }) => ({
      name,
      kind: /^([a-z][a-z0-9+.-]+):\/\//i.exec(url)?.[1]?.toLowerCase() ?? "local",
      isDefault,
    })),
    repo:
      repository.gitRoot === null
        ? gitRootOf(project.root) === null
          ? "dvc, no git"
          : "dvc (no_scm)"
        : repository.gitRoot === project.root
          ? "dvc, git"
          : "dvc (subdir), git",
    configs: { global: configFile(project.dvcFolder, "global"), system: configFile(project.dvcFolder, "system") },
  };
}

const ways: readonly (readonly [LinkType, (from: string, to: string) => void])[] = [
  ["reflink", (from, to) => copyFileSync(from, to, constants.COPYFILE_FICLONE_FORCE)],
  ["hardlink", linkSync],
  ["symlink", symlinkSync],
];

function workingLinks(cache: string, root: string): readonly LinkType[] {
  const from = join(cache, temporaryName());
  try {
    writeFileSync(from, "?");
    return ways.filter(([, make]) => works(make, from, join(root, temporaryName()))).map(([type]) => type);
  } finally {
    rmSync(from, { force: true });
  }
}

/** Whatever the system says against it, the answer is no. */
function works(make: (from: string, to: string) => void, from: string, to: string): boolean {
  try {
    make(from, to);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(to, { force: true });
  }
}
