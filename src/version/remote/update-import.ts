import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";
import {
  type DvcDep,
  importFields,
  isYamlMap,
  parseDvcFile,
  parseYaml,
  patchYaml,
  pythonEqual,
  stageChecksum,
  type YamlMap,
  type YamlValue,
  yamlEntries,
} from "../../format/index.ts";
import { type Project, writeDurable } from "../../store/index.ts";
import { readDvcIgnore } from "../dvc-ignore.ts";
import { contentAt, isComplete, type OutContent } from "../out-content.ts";
import { openRepository } from "../repository.ts";
import { lockRepository } from "../repository-lock.ts";
import { resolveTarget } from "../target.ts";
import { DataPathError, MissingDataError, refuseCloud } from "../version-error.ts";
import { type ImportedData, type Seen, seenContent } from "./import-data.ts";
import { flowOf, keep, type Place } from "./import-place.ts";
import { bringRepoData, openRepoSource } from "./repo-source.ts";
import { bringSource, openUrl } from "./url-source.ts";

export interface UpdateOptions {
  readonly folder?: string;
  /** Another revision of the repository from now on. */
  readonly rev?: string;
  readonly only?: "look" | "remote";
  readonly remote?: string;
  /** Transfers at once. */
  readonly jobs?: number;
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
    refuseCloud(dvcFile, out);
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
    const same = isSameContent(before, now) && known.has.content !== null;
    if (same && isHere(place, known.has)) return unchanged(place, known);
    const dep = { ...known.dep, content: { ...now, ...(given === undefined ? {} : { fs_config: given }) } };
    if (options.only === "look") {
      await removeOld(place, known.has);
      return rewrite(place, known, { dep, content: null });
    }
    await bringSource(source, place.target.absolute, flowOf(options));
    return rewrite(place, known, { dep, content: await keep(place, options) });
  } finally {
    await source.remote.close();
  }
}

/** Whether a source holds what is recorded of it. */
export function isSameContent(before: Readonly<Record<string, unknown>> | YamlMap, now: YamlMap): boolean {
  return pythonEqual(withoutHash(before), withoutHash(now));
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
  const source = await openRepoSource(repo.url, { rev, folder: place.folder, remote: null, settings: repo });
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
      ...flowOf(options),
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
  const patched = patchYaml(text, [], { value, path });
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
