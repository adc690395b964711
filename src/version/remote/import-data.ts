import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { type DvcDep, type DvcImport, printDvcImport, type YamlMap } from "../../format/index.ts";
import { stage } from "../../git/index.ts";
import { openObjects, type Project, writeDurable } from "../../store/index.ts";
import { readDvcIgnore } from "../dvc-ignore.ts";
import { ignoreInGit } from "../git-ignore.ts";
import { keepContent, type OutContent } from "../out-content.ts";
import { openRepository, type Repository } from "../repository.ts";
import { lockRepository } from "../repository-lock.ts";
import { resolveTarget, type Target } from "../target.ts";
import { outsAround } from "../tracked-outs.ts";
import { DataPathError, OverlapError } from "../version-error.ts";
import { remotesOf } from "./remotes.ts";
import { bringRepoData, openRepoSource, type RepoSource } from "./repo-source.ts";
import { upload } from "./upload.ts";
import { bringSource, nameOf, openUrl, recordedPath, sourceContent, type UrlSource } from "./url-source.ts";
import { wantedObjects } from "./wanted-objects.ts";

export interface ImportOptions {
  /** Where the data goes, relative to the working folder; the source's own name there without it. */
  readonly out?: string;
  /** What relative paths are relative to; the project's root without it. */
  readonly folder?: string;
  /** Replaces what stands at the place. */
  readonly force?: boolean;
  /** `record`: only writes down where it comes from. `look`: also what it holds there. `remote`: straight to a remote. */
  readonly only?: "record" | "look" | "remote";
  /** The remote for `only: "remote"`. */
  readonly remote?: string;
  readonly signal?: AbortSignal;
}

export interface ImportUrlOptions extends ImportOptions {
  /** Options of the place, as those of a remote (`endpointurl`, …); kept in the `.dvc` file. */
  readonly config?: ReadonlyMap<string, string>;
}

export interface ImportRepoOptions extends ImportOptions {
  /** Branch, tag or commit; the default branch without it. */
  readonly rev?: string;
  /** Remote of that repository to get the data from. */
  readonly repoRemote?: string;
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
      await bringSource(source, place.target.absolute, options.signal);
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
    const repo = { url: from.url, rev, revLock: null, config: null, remote: options.repoRemote ?? null };
    const dep: DvcDep = { path: from.path, content: {}, repo };
    if (options.only === "record") return record(place, dep, { content: null, seen: false });
    const source = await openRepoSource(from.url, { rev, folder: place.folder, remote: options.repoRemote ?? null });
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
    ...signalOf(options),
  });
  return record(place, locked, { content: await keep(place, options), seen: true });
}

export interface Place {
  readonly project: Project;
  readonly repository: Repository;
  readonly folder: string;
  readonly target: Target;
  readonly dvcFile: string;
}

/**
 * Where an import goes.
 *
 * @throws {DataPathError} something stands there, and nobody said `force` @throws {OverlapError} another file versions it
 */
function placeOf(project: Project, source: string, options: ImportOptions): Place {
  const folder = options.folder ?? project.root;
  const name = nameOf(source);
  const given = options.out ?? name;
  const isFolder = statSync(resolve(folder, given), { throwIfNoEntry: false })?.isDirectory() === true;
  const target = resolveTarget(project, folder, options.out !== undefined && isFolder ? join(given, name) : given);
  if (existsSync(target.absolute) && options.force !== true) {
    throw new DataPathError(
      target.given,
      `The file '${target.given}' already exists locally. To override it, re-run with '--force'.`,
    );
  }
  const dvcFile = `${target.absolute}.dvc`;
  const other = outsAround(project, target.path).find((out) => out.dvcFile !== dvcFile);
  if (other !== undefined) {
    throw new OverlapError(
      target.given,
      `${target.given} is, holds or lies in ${other.path}, which ${relative(project.root, other.dvcFile)} versions. Choose another place: --out.`,
    );
  }
  return { project, repository: openRepository(project), folder, target, dvcFile };
}

export function signalOf({ signal }: ImportOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** Puts what was brought into the cache; or into a remote, and takes it away here. */
export async function keep(place: Place, options: ImportOptions): Promise<OutContent> {
  const { project, repository, target } = place;
  const at = { repository, rules: readDvcIgnore(project.root), absolute: target.absolute, path: target.path };
  if (options.only !== "remote") return keepContent(at, signalOf(options));
  const aside = openObjects(join(project.dvcFolder, "tmp", "to-remote"));
  const passing = { ...repository, cache: aside, linkTypes: ["copy" as const] };
  try {
    const content = await keepContent({ ...at, repository: passing }, signalOf(options));
    await sendAll(passing, { content, path: target.path, remote: options.remote ?? null });
    return content;
  } finally {
    rmSync(aside.folder, { recursive: true, force: true });
    rmSync(target.absolute, { recursive: true, force: true });
  }
}

async function sendAll(
  repository: Repository,
  { content, path, remote }: { readonly content: OutContent; readonly path: string; readonly remote: string | null },
): Promise<void> {
  const remotes = remotesOf(repository, "import-url");
  try {
    const out = {
      ...{ path, file: "", stage: null, md5: content.md5, hash: "md5" as const, bytes: content.size, isexec: false },
      ...{ cache: true, remote: null, push: true, kind: "data" as const, deps: [], source: null },
    };
    const sets = await wantedObjects({ repository, remotes }, [{ out, part: null }], {
      remote,
      loadListings: false,
      onMissing: () => {},
    });
    for (const set of sets) {
      const { failed } = await upload(repository, set, {});
      if (failed[0] !== undefined) throw new DataPathError(path, `${path} was not sent: ${failed[0].message}`);
    }
  } finally {
    await remotes.close();
  }
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
