import { parseFilePage } from "../../format/index.ts";
import { listArtifacts } from "../local/index.ts";
import type { ArtifactEntry } from "../record.ts";
import {
  artifactRemote,
  checkArtifactPath,
  listRemote,
  type PlacedFile,
  readPlaced,
  rootOf,
  type Server,
  uploadPlaced,
  writePlaced,
} from "../stores/index.ts";
import type { LoggedModel, LoggedModelStore } from "./registry-store.ts";
import { ask } from "./rest-ask.ts";

type Files = Pick<LoggedModelStore, "modelFiles" | "writeModelFile" | "uploadModelFile" | "readModelFile">;

/** Files of logged models on a server: through its proxy, in a folder that it shares with this machine, in S3 or behind SFTP. */
export function restModelFiles(server: Server, modelOf: (id: string) => Promise<LoggedModel>): Files {
  const placed = async (id: string, path: string): Promise<PlacedFile> => {
    checkArtifactPath(path);
    const { artifactUri } = await modelOf(id);
    return { id, path, root: rootOf(server.url, id, artifactUri) };
  };
  return {
    modelFiles: async (id, folder = "") => {
      if (folder !== "") checkArtifactPath(folder);
      const { artifactUri, artifactFolder } = await modelOf(id);
      if (artifactUri.startsWith("sftp:")) return listRemote(artifactRemote(id, artifactUri), folder);
      if (artifactFolder?.split(/[\\/]/).includes(id))
        return listArtifacts({ folder: artifactFolder, run: id }, folder);
      return listFiles(server, id, folder);
    },
    writeModelFile: async (id, path, bytes) => writePlaced(server, await placed(id, path), bytes),
    uploadModelFile: async (id, path, file) => uploadPlaced(server, await placed(id, path), file),
    readModelFile: async (id, path) => readPlaced(server, await placed(id, path)),
  };
}

async function listFiles(server: Server, id: string, folder: string): Promise<readonly ArtifactEntry[]> {
  const path = `logged-models/${encodeURIComponent(id)}/artifacts/directories`;
  const fields = folder === "" ? {} : { artifact_directory_path: folder };
  const { items } = await ask(server, { method: "GET", path, fields, parse: parseFilePage });
  return [...items].sort((a, b) => Number(b.folder) - Number(a.folder) || (a.path < b.path ? -1 : 1));
}
