import { type AnsweredFile, type AnsweredPage, parseFilePage } from "../../format/index.ts";
import type { ArtifactEntry } from "../record.ts";
import type { RunStore } from "../run-store.ts";
import { artifactRemote } from "./artifact-remote.ts";
import { type Root, rootOf } from "./artifact-root.ts";
import {
  checkArtifactPath,
  downloadPlaced,
  listRemote,
  type PlacedFile,
  readPlaced,
  uploadPlaced,
  writePlaced,
} from "./placed-file.ts";
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

/** Artifacts of runs on a server: through its proxy, in a folder that it shares with this machine, in S3, or behind SFTP. */
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
  const artifact = async (id: string, path: string): Promise<PlacedFile> => {
    checkArtifactPath(path);
    return { id, path, root: await find(id) };
  };
  return {
    artifacts: async (id, folder = "") => {
      if (folder !== "") checkArtifactPath(folder);
      const { artifactUri } = await answeredRun(server, id);
      // A stock server lists what lies behind SFTP only with a package more.
      if (artifactUri.startsWith("sftp:")) return listRemote(artifactRemote(id, artifactUri), folder);
      return listFiles(server, id, folder);
    },
    writeArtifact: async (id, path, bytes) => writePlaced(server, await artifact(id, path), bytes),
    readArtifact: async (id, path) => readPlaced(server, await artifact(id, path)),
    uploadArtifact: async (id, path, file) => uploadPlaced(server, await artifact(id, path), file),
    downloadArtifact: async (id, path, file) => downloadPlaced(server, await artifact(id, path), file),
  };
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
