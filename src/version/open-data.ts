import { createHash } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import { posix, relative, resolve, sep } from "node:path";
import { type ByteSource, bytesSource, fileSource } from "../frame/index.ts";
import { CorruptObjectError, MissingObjectError, type Project } from "../store/index.ts";
import { isCached, objectPath } from "./cached-content.ts";
import { readDvcIgnore } from "./dvc-ignore.ts";
import { listFiles } from "./list-files.ts";
import { openState, type RecordedState, type StateChoice } from "./recorded-state.ts";
import { type DataOut, download, loadListing, remotePath } from "./remote/index.ts";
import { MissingDataError } from "./version-error.ts";

/** A file of some data, wherever its bytes are. */
export interface DataFile {
  /** From the data, with `/`; empty for a file itself. */
  readonly relpath: string;
  /** null where nobody recorded it. */
  readonly md5: string | null;
  /** For reading parts of it; what is at a remote comes into the project's cache. */
  open(): Promise<ByteSource>;
  /** From the cache, else straight from the remote; what comes is verified. */
  stream(): AsyncIterable<Uint8Array>;
}

/** Data that is open for reading; the caller closes it. */
export interface OpenedData {
  /** From the root of its project, with `/`; as it was given where it is in none. */
  readonly path: string;
  readonly folder: boolean;
  /** Of the whole; null where nobody recorded it, and of a part of a folder. */
  readonly md5: string | null;
  /** In the order of their paths. */
  readonly files: readonly DataFile[];
  close(): Promise<void>;
}

/** A path, or a version of it. */
export type DataWanted = string | { readonly path: string; readonly md5: string };

export interface OpenOptions extends StateChoice {
  /** What a path is relative to. */
  readonly folder: string;
  readonly signal?: AbortSignal;
}

/**
 * Opens a file or folder: as it lies in the folder, else as it is recorded; of a commit, of another repository or a version where
 * those are asked for.
 *
 * @throws {MissingDataError} nothing there, and nothing recorded @throws {RevisionError} @throws {CloneError}
 */
export async function openData(project: Project, wanted: DataWanted, options: OpenOptions): Promise<OpenedData> {
  if (typeof wanted === "string" && options.rev === undefined && options.repo === undefined) {
    const absolute = resolve(options.folder, wanted);
    if (existsSync(absolute)) return dataHere(project, absolute);
  }
  const state = await openState(project, options, options);
  try {
    return await dataOfState(state, wanted, { project, ...options });
  } catch (error) {
    await state.close();
    throw error;
  }
}

function dataHere(project: Project, absolute: string): OpenedData {
  const path = relative(project.root, absolute).split(sep).join("/");
  const folder = statSync(absolute).isDirectory();
  const found = folder ? listFiles({ absolute, path }, readDvcIgnore(project.root)) : [{ relpath: "", absolute }];
  const files = found.map(
    (file): DataFile => ({
      relpath: file.relpath,
      md5: null,
      open: () => fileSource(file.absolute),
      stream: () => createReadStream(file.absolute),
    }),
  );
  return { path, folder, md5: null, files: sorted(files), close: async () => {} };
}

interface Around extends OpenOptions {
  readonly project: Project;
}

async function dataOfState(state: RecordedState, wanted: DataWanted, around: Around): Promise<OpenedData> {
  if (typeof wanted !== "string") return versionOf(state, wanted, around);
  const path = around.repo === undefined ? fromRoot(around, wanted) : posix.normalize(wanted).replace(/\/$/, "");
  const own = state.outs.find((out) => out.path === path || path.startsWith(`${out.path}/`));
  const outs = own === undefined ? state.outs.filter((out) => out.path.startsWith(`${path}/`)) : [own];
  const files: DataFile[] = [];
  for (const out of outs) files.push(...(await filesOf(state, { out, path }, around)));
  files.push(...committedFiles(state, path));
  if (files.length === 0 && own?.path !== path) throw nothingAt(state, wanted);
  const folder = own?.path === path ? own.md5?.endsWith(".dir") === true : files[0]?.relpath !== "";
  const md5 = own?.path === path ? own.md5 : null;
  return { path, folder, md5, files: sorted(files), close: () => state.close() };
}

function fromRoot({ project, folder }: Around, path: string): string {
  return relative(project.root, resolve(folder, path)).split(sep).join("/");
}

function nothingAt(state: RecordedState, given: string): MissingDataError {
  const there = [...new Set(state.outs.map((out) => out.path))].slice(0, 10).map((path) => `"${path}"`);
  const hint = there.length === 0 ? "it has no data" : `it has ${there.join(", ")}`;
  return new MissingDataError(given, `There is no data "${given}" in ${state.place}; ${hint}.`);
}

/** A version by its digest: the cache has it, or a remote. */
async function versionOf(
  state: RecordedState,
  { path, md5 }: Exclude<DataWanted, string>,
  around: Around,
): Promise<OpenedData> {
  const known = state.outs.find((out) => out.path === path);
  const out: DataOut = { ...(known ?? blankOut), path, md5, hash: known?.md5 === md5 ? known.hash : "md5" };
  const files = await filesOf(state, { out, path }, around);
  return { path, folder: md5.endsWith(".dir"), md5, files: sorted(files), close: () => state.close() };
}

const blankOut: DataOut = {
  path: "",
  file: "",
  stage: null,
  md5: null,
  hash: "md5",
  bytes: null,
  isexec: false,
  cache: true,
  remote: null,
  push: true,
  kind: "data",
  deps: [],
  source: null,
};

interface OutPart {
  readonly out: DataOut;
  /** The path that was asked for: the output, in it, or above it. */
  readonly path: string;
}

async function filesOf(state: RecordedState, { out, path }: OutPart, around: Around): Promise<readonly DataFile[]> {
  if (out.md5 === null) {
    throw new MissingDataError(
      out.path,
      `${out.file} records no content of ${out.path} yet; run version("${out.path}").`,
    );
  }
  const at = await state.remotes.getOrNone(out.remote ?? state.remote);
  const { entries } = await loadListing(state.repository, out, at);
  if (entries === null) throw new MissingObjectError(out.md5, nowhere(out.path));
  return entries.flatMap(({ relpath, md5 }): readonly DataFile[] => {
    const file = relpath === "" ? out.path : `${out.path}/${relpath}`;
    if (file !== path && !file.startsWith(`${path}/`)) return [];
    return [objectFile({ state, out, around }, { relpath: file.slice(path.length + 1), md5, name: file })];
  });
}

interface ObjectPlace {
  readonly state: RecordedState;
  readonly out: DataOut;
  readonly around: Around;
}

interface ObjectName {
  readonly relpath: string;
  readonly md5: string;
  readonly name: string;
}

function objectFile(place: ObjectPlace, { relpath, md5, name }: ObjectName): DataFile {
  const { state, out } = place;
  const path = objectPath(state.repository, md5, out.hash);
  const stream = (): AsyncIterable<Uint8Array> =>
    existsSync(path) ? createReadStream(path) : fromRemote(place, { relpath, md5, name });
  const open = async (): Promise<ByteSource> => {
    if (!existsSync(path) && state.own) await intoCache(place, { relpath, md5, name });
    if (existsSync(path)) return fileSource(path);
    const blocks: Uint8Array[] = [];
    for await (const bytes of stream()) blocks.push(bytes);
    return bytesSource(Buffer.concat(blocks));
  };
  return { relpath, md5, open, stream };
}

async function* fromRemote({ state, out, around }: ObjectPlace, { md5, name }: ObjectName): AsyncGenerator<Uint8Array> {
  const { remote } = await state.remotes.getOrNone(out.remote ?? state.remote);
  const path = remotePath(md5, out.hash);
  if ((await remote.stat(path)) === null) throw new MissingObjectError(md5, nowhere(name));
  const hash = createHash("md5");
  for await (const bytes of await remote.read(path, around.signal === undefined ? {} : { signal: around.signal })) {
    around.signal?.throwIfAborted();
    hash.update(bytes);
    yield bytes;
  }
  // DVC 2's digest of a text is not that of its bytes.
  if (out.hash === "md5" && hash.digest("hex") !== md5) throw new CorruptObjectError(md5, `${remote.url}/${path}`);
}

async function intoCache({ state, out, around }: ObjectPlace, { md5, name }: ObjectName): Promise<void> {
  const at = await state.remotes.getOrNone(out.remote ?? state.remote);
  const object = { digest: md5, hash: out.hash, name, listings: new Set<string>() };
  const wanted = { at, objects: new Map([[md5, object]]), loaded: { files: 0, bytes: 0 } };
  const options = around.signal === undefined ? {} : { signal: around.signal };
  const { missing, failed } = await download(state.repository, wanted, options);
  const [failure] = failed;
  if (failure !== undefined)
    throw new MissingDataError(name, `${name} did not come from ${at.name}: ${failure.message}`);
  if (missing.length > 0 || !isCached(state.repository, md5, out.hash))
    throw new MissingObjectError(md5, nowhere(name));
}

/** What git itself keeps of a path. */
function committedFiles({ revision }: RecordedState, path: string): readonly DataFile[] {
  const paths = revision?.paths.filter((file) => file === path || file.startsWith(`${path}/`)) ?? [];
  const kept = paths.filter((file) => file === path || !/(\.dvc|\.gitignore)$/.test(file));
  return kept.map((file) => {
    const content = (): Uint8Array => revision?.read(file) ?? Buffer.alloc(0);
    return {
      relpath: file.slice(path.length + 1),
      md5: null,
      open: async () => bytesSource(content()),
      stream: async function* () {
        yield content();
      },
    };
  });
}

function sorted(files: readonly DataFile[]): readonly DataFile[] {
  return files.toSorted((a, b) => (a.relpath < b.relpath ? -1 : 1));
}

/**
 * Brings all files of a version into the project's cache.
 *
 * @throws {MissingObjectError} neither the cache nor a remote has one
 */
export async function bringToCache(project: Project, wanted: DataWanted, options: OpenOptions): Promise<OpenedData> {
  const data = await openData(project, wanted, options);
  try {
    for (const file of data.files) if (file.md5 !== null) await (await file.open()).close();
    return data;
  } finally {
    await data.close();
  }
}

function nowhere(path: string): string {
  return `the cache, nor at a remote (${path})`;
}
