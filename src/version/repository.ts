import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { type DvcConfig, parseDvcConfig } from "../format/index.ts";
import { type Objects, openObjects, type Project, syncFolder, temporaryName, writeDurable } from "../store/index.ts";

export type LinkType = "reflink" | "hardlink" | "symlink" | "copy";

/** A project as DVC is configured in it. */
export interface Repository {
  readonly project: Project;
  readonly cache: Objects;
  /** Root of the git repository around the project; null without one, or with `core.no_scm`. */
  readonly gitRoot: string | null;
  readonly autostage: boolean;
  /** How files come from the cache into the folder, the first that works. */
  readonly linkTypes: readonly LinkType[];
}

/** What DVC's configuration says about a project; nothing is written. */
export function openRepository(project: Project): Repository {
  const configs = readConfigs(project);
  const setting = (section: string, key: string): readonly string[] | null => {
    for (const { config } of configs) {
      const value = config.get(section)?.get(key);
      if (value !== undefined) return typeof value === "string" ? [value] : value;
    }
    return null;
  };
  const gitRoot = isTrue(setting("core", "no_scm")) ? null : gitRootOf(project.root);
  return {
    project,
    cache: openObjects(cacheFolder(project, configs)),
    gitRoot,
    autostage: isTrue(setting("core", "autostage")),
    linkTypes: (setting("cache", "type") ?? ["reflink", "copy"]).filter(isLinkType),
  };
}

interface ConfigFile {
  readonly path: string;
  readonly config: DvcConfig;
}

/** The configuration files that there are, the one that wins first (dvc/config.py). */
function readConfigs(project: Project): readonly ConfigFile[] {
  const user =
    process.env["DVC_GLOBAL_CONFIG_DIR"] ?? join(process.env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config"), "dvc");
  const system = process.env["DVC_SYSTEM_CONFIG_DIR"] ?? "/etc/xdg/dvc";
  const paths = [
    join(project.dvcFolder, "config.local"),
    join(project.dvcFolder, "config"),
    join(user, "config"),
    join(system, "config"),
  ];
  return paths
    .filter((path) => existsSync(path))
    .map((path) => ({ path, config: parseDvcConfig(readFileSync(path, "utf8"), relative(project.root, path)) }));
}

function cacheFolder(project: Project, configs: readonly ConfigFile[]): string {
  for (const { path, config } of configs) {
    const value = config.get("cache")?.get("dir");
    if (typeof value === "string" && value !== "")
      return resolve(dirname(path), value.replace(/^~(?=\/|$)/, homedir()));
  }
  return join(project.dvcFolder, "cache");
}

function isTrue(value: readonly string[] | null): boolean {
  return ["true", "yes", "on", "1"].includes((value?.[0] ?? "").toLowerCase());
}

function isLinkType(value: string): value is LinkType {
  return value === "reflink" || value === "hardlink" || value === "symlink" || value === "copy";
}

function gitRootOf(folder: string): string | null {
  if (existsSync(join(folder, ".git"))) return folder;
  const parent = dirname(folder);
  return parent === folder ? null : gitRootOf(parent);
}

const ignoreHeader = `# Add patterns of files dvc should ignore, which could improve
# the performance. Learn more at
# https://dvc.org/doc/user-guide/dvcignore
`;

/** Makes `.dvc/` and `.dvcignore` where they are missing, as `dvc init` does in a git repository and `dvc init --no-scm` elsewhere. */
export function initRepository(project: Project): void {
  if (existsSync(project.dvcFolder)) return;
  const ignore = join(project.root, ".dvcignore");
  if (!existsSync(ignore)) writeDurable(ignore, ignoreHeader);
  // Aside, then by its name: DVC refuses a `.dvc/` outside of git whose config was not written yet.
  const aside = join(project.root, temporaryName());
  mkdirSync(aside);
  try {
    const git = gitRootOf(project.root) !== null;
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
