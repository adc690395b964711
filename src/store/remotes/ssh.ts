import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { posix } from "node:path";
import { type Readable, Transform, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FileEntryWithStats, SFTPWrapper, Stats } from "ssh2";
import { temporaryName } from "../files.ts";
import { eachAtOnce } from "./at-once.ts";
import { checkBytes } from "./local.ts";
import type { Upload, WriteOptions } from "./remote.ts";
import { below, type ReadOptions, type Remote, type RemoteFile, type RemoteSettings } from "./remote.ts";
import { isUnreachable, missingFile, RemoteError } from "./remote-error.ts";
import { connectSftp, type SftpConnection } from "./ssh-connect.ts";

interface Place {
  readonly connection: SftpConnection;
  readonly sftp: SFTPWrapper;
  readonly url: string;
  /** Absolute folder on the other machine. */
  readonly root: string;
  /** Folders that are known to be there. */
  readonly made: Set<string>;
}

/** A folder on a machine that lets one in over SSH. */
export async function openSshRemote(settings: RemoteSettings): Promise<Remote> {
  const connection = await connectSftp(settings);
  const { sftp, url, root } = connection;
  const place: Place = { connection, sftp, url, root, made: new Set() };
  return {
    url,
    jobs: 16,
    localFolder: null,
    lists: true,
    writes: true,
    stat: (path) => statOf(place, path),
    list: (folder, options = {}) => listBelow(place, folder, options.recursive !== false),
    read: (path, options = {}) => readFrom(place, path, options),
    write: (path, upload, options = {}) => writeTo(place, { path, upload }, options),
    remove: (paths) => eachAtOnce(paths, 16, (path) => removeOne(place, path)),
    close: async () => connection.close(),
  };
}

type Callback<T> = (error: Error | null | undefined, value: T) => void;

function call<T>(place: Place, path: string, work: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(sshError(place, path, place.connection.failure()));
    if (place.connection.failure() !== null) {
      gone();
      return;
    }
    place.connection.onClose(gone);
    work((error, value) => {
      place.connection.offClose(gone);
      if (error === null || error === undefined) resolve(value);
      else reject(sshError(place, path, error));
    });
  });
}

// SFTP's status codes (draft-ietf-secsh-filexfer-02, section 7).
const noSuchFile = 2;
const denied = 3;

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null ? Reflect.get(error, "code") : null;
}

function sshError(place: Place, path: string, cause: unknown): unknown {
  if (cause instanceof RemoteError || (cause as { readonly name?: unknown } | null)?.name === "AbortError")
    return cause;
  if (codeOf(cause) === noSuchFile) return missingFile(place.url, path, cause);
  const message = cause instanceof Error ? cause.message : "the connection ended";
  if (codeOf(cause) === denied) {
    return new RemoteError("DENIED", `${place.url} does not allow it for ${path || "its folder"}: ${message}.`, {
      cause,
    });
  }
  const trouble = cause === null || isUnreachable(cause) ? "UNREACHABLE" : "FAILED";
  return new RemoteError(trouble, `${place.url} failed for ${path || "its folder"}: ${message}.`, { cause });
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RemoteError && error.trouble === "MISSING") return null;
    throw error;
  }
}

async function statOf(place: Place, path: string): Promise<RemoteFile | null> {
  const stats = await statsAt(place, below(place.root, path));
  if (stats === null || !(stats.isFile() || stats.isDirectory())) return null;
  return { path, bytes: stats.isFile() ? stats.size : null, folder: stats.isDirectory(), etag: null };
}

function statsAt(place: Place, absolute: string): Promise<Stats | null> {
  return orNull(call<Stats>(place, absolute, (done) => place.sftp.stat(absolute, done)));
}

async function* listBelow(place: Place, folder: string, recursive: boolean): AsyncIterable<RemoteFile> {
  // Folders are asked for side by side: one answer takes as long as the way there and back.
  let level: readonly string[] = [folder];
  while (level.length > 0) {
    const next: string[] = [];
    const found: RemoteFile[] = [];
    await eachAtOnce(level, 16, async (at) => {
      for (const file of await entriesOf(place, at)) {
        if (file.folder && recursive) next.push(file.path);
        else found.push(file);
      }
    });
    yield* found;
    level = next;
  }
}

async function entriesOf(place: Place, folder: string): Promise<readonly RemoteFile[]> {
  const entries = await orNull(
    call<readonly FileEntryWithStats[]>(place, folder, (done) => place.sftp.readdir(below(place.root, folder), done)),
  );
  return (entries ?? [])
    .filter(({ attrs }) => attrs.isFile() || attrs.isDirectory())
    .map(({ filename, attrs }) => ({
      path: posix.join(folder, filename),
      bytes: attrs.isFile() ? attrs.size : null,
      folder: attrs.isDirectory(),
      etag: null,
    }));
}

async function readFrom(place: Place, path: string, options: ReadOptions): Promise<AsyncIterable<Uint8Array>> {
  const { from = 0, signal } = options;
  const target = below(place.root, path);
  const handle = await call<Buffer>(place, path, (done) => place.sftp.open(target, "r", done));
  return bytesOf(place, { path, handle, from }, signal ?? null);
}

interface OpenFile {
  readonly path: string;
  readonly handle: Buffer;
  readonly from: number;
}

async function* bytesOf(place: Place, file: OpenFile, signal: AbortSignal | null): AsyncIterable<Uint8Array> {
  const stream: Readable = place.sftp.createReadStream(below(place.root, file.path), {
    handle: file.handle,
    start: file.from,
    highWaterMark: 256 * 1024,
  });
  quiet(stream);
  const stop = (): void => void stream.destroy(new DOMException("Stopped.", "AbortError"));
  const gone = (): void => void stream.destroy(place.connection.failure() ?? new Error("the connection ended"));
  signal?.addEventListener("abort", stop, { once: true });
  place.connection.onClose(gone);
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw sshError(place, file.path, error);
  } finally {
    signal?.removeEventListener("abort", stop);
    place.connection.offClose(gone);
    stream.destroy();
  }
}

// A handle whose close was still on its way when the connection ended is told to nobody.
function quiet(stream: Readable | Writable): void {
  stream.on("error", () => {});
}

interface Target {
  readonly path: string;
  readonly upload: Upload;
}

async function writeTo(place: Place, { path, upload }: Target, options: WriteOptions): Promise<void> {
  const target = below(place.root, path);
  const folder = posix.dirname(target);
  await makeFolder(place, folder);
  const aside = posix.join(folder, temporaryName());
  try {
    await send(place, { aside, upload }, options);
    await call<void>(place, path, (done) =>
      place.sftp.chmod(aside, options.mode ?? 0o444, (error) => done(error, undefined)),
    );
    await rename(place, aside, target);
  } catch (error) {
    await removeOne(place, posix.relative(place.root, aside)).catch(() => {});
    throw sshError(place, path, error);
  }
}

async function send(
  place: Place,
  { aside, upload }: { readonly aside: string; readonly upload: Upload },
  options: WriteOptions,
): Promise<void> {
  const hash = createHash("md5");
  const counted = new Transform({
    transform(bytes: Uint8Array, _encoding, done) {
      hash.update(bytes);
      options.onBytes?.(bytes.length);
      done(null, bytes);
    },
  });
  const source = createReadStream(upload.file, { highWaterMark: 256 * 1024 });
  const target: Writable = place.sftp.createWriteStream(aside, { flags: "wx" });
  quiet(target);
  const gone = (): void => void target.destroy(place.connection.failure() ?? new Error("the connection ended"));
  place.connection.onClose(gone);
  try {
    await pipeline(source, counted, target, options.signal === undefined ? {} : { signal: options.signal });
  } finally {
    place.connection.offClose(gone);
  }
  checkBytes(upload, hash.digest("hex"));
}

/** Over what is there: plain SFTP renames to free names only, OpenSSH's extension as rename(2) does. */
async function rename(place: Place, from: string, to: string): Promise<void> {
  const path = posix.relative(place.root, to);
  try {
    await call<void>(place, path, (done) => place.sftp.ext_openssh_rename(from, to, (error) => done(error, undefined)));
  } catch (error) {
    if (error instanceof RemoteError && error.trouble !== "FAILED") throw error;
    await removeOne(place, path);
    await call<void>(place, path, (done) => place.sftp.rename(from, to, (failure) => done(failure, undefined)));
  }
}

async function makeFolder(place: Place, folder: string): Promise<void> {
  if (place.made.has(folder) || folder === "/") return;
  if ((await statsAt(place, folder)) === null) {
    await makeFolder(place, posix.dirname(folder));
    // Another transfer may have been first: what counts is that it is there.
    const failure = await call<void>(place, folder, (done) =>
      place.sftp.mkdir(folder, (error) => done(error, undefined)),
    ).then(
      () => null,
      (error: unknown) => ({ error }),
    );
    if (failure !== null && (await statsAt(place, folder))?.isDirectory() !== true) throw failure.error;
  }
  place.made.add(folder);
}

async function removeOne(place: Place, path: string): Promise<void> {
  await orNull(
    call<void>(place, path, (done) => place.sftp.unlink(below(place.root, path), (error) => done(error, undefined))),
  );
}
