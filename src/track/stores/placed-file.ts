import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { RemoteError } from "../../store/index.ts";
import { ArtifactNotFoundError, ArtifactPathError } from "../errors.ts";
import { copyArtifact, getArtifact, putArtifact } from "../local/index.ts";
import { download, uploadBytes, uploadStream } from "./artifact-proxy.ts";
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
    await root.remote.write(path, { file, bytes: bytes.length, md5: null });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The bytes of a file. @throws {ArtifactNotFoundError} */
export async function readPlaced(server: Server, { id, path, root }: PlacedFile): Promise<Uint8Array> {
  if (root.kind === "folder") return getArtifact(root.place, path);
  if (root.kind === "remote") {
    const pieces: Uint8Array[] = [];
    for await (const piece of await source({ id, path, root })) pieces.push(piece);
    return new Uint8Array(Buffer.concat(pieces));
  }
  return download(
    server,
    { id, path, base: root.base },
    async (response) => new Uint8Array(await response.arrayBuffer()),
  );
}

/** The bytes of an artifact that does not lie behind the proxy, in pieces. @throws {ArtifactNotFoundError} */
async function source({ id, path, root }: PlacedFile): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>> {
  if (root.kind === "folder") return [getArtifact(root.place, path)];
  if (root.kind === "proxy") throw new RangeError("a proxied artifact has a response");
  try {
    return await root.remote.read(path);
  } catch (thrown) {
    if (thrown instanceof RemoteError && thrown.trouble === "MISSING") throw new ArtifactNotFoundError(path, id);
    throw thrown;
  }
}

/** Copies a file of this machine, of any size. @throws {ArtifactNotFoundError} there is no such file here */
export async function uploadPlaced(server: Server, { id, path, root }: PlacedFile, file: string): Promise<void> {
  const facts = await stat(file).catch(() => null);
  if (!facts?.isFile()) throw new ArtifactNotFoundError(file, id);
  if (root.kind === "proxy") return uploadStream(server, { id, path, base: root.base }, { file, bytes: facts.size });
  if (root.kind === "remote") return root.remote.write(path, { file, bytes: facts.size, md5: null });
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
    else await save(await source({ id, path, root }));
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
