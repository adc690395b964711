import { createHash } from "node:crypto";
import { createReadStream, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join, posix, sep } from "node:path";
import { syncFolder, temporaryName } from "../files.ts";
import type { ReadOptions, Remote, RemoteFile, Upload, WriteOptions } from "./remote.ts";
import { missingFile, RemoteError } from "./remote-error.ts";

/**
 * A folder of this machine, or of one that is mounted here. Files are 0444, as DVC's local remotes are.
 *
 * @param folder absolute; made by the first `write`
 */
export function openLocalRemote(folder: string): Remote {
  const absolute = (path: string): string => (path === "" ? folder : join(folder, ...path.split("/")));
  return {
    url: folder,
    jobs: 8,
    localFolder: folder,
    lists: true,
    writes: true,
    stat: async (path) => statOf(absolute(path), path),
    list: (path, options = {}) => listBelow(absolute(path), path, options.recursive !== false),
    read: async (path, options = {}) => readFrom(folder, { path, absolute: absolute(path) }, options),
    write: (path, upload, options = {}) => writeTo(absolute(path), upload, options),
    remove: async (paths) => {
      for (const path of paths) rmSync(absolute(path), { force: true });
    },
    close: async () => {},
  };
}

function statOf(absolute: string, path: string): RemoteFile | null {
  const stat = statSync(absolute, { throwIfNoEntry: false });
  if (stat === undefined || !(stat.isFile() || stat.isDirectory())) return null;
  return { path, bytes: stat.isFile() ? stat.size : null, folder: stat.isDirectory(), etag: null };
}

async function* listBelow(absolute: string, path: string, recursive: boolean): AsyncIterable<RemoteFile> {
  if (statSync(absolute, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  for (const name of readdirSync(absolute)) {
    const file = statOf(join(absolute, name), posix.join(path, name));
    if (file === null) continue;
    // A link to a folder may lead in a circle.
    const link = file.folder && lstatSync(join(absolute, name)).isSymbolicLink();
    if (!file.folder || !recursive) yield file;
    else if (!link) yield* listBelow(join(absolute, name), file.path, true);
  }
}

function readFrom(
  folder: string,
  file: { readonly path: string; readonly absolute: string },
  options: ReadOptions,
): AsyncIterable<Uint8Array> {
  if (statOf(file.absolute, file.path)?.folder !== false) throw missingFile(folder, file.path);
  const { from = 0, signal } = options;
  return createReadStream(file.absolute, {
    start: from,
    highWaterMark: 1024 * 1024,
    ...(signal === undefined ? {} : { signal }),
  });
}

async function writeTo(target: string, upload: Upload, options: WriteOptions): Promise<void> {
  const folder = dirname(target);
  makeFolder(folder);
  const aside = join(folder, temporaryName());
  const file = await open(aside, "wx", 0o444);
  try {
    const hash = createHash("md5");
    const { signal } = options;
    for await (const bytes of createReadStream(upload.file, signal === undefined ? {} : { signal })) {
      hash.update(bytes);
      await file.writeFile(bytes);
      options.onBytes?.(bytes.length);
    }
    checkBytes(upload, hash.digest("hex"));
    // A umask that takes reading away would leave a mode that DVC does not trust.
    await file.chmod(options.mode ?? 0o444);
    await file.datasync();
    await file.close();
    renameSync(aside, target);
  } catch (error) {
    await file.close().catch(() => {});
    rmSync(aside, { force: true });
    throw error;
  }
  syncFolder(folder);
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new RemoteError("DENIED", `${folder}${sep} cannot be made; look at who may write there.`, { cause });
  }
}

/** @throws {RemoteError} `DAMAGED`: what was read is not what the digest says */
export function checkBytes(upload: Upload, digest: string): void {
  if (upload.md5 === null || upload.md5 === digest) return;
  throw new RemoteError(
    "DAMAGED",
    `${upload.file} does not hold the bytes of ${upload.md5} (but of ${digest}), so it was not sent. Delete it and make the data again.`,
  );
}
