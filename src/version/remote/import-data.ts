import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import {
  type DvcDep,
  type DvcImport,
  importFields,
  isYamlMap,
  parseDvcFile,
  parseYaml,
  patchYaml,
  printDvcImport,
  pythonEqual,
  stageChecksum,
  type YamlMap,
  type YamlValue,
  yamlEntries,
} from "../../format/index.ts";
import { stage } from "../../git/index.ts";
import { openObjects, type Project, writeDurable } from "../../store/index.ts";
import { readDvcIgnore } from "../dvc-ignore.ts";
import { ignoreInGit } from "../git-ignore.ts";
import { contentAt, isComplete, keepContent, type OutContent } from "../out-content.ts";
import { openRepository, type Repository } from "../repository.ts";
import { lockRepository } from "../repository-lock.ts";
import { resolveTarget, type Target } from "../target.ts";
import { outsAround } from "../tracked-outs.ts";
import { DataPathError, MissingDataError, OverlapError } from "../version-error.ts";
import { remotesOf } from "./remotes.ts";
import { bringRepoData, openRepoSource, type RepoSource } from "./repo-source.ts";
import { nothingMoved } from "./transfer.ts";
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
async function seenContent({ repository }: Place, source: UrlSource): Promise<YamlMap> {
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

interface Place {
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

function signalOf({ signal }: ImportOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** Puts what was brought into the cache; or into a remote, and takes it away here. */
async function keep(place: Place, options: ImportOptions): Promise<OutContent> {
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
      const { failed } = { ...nothingMoved, ...(await upload(repository, set, {})) };
      if (failed[0] !== undefined) throw new DataPathError(path, `${path} was not sent: ${failed[0].message}`);
    }
  } finally {
    await remotes.close();
  }
}

interface Seen {
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

export interface UpdateOptions {
  readonly folder?: string;
  /** Another revision of the repository from now on. */
  readonly rev?: string;
  readonly only?: "look" | "remote";
  readonly remote?: string;
  readonly signal?: AbortSignal;
}

/**
 * Brings imports up to what their sources hold now; one whose source did not change is left alone.
 *
 * @param dvcFile relative to the folder
 * @throws {MissingDataError} no such file @throws {DataPathError} it is no import
 */
export function updateImport(project: Project, dvcFile: string, options: UpdateOptions = {}): Promise<ImportedData> {
  return lockRepository(project, async () => {
    const absolute = resolve(options.folder ?? project.root, dvcFile.endsWith(".dvc") ? dvcFile : `${dvcFile}.dvc`);
    if (!existsSync(absolute)) throw new MissingDataError(dvcFile, `'${dvcFile}' does not exist`);
    const text = readFileSync(absolute, "utf8");
    const file = parseDvcFile(text, relative(project.root, absolute));
    const [dep] = file.deps;
    const [out] = file.outs;
    if (dep === undefined || out === undefined) {
      throw new DataPathError(
        dvcFile,
        `${dvcFile} is no import, and has nowhere to be updated from. Version its data anew: stemma add`,
      );
    }
    const target = resolveTarget(project, dirname(absolute), out.path);
    const place = {
      project,
      repository: openRepository(project),
      folder: dirname(absolute),
      target,
      dvcFile: absolute,
    };
    const has: Seen = { content: contentOf(out), seen: true };
    return dep.repo === null
      ? updateUrl(place, { text, dep, has }, options)
      : updateRepo(place, { text, dep, has }, options);
  });
}

function contentOf({ md5, size, nfiles, isexec }: ReturnType<typeof parseDvcFile>["outs"][number]): OutContent | null {
  return md5 === null ? null : { md5, size: size ?? 0, nfiles, isexec };
}

interface Known {
  readonly text: string;
  readonly dep: DvcDep;
  readonly has: Seen;
}

async function updateUrl(place: Place, known: Known, options: UpdateOptions): Promise<ImportedData> {
  const { fs_config: given, ...before } = known.dep.content as Readonly<Record<string, YamlMap>>;
  const config = new Map(Object.entries(given ?? {}).map(([key, value]) => [key, String(value)]));
  const source = await openUrl(place.repository, known.dep.path, { folder: place.folder, config });
  try {
    const now = await seenContent(place, source);
    const same = pythonEqual(withoutHash(before), withoutHash(now)) && known.has.content !== null;
    if (same && isHere(place, known.has)) return unchanged(place, known);
    const dep = { ...known.dep, content: { ...now, ...(given === undefined ? {} : { fs_config: given }) } };
    if (options.only === "look") {
      await removeOld(place, known.has);
      return rewrite(place, known, { dep, content: null });
    }
    await bringSource(source, place.target.absolute, options.signal);
    return rewrite(place, known, { dep, content: await keep(place, options) });
  } finally {
    await source.remote.close();
  }
}

function withoutHash(content: Readonly<Record<string, unknown>> | YamlMap): YamlMap {
  return Object.fromEntries(Object.entries(content).filter(([key]) => key !== "hash"));
}

function isHere({ target }: Place, { content }: Seen): boolean {
  return content !== null && existsSync(target.absolute);
}

async function updateRepo(place: Place, known: Known, options: UpdateOptions): Promise<ImportedData> {
  const { repo } = known.dep;
  if (repo === null) return unchanged(place, known);
  if (options.only === "remote") {
    throw new DataPathError(
      known.dep.path,
      "Data imported from other DVC or Git repositories can't be updated with --to-remote",
    );
  }
  const rev = options.rev ?? repo.rev;
  const remote = typeof repo.remote === "string" ? repo.remote : null;
  const source = await openRepoSource(repo.url, { rev, folder: place.folder, remote });
  try {
    const same = source.commit === repo.revLock && known.has.content !== null;
    if (same && rev === repo.rev && isHere(place, known.has)) return unchanged(place, known);
    const dep = { ...known.dep, repo: { ...repo, rev, revLock: source.commit } };
    source.check(dep.path);
    if (options.only === "look") {
      await removeOld(place, known.has);
      return rewrite(place, known, { dep, content: null });
    }
    await bringRepoData(source, dep.path, {
      cache: place.repository.cache,
      target: place.target.absolute,
      ...signalOf(options),
    });
    return rewrite(place, known, { dep, content: await keep(place, options) });
  } finally {
    await source.close();
  }
}

function unchanged({ project, target, dvcFile }: Place, { has }: Known): ImportedData {
  return {
    path: target.path,
    dvcFile: relative(project.root, dvcFile),
    content: has.content,
    written: [],
    changed: false,
  };
}

/** What describes content in an entry: replaced as a whole, where other keys (`desc`, `remote`, …) stay. */
const contentKeys = new Set("md5 etag checksum size nfiles isexec hash version_id".split(" "));

/** The file with its new facts: comments, descriptions and the order of the keys stay. */
function rewrite(
  { project, target, dvcFile }: Place,
  { text, has }: Known,
  { dep, content }: { readonly dep: DvcDep; readonly content: OutContent | null },
): ImportedData {
  const path = relative(project.root, dvcFile);
  const before = fieldsOf(parseYaml(text, path));
  const out = { path: basename(target.absolute), content };
  // DVC takes the checksum while the old content is still written there, and the content away after that.
  const counted = merged(
    before,
    fieldsOf(importFields({ dep, out: { ...out, content: content ?? has.content }, seen: true })),
  );
  const value = { ...merged(before, fieldsOf(importFields({ dep, out, seen: true }))), md5: counted["md5"] ?? null };
  const lean = content === null ? patchYaml(text, [], { value: { ...counted, md5: value.md5 }, path }) : text;
  const patched = patchYaml(content === null ? withoutFirstContent(lean) : lean, [], { value, path });
  if (patched !== text) writeDurable(dvcFile, patched);
  const written = patched === text ? [] : [path];
  return { path: target.path, dvcFile: path, content, written, changed: patched !== text };
}

type Mapping = Readonly<Record<string, YamlValue>>;

function fieldsOf(value: YamlValue): Mapping {
  return isYamlMap(value) ? Object.fromEntries(yamlEntries(value).map(([key, item]) => [String(key), item])) : {};
}

function entriesOf(value: YamlValue | undefined): readonly Mapping[] {
  return Array.isArray(value) ? value.map((item: YamlValue) => fieldsOf(item)) : [];
}

/** What describes an output's content, where it comes first in the entry and shares its line with the dash. */
function withoutFirstContent(text: string): string {
  const outs = text.search(/^outs:/m);
  return text.slice(0, outs) + text.slice(outs).replace(/^( *)- (?:(?:md5|size|nfiles|isexec): .*\n +)+/m, "$1- ");
}

/** What a file says, with the content of its first dependency and output replaced; its checksum is of all of it. */
function merged(before: Mapping, next: Mapping): Mapping {
  const entry = (key: string): readonly Mapping[] => {
    const [old = {}, ...rest] = entriesOf(before[key]);
    const kept = Object.entries(old).filter(([name]) => !contentKeys.has(name));
    return [
      { ...entriesOf(next[key])[0], ...Object.fromEntries(kept), ...pathAndRepo(entriesOf(next[key])[0]) },
      ...rest,
    ];
  };
  const { md5: _, ...others } = before;
  const body = { ...others, deps: entry("deps"), outs: entry("outs") };
  return { md5: stageChecksum(body), ...body };
}

function pathAndRepo(entry: Mapping | undefined): Mapping {
  const { path = null, repo = null } = entry ?? {};
  return { ...(path === null ? {} : { path }), ...(repo === null ? {} : { repo }) };
}

/** Takes away what an import brought before, where its content is kept: it is no longer what the file says. */
async function removeOld({ project, repository, target }: Place, { content }: Seen): Promise<void> {
  if (content === null || !isComplete(repository, content.md5, "md5")) return;
  const at = { repository, rules: readDvcIgnore(project.root), absolute: target.absolute, path: target.path };
  const now = await contentAt(at, "md5");
  if (now?.md5 === content.md5) rmSync(target.absolute, { recursive: true });
}
