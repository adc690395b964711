import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, posix, relative, resolve, sep } from "node:path";
import { pathFault, printDir, pythonJson, pythonRepr, type YamlMap } from "../../format/index.ts";
import {
  eachAtOnce,
  md5,
  openRemote,
  type Remote,
  RemoteError,
  type RemoteFile,
  temporaryName,
} from "../../store/index.ts";
import type { Repository } from "../repository.ts";
import { DataPathError } from "../version-error.ts";
import { urlSettings } from "./remotes.ts";

/** A file or folder at a URL or path outside of what DVC keeps. */
export interface UrlSource {
  readonly remote: Remote;
  /** As it was given. */
  readonly path: string;
  /** The same, `remote://` resolved. */
  readonly url: string;
  readonly folder: boolean;
  readonly files: readonly RemoteFile[];
  /** How DVC tells its versions apart. */
  readonly kind: "local" | "s3" | "http" | "other";
}

export interface UrlOptions {
  readonly folder: string;
  /** Options of the place, as those of a remote (`endpointurl`, …). */
  readonly config?: ReadonlyMap<string, string>;
  /** Looks only at a folder's own files and folders. */
  readonly shallow?: boolean;
}

/**
 * Opens what a URL names and looks at it; the caller closes its remote.
 *
 * @param url `s3://`, `ssh://`, `http(s)://`, `remote://name/path`, or a path
 * @throws {RemoteError} `MISSING`: nothing there
 */
export async function openUrl(repository: Repository | null, url: string, options: UrlOptions): Promise<UrlSource> {
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(url);
  const settings = isUrl
    ? urlSettings(repository, url, options.config ?? new Map())
    : { url: resolve(options.folder, url), options: new Map<string, string>() };
  const remote = await openRemote(settings);
  try {
    const root = await remote.stat("");
    if (root === null) throw new RemoteError("MISSING", `dependency '${url}' does not exist`);
    const files = root.folder ? await filesBelow(remote, options.shallow === true) : [root];
    return { remote, path: url, url: settings.url, folder: root.folder, files, kind: kindOf(settings.url, remote) };
  } catch (error) {
    await remote.close();
    throw error;
  }
}

function kindOf(url: string, remote: Remote): UrlSource["kind"] {
  if (remote.localFolder !== null) return "local";
  if (url.startsWith("s3://")) return "s3";
  return /^https?:/.test(url) ? "http" : "other";
}

/** @throws {DataPathError} a name that would leave the folder that it is written to */
async function filesBelow(remote: Remote, shallow: boolean): Promise<readonly RemoteFile[]> {
  const files: RemoteFile[] = [];
  for await (const file of remote.list("", { recursive: !shallow })) {
    const fault = pathFault(file.path);
    if (fault !== null)
      throw new DataPathError(file.path, `"${file.path}" at ${remote.url} ${fault}; nothing is written.`);
    files.push(file);
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** The name that data from a URL gets where none is given. */
export function nameOf(url: string): string {
  const path = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] ?? url;
  return basename(path.replace(/\/+$/, ""));
}

/** A source as a `.dvc` file beside its data names it: inside the project from there, else as it was given. */
export function recordedPath(
  root: string,
  url: string,
  at: { readonly folder: string; readonly beside: string },
): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return url;
  const absolute = resolve(at.folder, url);
  const inside = relative(root, absolute);
  if (inside.startsWith(`..${sep}`) || inside === ".." || isAbsolute(inside)) return url;
  return relative(at.beside, absolute).split(sep).join("/");
}

export interface SourceContent {
  /** As a `.dvc` file records it. */
  readonly fields: YamlMap;
  /** Of a folder; null for a file. */
  readonly listing: string | null;
}

/** What a source holds now, as a `.dvc` file records it. Reads all of a folder here, and only what a place says elsewhere. */
export async function sourceContent(source: UrlSource): Promise<SourceContent> {
  const { files, folder, kind } = source;
  const size = files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
  if (!folder) {
    const [file] = files;
    if (file === undefined) return { fields: {}, listing: null };
    const length = file.bytes === null ? {} : { size: file.bytes };
    return { fields: { ...(await hashOf(source, file)), ...length }, listing: null };
  }
  const hashed = new Map<string, YamlMap>();
  await eachAtOnce(files, source.remote.jobs, async (file) => {
    hashed.set(file.path, await hashOf(source, file));
  });
  const listing =
    kind === "s3"
      ? pythonJson(files.map(({ path }) => ({ ...hashed.get(path), relpath: path })))
      : printDir(
          files.map(({ path }) => ({ relpath: path, md5: String((hashed.get(path) as { md5?: string })?.md5) })),
        );
  return { fields: { md5: `${md5(listing)}.dir`, size, nfiles: files.length }, listing };
}

async function hashOf(source: UrlSource, file: RemoteFile): Promise<YamlMap> {
  if (source.kind === "s3") return { etag: file.etag ?? "" };
  if (source.kind === "http") return { checksum: file.etag ?? checksumOf(source, file) };
  const hash = createHash("md5");
  for await (const bytes of await source.remote.read(file.path)) hash.update(bytes);
  return { md5: hash.digest("hex") };
}

/** Where a server tells versions apart by nothing: Python's text of all that it said, hashed (fsspec/spec.py, checksum). */
function checksumOf(source: UrlSource, file: RemoteFile): string {
  const said = { name: source.url, size: file.bytes, ...file.answer, type: "file" };
  return BigInt(`0x${md5(`(${pythonRepr(said)},)`)}`).toString();
}

/**
 * Brings a source into a folder of this machine, whole or not at all.
 *
 * @param target absolute; what stands there is replaced
 */
export async function bringSource(
  source: UrlSource,
  target: string,
  { signal, jobs }: { readonly signal?: AbortSignal; readonly jobs?: number } = {},
): Promise<void> {
  const aside = join(dirname(target), temporaryName());
  try {
    if (source.folder) mkdirSync(aside, { recursive: true });
    else mkdirSync(dirname(target), { recursive: true });
    await eachAtOnce(source.files, jobs ?? source.remote.jobs, async ({ path }) => {
      const file = path === "" ? aside : join(aside, ...posix.normalize(path).split("/"));
      mkdirSync(dirname(file), { recursive: true });
      await bringFile(source.remote, path, { file, ...(signal === undefined ? {} : { signal }) });
    });
    rmSync(target, { recursive: true, force: true });
    renameSync(aside, target);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

const attempts = 4;

/** A broken connection is taken up where it broke. */
async function bringFile(
  remote: Remote,
  path: string,
  { file, signal }: { readonly file: string; readonly signal?: AbortSignal },
): Promise<void> {
  const target = await open(file, "w");
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        const from = statSync(file).size;
        for await (const bytes of await remote.read(path, { from, ...(signal === undefined ? {} : { signal }) })) {
          await target.writeFile(bytes);
        }
        return;
      } catch (error) {
        const again = error instanceof RemoteError && error.trouble === "UNREACHABLE" && attempt < attempts;
        if (!again) throw error;
      }
    }
  } finally {
    await target.close();
  }
}
