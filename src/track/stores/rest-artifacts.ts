import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { type AnsweredFile, type AnsweredPage, parseFilePage } from "../../format/index.ts";
import { RemoteError } from "../../store/index.ts";
import { ArtifactNotFoundError, ArtifactPathError } from "../errors.ts";
import { copyArtifact, getArtifact, putArtifact } from "../local/index.ts";
import type { ArtifactEntry } from "../record.ts";
import type { RunStore } from "../run-store.ts";
import { download, uploadBytes, uploadStream } from "./artifact-proxy.ts";
import { type Root, rootOf } from "./artifact-root.ts";
import { answeredRun } from "./rest-runs.ts";
import type { Server } from "./rest-server.ts";

/** Artifacts as files of any size, which pass through without being held in memory. */
export interface ArtifactFiles {
  /** Logs a file of this machine as an artifact; one of that path is replaced. */
  uploadArtifact(id: string, path: string, file: string): Promise<void>;
  /** Writes an artifact to a file of this machine; the file is there when it is whole. */
  downloadArtifact(id: string, path: string, file: string): Promise<void>;
}

type Artifacts = Pick<RunStore, "artifacts" | "writeArtifact" | "readArtifact"> & ArtifactFiles;

/** Artifacts of runs on a server: through its proxy, in a folder that it shares with this machine, or in S3. */
export function restArtifacts(server: Server): Artifacts {
  const roots = new Map<string, Promise<Root>>();
  const find = (id: string): Promise<Root> => {
    // It never changes: asked once for each run.
    const root =
      roots.get(id) ?? answeredRun(server, id).then(({ artifactUri }) => rootOf(server.url, id, artifactUri));
    roots.set(id, root);
    root.catch(() => roots.delete(id));
    return root;
  };
  const artifact = async (id: string, path: string): Promise<Artifact> => {
    checkPath(path);
    return { id, path, root: await find(id) };
  };
  return {
    artifacts: async (id, folder = "") => {
      if (folder !== "") checkPath(folder);
      await answeredRun(server, id);
      return listFiles(server, id, folder);
    },
    writeArtifact: async (id, path, bytes) => write(server, await artifact(id, path), bytes),
    readArtifact: async (id, path) => read(server, await artifact(id, path)),
    uploadArtifact: async (id, path, file) => uploadFile(server, await artifact(id, path), file),
    downloadArtifact: async (id, path, file) => downloadFile(server, await artifact(id, path), file),
  };
}

/** One artifact: where its run's artifacts lie, and its path there. */
interface Artifact {
  readonly id: string;
  readonly path: string;
  readonly root: Root;
}

async function write(server: Server, { id, path, root }: Artifact, bytes: Uint8Array): Promise<void> {
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

async function read(server: Server, { id, path, root }: Artifact): Promise<Uint8Array> {
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
async function source({ id, path, root }: Artifact): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>> {
  if (root.kind === "folder") return [getArtifact(root.place, path)];
  if (root.kind === "proxy") throw new RangeError("a proxied artifact has a response");
  try {
    return await root.remote.read(path);
  } catch (thrown) {
    if (thrown instanceof RemoteError && thrown.trouble === "MISSING") throw new ArtifactNotFoundError(path, id);
    throw thrown;
  }
}

async function listFiles(server: Server, id: string, folder: string): Promise<readonly ArtifactEntry[]> {
  const entries: ArtifactEntry[] = [];
  for (let token: string | null = ""; token !== null; ) {
    const query: Record<string, string> = {
      run_id: id,
      ...(folder === "" ? {} : { path: folder }),
      ...(token === "" ? {} : { page_token: token }),
    };
    const page: AnsweredPage<AnsweredFile> = await server.get("artifacts/list", query, parseFilePage);
    entries.push(...page.items);
    token = page.nextPageToken;
  }
  return entries.sort((a, b) => Number(b.folder) - Number(a.folder) || (a.path < b.path ? -1 : 1));
}

async function uploadFile(server: Server, { id, path, root }: Artifact, file: string): Promise<void> {
  const facts = await stat(file).catch(() => null);
  if (!facts?.isFile()) throw new ArtifactNotFoundError(file, id);
  if (root.kind === "proxy") return uploadStream(server, { id, path, base: root.base }, { file, bytes: facts.size });
  if (root.kind === "remote") return root.remote.write(path, { file, bytes: facts.size, md5: null });
  await copyArtifact(root.place, path, file);
}

async function downloadFile(server: Server, { id, path, root }: Artifact, file: string): Promise<void> {
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

function checkPath(path: string): void {
  const parts = path.split("/");
  if (path === "") throw new ArtifactPathError(path, "is empty");
  if (path.includes("\0")) throw new ArtifactPathError(path, "has a NUL character");
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path) || path.includes("\\"))
    throw new ArtifactPathError(path, "is not a relative path with /");
  if (parts.some((part) => part === "" || part === "." || part === ".."))
    throw new ArtifactPathError(path, 'has a part that is empty, "." or ".."');
}
