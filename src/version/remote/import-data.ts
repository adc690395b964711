import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, relative } from "node:path";
import { type DvcDep, type DvcImport, printDvcImport, type YamlMap } from "../../format/index.ts";
import { stage } from "../../git/index.ts";
import { type Project, writeDurable } from "../../store/index.ts";
import { ignoreInGit } from "../git-ignore.ts";
import type { OutContent } from "../out-content.ts";
import { lockRepository } from "../repository-lock.ts";
import { flowOf, type ImportOptions, keep, type Place, placeOf } from "./import-place.ts";
import { bringRepoData, openRepoSource, type RepoSource } from "./repo-source.ts";
import { bringSource, openUrl, recordedPath, sourceContent, type UrlSource } from "./url-source.ts";

export type { ImportOptions };

export interface ImportUrlOptions extends ImportOptions {
  /** Options of the place, as those of a remote (`endpointurl`, …); kept in the `.dvc` file. */
  readonly config?: ReadonlyMap<string, string>;
}

export interface ImportRepoOptions extends ImportOptions {
  /** Branch, tag or commit; the default branch without it. */
  readonly rev?: string;
  /** Remote of that repository to get the data from; or options of its default one. */
  readonly repoRemote?: string | ReadonlyMap<string, string>;
  /** A configuration of remotes over that repository's own: a file, or sections; kept in the `.dvc` file. */
  readonly repoConfig?: string | YamlMap;
}

/** What an import brought. */
export interface ImportedData {
  /** From the project's root. */
  readonly path: string;
  readonly dvcFile: string;
  /** null where nothing was downloaded. */
  readonly content: OutContent | null;
  /** Files to commit to git, from the project's root. */
  readonly written: readonly string[];
  readonly changed: boolean;
}

/** Downloads a file or folder from a URL or path, and versions it with its source. */
export function importUrl(project: Project, url: string, options: ImportUrlOptions = {}): Promise<ImportedData> {
  return lockRepository(project, async () => {
    const place = placeOf(project, url, options);
    const { folder } = place;
    const config =
      options.config === undefined || options.config.size === 0
        ? {}
        : { fs_config: Object.fromEntries(options.config) };
    const path = recordedPath(project.root, url, { folder, beside: dirname(place.target.absolute) });
    if (options.only === "record")
      return record(place, { path, content: config, repo: null }, { content: null, seen: false });
    const source = await openUrl(place.repository, url, {
      folder,
      ...(options.config === undefined ? {} : { config: options.config }),
    });
    try {
      const dep: DvcDep = { path, content: { ...(await seenContent(place, source)), ...config }, repo: null };
      if (options.only === "look") return record(place, dep, { content: null, seen: true });
      await bringSource(source, place.target.absolute, flowOf(options));
      const content = await keep(place, options);
      return record(place, dep, { content, seen: true });
    } finally {
      await source.remote.close();
    }
  });
}

/** What a source holds; DVC keeps the listing of a folder of S3, by its ETags. */
export async function seenContent({ repository }: Place, source: UrlSource): Promise<YamlMap> {
  const { fields, listing } = await sourceContent(source);
  if (listing !== null && source.kind === "s3") repository.cache.put(listing, { dir: true });
  return fields;
}

/** Downloads a file or folder that a git repository keeps, by DVC or by git, and versions it with its source. */
export function importRepo(
  project: Project,
  from: { readonly url: string; readonly path: string },
  options: ImportRepoOptions = {},
): Promise<ImportedData> {
  return lockRepository(project, async () => {
    const place = placeOf(project, from.path, options);
    const { rev = null } = options;
    const { repoConfig: config = null, repoRemote: remote = null } = options;
    const repo = { url: from.url, rev, revLock: null, config, remote };
    const dep: DvcDep = { path: from.path, content: {}, repo };
    if (options.only === "record") return record(place, dep, { content: null, seen: false });
    const settings = { config, remote };
    const source = await openRepoSource(from.url, { rev, folder: place.folder, remote: null, settings });
    try {
      return await bringRepo(place, { dep, source }, options);
    } finally {
      await source.close();
    }
  });
}

async function bringRepo(
  place: Place,
  { dep, source }: { readonly dep: DvcDep; readonly source: RepoSource },
  options: ImportOptions,
): Promise<ImportedData> {
  const locked: DvcDep = { ...dep, repo: dep.repo === null ? null : { ...dep.repo, revLock: source.commit } };
  source.check(dep.path);
  if (options.only === "look") return record(place, locked, { content: null, seen: true });
  await bringRepoData(source, dep.path, {
    cache: place.repository.cache,
    target: place.target.absolute,
    ...flowOf(options),
  });
  return record(place, locked, { content: await keep(place, options), seen: true });
}

export interface Seen {
  readonly content: OutContent | null;
  readonly seen: boolean;
}

/** The `.dvc` file comes last: where it is, what it names is in the cache and out of git. */
function record(place: Place, dep: DvcDep, { content, seen }: Seen): ImportedData {
  const { project, repository, target, dvcFile } = place;
  const file: DvcImport = { dep, out: { path: basename(target.absolute), content }, seen };
  const ignored =
    repository.gitRoot === null ? null : ignoreInGit(target.absolute, content?.md5.endsWith(".dir") === true);
  const before = existsSync(dvcFile) ? readFileSync(dvcFile, "utf8") : null;
  const text = printDvcImport(file);
  if (text !== before) writeDurable(dvcFile, text);
  const written = [dvcFile, ...(ignored === null ? [] : [ignored])].map((path) => relative(project.root, path));
  if (repository.autostage && repository.gitRoot !== null) stage(project.root, written);
  return { path: target.path, dvcFile: relative(project.root, dvcFile), content, written, changed: text !== before };
}
