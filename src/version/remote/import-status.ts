import { dirname, join, posix, relative, resolve } from "node:path";
import { type DvcDep, parseYaml, stageChecksum, type YamlMap, yamlEntries } from "../../format/index.ts";
import { type Project, RemoteError } from "../../store/index.ts";
import { readDvcIgnore } from "../dvc-ignore.ts";
import { openRepository, type Repository } from "../repository.ts";
import { allOuts, type TrackedOut } from "../tracked-outs.ts";
import { commitAt } from "./repo-source.ts";
import { isSameContent } from "./update-import.ts";
import { openUrl, sourceContent } from "./url-source.ts";

/** `update available`: the repository that it is from has a newer commit. */
export type SourceState = "update available" | "modified" | "deleted" | "new";

/** How an import stands to its source. */
export interface ImportStatus {
  /** The `.dvc` file, from the project's root. */
  readonly file: string;
  /** The source as DVC writes it, and what happened to it; empty when nothing did, or nobody looked. */
  readonly deps: Readonly<Record<string, SourceState>>;
  /** Frozen: its source was not looked at. */
  readonly hidden: boolean;
  /** Somebody edited the file since it was written. */
  readonly edited: boolean;
}

/**
 * Whether the sources of imports hold what was imported. Those from repositories are asked for their commit; those from URLs are
 * frozen where nobody unfroze them, and left alone.
 *
 * @param options.takes which `.dvc` files (absolute) are meant
 * @throws {CloneError} a repository does not answer
 */
export async function importStatus(
  project: Project,
  options: { readonly folder: string; readonly updates: boolean; readonly takes: (dvcFile: string) => boolean },
): Promise<readonly ImportStatus[]> {
  const repository = openRepository(project);
  const found: ImportStatus[] = [];
  const imports = allOuts(project, readDvcIgnore(project.root)).filter(
    ({ file, index, dvcFile }) => file.imported && index === 0 && options.takes(dvcFile),
  );
  for (const tracked of imports) {
    const { file } = tracked;
    const ofRepo = file.deps.some(({ repo }) => repo !== null);
    const looks = !file.frozen || (ofRepo && options.updates);
    const states: [string, SourceState][] = [];
    for (const dep of looks ? file.deps : []) {
      const state = await stateOf(repository, tracked, dep);
      if (state !== null) states.push([shown(repository, { tracked, folder: options.folder }, dep), state]);
    }
    found.push({
      file: posix.normalize(relative(project.root, tracked.dvcFile)),
      deps: Object.fromEntries(states),
      hidden: file.frozen && !ofRepo,
      edited: isEdited(tracked),
    });
  }
  return found;
}

async function stateOf(repository: Repository, tracked: TrackedOut, dep: DvcDep): Promise<SourceState | null> {
  const folder = dirname(tracked.dvcFile);
  if (dep.repo !== null) {
    const { url, rev, revLock } = dep.repo;
    return (await commitAt(url, rev, folder)) === revLock ? null : "update available";
  }
  const { fs_config: given, ...before } = dep.content as Readonly<Record<string, YamlMap>>;
  const config = new Map(Object.entries(given ?? {}).map(([key, value]) => [key, String(value)]));
  try {
    const source = await openUrl(repository, dep.path, { folder: join(folder, tracked.file.wdir ?? ""), config });
    try {
      if (Object.keys(before).length === 0) return "new";
      return isSameContent(before, (await sourceContent(source)).fields) ? null : "modified";
    } finally {
      await source.remote.close();
    }
  } catch (error) {
    if (error instanceof RemoteError && error.trouble === "MISSING") return "deleted";
    throw error;
  }
}

/** As DVC's messages name a source: in the project from the working folder, else by its whole path. */
function shown(
  repository: Repository,
  at: { readonly tracked: TrackedOut; readonly folder: string },
  dep: DvcDep,
): string {
  const { path, repo } = dep;
  if (repo !== null) return `${path} (${repo.url})`;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return path;
  const absolute = resolve(dirname(at.tracked.dvcFile), at.tracked.file.wdir ?? "", path);
  const inside = relative(repository.project.root, absolute);
  return inside.startsWith("..") ? absolute : relative(at.folder, absolute);
}

function isEdited({ text, dvcFile }: TrackedOut): boolean {
  const { md5, ...fields } = Object.fromEntries(yamlEntries(parseYaml(text, dvcFile) as YamlMap));
  return typeof md5 === "string" && md5 !== stageChecksum(fields);
}
