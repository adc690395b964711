import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { copyFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { StemmaError } from "../../error.ts";
import { type AnsweredFile, type AnsweredPage, parseFilePage } from "../../format/index.ts";
import { ArtifactNotFoundError, ArtifactPathError } from "../errors.ts";
import { type ArtifactPlace, getArtifact, putArtifact } from "../local/index.ts";
import type { ArtifactEntry } from "../record.ts";
import type { RunStore } from "../run-store.ts";
import { ServerAnswerError } from "./rest-errors.ts";
import { answeredRun, localFolder, refusedAs } from "./rest-runs.ts";
import type { RestRequest, Server } from "./rest-server.ts";

/** Artifacts as files of any size, which pass through without being held in memory. */
export interface ArtifactFiles {
  /** Logs a file of this machine as an artifact; one of that path is replaced. */
  uploadArtifact(id: string, path: string, file: string): Promise<void>;
  /** Writes an artifact to a file of this machine; the file is there when it is whole. */
  downloadArtifact(id: string, path: string, file: string): Promise<void>;
}

/** Artifacts that lie where this machine cannot reach them. */
export class ArtifactRootError extends StemmaError {
  constructor(run: string, uri: string) {
    super(
      "ARTIFACT_ROOT",
      `The artifacts of run ${run} lie at ${JSON.stringify(uri)}, which cannot be reached from here; the server's own mlflow-artifacts: and folders of this machine can. Start the server with --serve-artifacts.`,
    );
  }
}

type Artifacts = Pick<RunStore, "artifacts" | "writeArtifact" | "readArtifact"> & ArtifactFiles;

/** Artifacts of runs on a server: through its proxy, or in a folder that it shares with this machine. */
export function restArtifacts(server: Server): Artifacts {
  const roots = new Map<string, Root>();
  const rootOf = async (id: string): Promise<Root> => {
    // It never changes: asked once for each run.
    const root = roots.get(id) ?? rootFrom(server, id, (await answeredRun(server, id)).artifactUri);
    roots.set(id, root);
    return root;
  };
  return {
    artifacts: async (id, folder = "") => {
      if (folder !== "") checkPath(folder);
      await rootOf(id);
      return listFiles(server, id, folder);
    },
    writeArtifact: async (id, path, bytes) => {
      checkPath(path);
      const root = await rootOf(id);
      if (root.kind === "folder") putArtifact(root.place, path, bytes);
      // A copy: fetch may not be given memory that is shared.
      else await upload(server, root.base + encoded(path), { body: () => new Uint8Array(bytes), bytes: bytes.length });
    },
    readArtifact: async (id, path) => {
      checkPath(path);
      const root = await rootOf(id);
      if (root.kind === "folder") return getArtifact(root.place, path);
      return download(server, { id, path, root }, async (response) => new Uint8Array(await response.arrayBuffer()));
    },
    uploadArtifact: async (id, path, file) => uploadFile(server, await pathIn(rootOf, id, path), file),
    downloadArtifact: async (id, path, file) => downloadFile(server, await pathIn(rootOf, id, path), file),
  };
}

type Root =
  /** `base` is a path below the server's address, with a slash at its end. */
  { readonly kind: "proxy"; readonly base: string } | { readonly kind: "folder"; readonly place: ArtifactPlace };

/** One artifact: where its run's artifacts lie, and its path there. */
interface Artifact<R extends Root = Root> {
  readonly id: string;
  readonly path: string;
  readonly root: R;
}

type Proxied = Artifact<Extract<Root, { kind: "proxy" }>>;

async function pathIn(rootOf: (id: string) => Promise<Root>, id: string, path: string): Promise<Artifact> {
  checkPath(path);
  return { id, path, root: await rootOf(id) };
}

function rootFrom(server: Server, id: string, uri: string): Root {
  const folder = localFolder(uri);
  // A server must not make us write where no artifacts of this run can be.
  if (folder?.split(/[\\/]/).includes(id)) return { kind: "folder", place: { folder, run: id } };
  const proxied = URL.canParse(uri) ? new URL(uri) : null;
  const elsewhere = proxied?.host !== "" && proxied?.host !== new URL(server.url).host;
  if (proxied?.protocol !== "mlflow-artifacts:" || elsewhere) throw new ArtifactRootError(id, uri);
  return { kind: "proxy", base: `/api/2.0/mlflow-artifacts/artifacts${proxied.pathname.replace(/\/*$/, "/")}` };
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
  if (root.kind === "proxy")
    return upload(server, root.base + encoded(path), {
      body: () => Readable.toWeb(createReadStream(file)) as NonNullable<RequestInit["body"]>,
      bytes: facts.size,
    });
  const aside = `${path}.${randomUUID()}.part`;
  putArtifact(root.place, aside, "");
  try {
    await copyFile(file, join(root.place.folder, aside));
    await rename(join(root.place.folder, aside), join(root.place.folder, path));
  } finally {
    await rm(join(root.place.folder, aside), { force: true });
  }
}

async function downloadFile(server: Server, { id, path, root }: Artifact, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const aside = join(dirname(file), `.${randomUUID()}.part`);
  try {
    if (root.kind === "proxy")
      await download(server, { id, path, root }, async (response) => {
        const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body as ReadableStream);
        await pipeline(body, createWriteStream(aside, { flush: true }));
      });
    else await pipeline(Readable.from([getArtifact(root.place, path)]), createWriteStream(aside, { flush: true }));
    await rename(aside, file);
  } finally {
    await rm(aside, { force: true });
  }
}

function upload(
  server: Server,
  path: string,
  { body, bytes }: { readonly body: NonNullable<RestRequest<void>["body"]>; readonly bytes: number },
): Promise<void> {
  const headers = { "content-type": "application/octet-stream", "content-length": String(bytes) };
  return server.send({
    method: "PUT",
    path,
    headers,
    body,
    repeatable: true,
    read: (response) => taken(server, response),
  });
}

// A stock server answers an upload with nothing, ours with {}; a page in HTML is from something in front of them.
async function taken(server: Server, response: Response): Promise<void> {
  const text = await response.text();
  if (/text\/html/.test(response.headers.get("content-type") ?? "") || text.trimStart().startsWith("<"))
    throw new ServerAnswerError(server.url, "answered an upload with a page");
}

async function download<T>(
  server: Server,
  { id, path, root }: Proxied,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  try {
    return await server.send({ method: "GET", path: root.base + encoded(path), repeatable: true, read });
  } catch (thrown) {
    if (refusedAs(thrown, "RESOURCE_DOES_NOT_EXIST")) throw new ArtifactNotFoundError(path, id);
    throw thrown;
  }
}

function encoded(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
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
