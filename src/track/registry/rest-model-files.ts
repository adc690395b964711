import { parseFilePage } from "../../format/index.ts";
import { ArtifactNotFoundError, ArtifactPathError } from "../errors.ts";
import { getArtifact, listArtifacts, putArtifact } from "../local/index.ts";
import type { ArtifactEntry } from "../record.ts";
import { ArtifactRootError, localFolder, refusedAs, type Server } from "../stores/index.ts";
import type { LoggedModel, LoggedModelStore } from "./registry-store.ts";
import { ask } from "./rest-ask.ts";

type Files = Pick<LoggedModelStore, "modelFiles" | "writeModelFile" | "readModelFile">;

/** Files of logged models on a server: through its proxy, or in a folder that it shares with this machine. */
export function restModelFiles(server: Server, modelOf: (id: string) => Promise<LoggedModel>): Files {
  return {
    modelFiles: async (id, folder = "") => {
      if (folder !== "") checkPath(folder);
      const { artifactUri } = await modelOf(id);
      const local = folderOf(artifactUri, id);
      return local === null ? listFiles(server, id, folder) : listArtifacts({ folder: local, run: id }, folder);
    },
    writeModelFile: async (id, path, bytes) => {
      checkPath(path);
      const { artifactUri } = await modelOf(id);
      const local = folderOf(artifactUri, id);
      if (local === null) await putFile(server, proxied(server, artifactUri, id) + encoded(path), bytes);
      else putArtifact({ folder: local, run: id }, path, bytes);
    },
    readModelFile: async (id, path) => {
      checkPath(path);
      const { artifactUri } = await modelOf(id);
      const local = folderOf(artifactUri, id);
      if (local !== null) return getArtifact({ folder: local, run: id }, path);
      return readProxied(server, { uri: artifactUri, path, of: id });
    },
  };
}

/** Bytes below an `mlflow-artifacts:` URI. @throws {ArtifactNotFoundError} @throws {ArtifactRootError} */
export async function readProxied(
  server: Server,
  { uri, path, of }: { readonly uri: string; readonly path: string; readonly of: string },
): Promise<Uint8Array> {
  try {
    return await server.send({
      method: "GET",
      path: proxied(server, uri, of) + encoded(path),
      repeatable: true,
      read: async (response) => new Uint8Array(await response.arrayBuffer()),
    });
  } catch (thrown) {
    if (refusedAs(thrown, "RESOURCE_DOES_NOT_EXIST")) throw new ArtifactNotFoundError(path, of);
    throw thrown;
  }
}

/** The path of an `mlflow-artifacts:` URI below the server's address, with a slash at its end. */
function proxied(server: Server, uri: string, of: string): string {
  const parsed = URL.canParse(uri) ? new URL(uri) : null;
  const elsewhere = parsed?.host !== "" && parsed?.host !== new URL(server.url).host;
  if (parsed?.protocol !== "mlflow-artifacts:" || elsewhere) throw new ArtifactRootError(of, uri);
  return `/api/2.0/mlflow-artifacts/artifacts${parsed.pathname.replace(/\/*$/, "/")}`;
}

// A server must not make us read or write where no files of this model can be.
function folderOf(uri: string, id: string): string | null {
  const folder = localFolder(uri);
  return folder?.split(/[\\/]/).includes(id) ? folder : null;
}

async function listFiles(server: Server, id: string, folder: string): Promise<readonly ArtifactEntry[]> {
  const path = `logged-models/${encodeURIComponent(id)}/artifacts/directories`;
  const fields = folder === "" ? {} : { artifact_directory_path: folder };
  const { items } = await ask(server, { method: "GET", path, fields, parse: parseFilePage });
  return [...items].sort((a, b) => Number(b.folder) - Number(a.folder) || (a.path < b.path ? -1 : 1));
}

async function putFile(server: Server, path: string, bytes: Uint8Array): Promise<void> {
  await server.send({
    method: "PUT",
    path,
    headers: { "content-type": "application/octet-stream", "content-length": String(bytes.length) },
    // A copy: fetch may not be given memory that is shared.
    body: () => new Uint8Array(bytes),
    repeatable: true,
    read: (response) => response.text(),
  });
}

function encoded(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function checkPath(path: string): void {
  if (path === "" || path.includes("\0") || path.includes("\\") || /^(\/|[A-Za-z]:)/.test(path))
    throw new ArtifactPathError(path, "is not a relative path with /");
  if (path.split("/").some((part) => part === "" || part === "." || part === ".."))
    throw new ArtifactPathError(path, 'has a part that is empty, "." or ".."');
}
