import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { type Remote, RemoteError } from "../../store/index.ts";
import { ArtifactNotFoundError, ArtifactPathError } from "../errors.ts";
import { copyArtifact, getArtifact, putArtifact } from "../local/index.ts";
import type { ArtifactEntry } from "../record.ts";
import { download, uploadBytes, uploadStream } from "./artifact-proxy.ts";
import type { ArtifactRemote } from "./artifact-remote.ts";
import type { Root } from "./artifact-root.ts";
import type { Server } from "./rest-server.ts";

/** One file of a run or a logged model: whose it is, where the files of that one lie, and its path there. */
export interface PlacedFile {
  readonly id: string;
  readonly path: string;
  readonly root: Root;
}

/** Writes a small file; one of that path is replaced. */
export async function writePlaced(server: Server, { id, path, root }: PlacedFile, bytes: Uint8Array): Promise<void> {
  if (root.kind === "folder") return putArtifact(root.place, path, bytes);
  // A copy: fetch may not be given memory that is shared.
  if (root.kind === "proxy")
    return uploadBytes(
      server,
      { id, path, base: root.base },
      { body: () => new Uint8Array(bytes), bytes: bytes.length },
    );
  const folder = await mkdtemp(join(tmpdir(), "stemma-artifact-"));
  try {
    const file = join(folder, "bytes");
    await writeFile(file, bytes);
    await writeToRemote(root.remote, path, { file, bytes: bytes.length });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The bytes of a file. @throws {ArtifactNotFoundError} */
export async function readPlaced(server: Server, { id, path, root }: PlacedFile): Promise<Uint8Array> {
  if (root.kind === "folder") return getArtifact(root.place, path);
  if (root.kind === "remote") return readFromRemote(root.remote, id, path);
  return download(
    server,
    { id, path, base: root.base },
    async (response) => new Uint8Array(await response.arrayBuffer()),
  );
}

/** A file of a remote, whole. @throws {ArtifactNotFoundError} */
export function readFromRemote(remote: ArtifactRemote, id: string, path: string): Promise<Uint8Array> {
  return remote.use(async (opened) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of await openedFile(opened, id, path)) pieces.push(piece);
    return new Uint8Array(Buffer.concat(pieces));
  });
}

/** The bytes of a file of a remote, in pieces. @throws {ArtifactNotFoundError} */
async function openedFile(remote: Remote, id: string, path: string): Promise<AsyncIterable<Uint8Array>> {
  try {
    return await remote.read(path);
  } catch (thrown) {
    if (thrown instanceof RemoteError && thrown.trouble === "MISSING") throw new ArtifactNotFoundError(path, id);
    throw thrown;
  }
}

function writeToRemote(
  remote: ArtifactRemote,
  path: string,
  { file, bytes }: { readonly file: string; readonly bytes: number },
): Promise<void> {
  // Others may write them again, as MLflow's own may be.
  return remote.use((opened) => opened.write(path, { file, bytes, md5: null }, { mode: 0o644 }));
}

/** The entries of a folder of a remote; folders first, by name. None where there is no such folder. */
export function listRemote(remote: ArtifactRemote, folder: string): Promise<readonly ArtifactEntry[]> {
  return remote.use(async (opened) => {
    const entries: ArtifactEntry[] = [];
    for await (const file of opened.list(folder, { recursive: false }))
      if (file.path !== folder)
        entries.push({ path: file.path, folder: file.folder, bytes: file.folder ? null : file.bytes });
    return entries.sort((a, b) => Number(b.folder) - Number(a.folder) || (a.path < b.path ? -1 : 1));
  });
}

/** Copies a file of this machine, of any size. @throws {ArtifactNotFoundError} there is no such file here */
export async function uploadPlaced(server: Server, { id, path, root }: PlacedFile, file: string): Promise<void> {
  const facts = await stat(file).catch(() => null);
  if (!facts?.isFile()) throw new ArtifactNotFoundError(file, id);
  if (root.kind === "proxy") return uploadStream(server, { id, path, base: root.base }, { file, bytes: facts.size });
  if (root.kind === "remote") return writeToRemote(root.remote, path, { file, bytes: facts.size });
  await copyArtifact(root.place, path, file);
}

/** Copies it to a file of this machine, which is there when it is whole. @throws {ArtifactNotFoundError} */
export async function downloadPlaced(server: Server, { id, path, root }: PlacedFile, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const aside = join(dirname(file), `.${randomUUID()}.part`);
  const save = (body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> =>
    pipeline(Readable.from(body), createWriteStream(aside, { flush: true }));
  try {
    if (root.kind === "proxy")
      await download(server, { id, path, base: root.base }, (response) =>
        save(response.body === null ? [] : Readable.fromWeb(response.body as ReadableStream)),
      );
    else if (root.kind === "folder") await save([getArtifact(root.place, path)]);
    else await root.remote.use(async (remote) => save(await openedFile(remote, id, path)));
    await rename(aside, file);
  } finally {
    await rm(aside, { force: true });
  }
}

/** @throws {ArtifactPathError} a path that would leave its root, or cannot be a file's */
export function checkArtifactPath(path: string): void {
  const parts = path.split("/");
  if (path === "") throw new ArtifactPathError(path, "is empty");
  if (path.includes("\0")) throw new ArtifactPathError(path, "has a NUL character");
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path) || path.includes("\\"))
    throw new ArtifactPathError(path, "is not a relative path with /");
  if (parts.some((part) => part === "" || part === "." || part === ".."))
    throw new ArtifactPathError(path, 'has a part that is empty, "." or ".."');
}
