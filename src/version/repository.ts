import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ConfigValue, DvcConfig } from "../format/index.ts";
import { type Objects, openObjects, type Project, syncFolder, temporaryName, writeDurable } from "../store/index.ts";
import { mergedConfig } from "./config.ts";
import { groupShared } from "./shared-cache.ts";

export type LinkType = "reflink" | "hardlink" | "symlink" | "copy";

/** A project as DVC is configured in it. */
export interface Repository {
  readonly project: Project;
  /** All levels together; paths in it are absolute. */
  readonly config: DvcConfig;
  readonly cache: Objects;
  /** `cache.shared = group`: what is made in the cache is open to the group. */
  readonly shared: boolean;
  /** Root of the git repository around the project; null without one, or with `core.no_scm`. */
  readonly gitRoot: string | null;
  readonly autostage: boolean;
  /** How files come from the cache into the folder, the first that works. */
  readonly linkTypes: readonly LinkType[];
}

/** What DVC's configuration says about a project; nothing is written. */
export function openRepository(project: Project): Repository {
  const config = mergedConfig(project.dvcFolder);
  const setting = (section: string, key: string): ConfigValue | null => config.get(section)?.get(key) ?? null;
  const cacheFolder = setting("cache", "dir");
  const links = setting("cache", "type");
  const cache = openObjects(
    typeof cacheFolder === "string" && cacheFolder !== "" ? cacheFolder : defaultCache(project),
  );
  const shared = setting("cache", "shared") === "group";
  const gitRoot = isTrue(setting("core", "no_scm")) ? null : gitRootOf(project.root);
  return {
    project,
    config,
    cache: shared ? groupShared(cache) : cache,
    shared,
    gitRoot,
    autostage: isTrue(setting("core", "autostage")),
    linkTypes: linkTypes(links ?? "reflink,copy"),
  };
}

function defaultCache(project: Project): string {
  return join(project.dvcFolder, "cache");
}

function linkTypes(value: ConfigValue): readonly LinkType[] {
  const names = typeof value === "string" ? value.split(",") : value;
  return names.map((name) => name.trim()).filter(isLinkType);
}

function isTrue(value: ConfigValue | null): boolean {
  return typeof value === "string" && ["true", "yes", "on", "1"].includes(value.toLowerCase());
}

function isLinkType(value: string): value is LinkType {
  return value === "reflink" || value === "hardlink" || value === "symlink" || value === "copy";
}

/** Root of the git repository around a folder; null without one. */
export function gitRootOf(folder: string): string | null {
  if (existsSync(join(folder, ".git"))) return folder;
  const parent = dirname(folder);
  return parent === folder ? null : gitRootOf(parent);
}

const ignoreHeader = `# Add patterns of files dvc should ignore, which could improve
# the performance. Learn more at
# https://dvc.org/doc/user-guide/dvcignore
`;

/** Makes `.dvc/` and `.dvcignore` where they are missing, as `dvc init` does in a git repository and `dvc init --no-scm` elsewhere. */
export function initRepository(project: Project, options: { readonly noScm?: boolean } = {}): void {
  if (existsSync(project.dvcFolder)) return;
  const ignore = join(project.root, ".dvcignore");
  if (!existsSync(ignore)) writeDurable(ignore, ignoreHeader);
  // Aside, then by its name: DVC refuses a `.dvc/` outside of git whose config was not written yet.
  const aside = join(project.root, temporaryName());
  mkdirSync(aside);
  try {
    const git = options.noScm === undefined ? gitRootOf(project.root) !== null : !options.noScm;
    if (git) writeDurable(join(aside, ".gitignore"), "/config.local\n/tmp\n/cache\n");
    writeDurable(join(aside, "config"), git ? "" : "[core]\n    no_scm = True\n");
    renameSync(aside, project.dvcFolder);
    syncFolder(project.root);
  } catch (error) {
    // Another process was first.
    if (!existsSync(join(project.dvcFolder, "config"))) throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
