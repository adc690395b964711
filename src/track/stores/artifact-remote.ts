import { openRemote, type Remote, RemoteError } from "../../store/index.ts";
import { ArtifactRootError } from "./artifact-root-error.ts";

/** A place of artifacts that is reached with our own credentials: opened when it is used, closed when nobody does any more. */
export interface ArtifactRemote {
  /** @throws {ArtifactRootError} the place cannot be reached */
  use<T>(work: (remote: Remote) => Promise<T>): Promise<T>;
}

/** Whether a URI names such a place. */
export function isRemote(uri: string): boolean {
  return /^(s3|sftp):/.test(uri);
}

/** The place that a URI of S3 or SFTP names. @param owner the id of the run or the logged model */
export function artifactRemote(owner: string, uri: string): ArtifactRemote {
  let opened: Promise<Remote> | null = null;
  let users = 0;
  const leave = async (): Promise<void> => {
    users--;
    if (users > 0 || opened === null) return;
    // An open connection would keep the process alive.
    const remote = opened;
    opened = null;
    await (await remote).close();
  };
  return {
    use: async (work) => {
      users++;
      opened ??= open(owner, uri);
      const remote = await opened.catch((error) => {
        users--;
        opened = null;
        throw error;
      });
      try {
        return await work(remote);
      } finally {
        await leave();
      }
    },
  };
}

async function open(owner: string, uri: string): Promise<Remote> {
  // MLflow's own variable goes before the AWS SDK's, which the driver knows.
  const endpoint = process.env["MLFLOW_S3_ENDPOINT_URL"] ?? "";
  const options = new Map(endpoint === "" ? [] : [["endpointurl", endpoint]]);
  if (process.env["MLFLOW_S3_IGNORE_TLS"] === "true") options.set("ssl_verify", "false");
  try {
    return await openRemote({ url: uri.replace(/\/+$/, ""), options });
  } catch (cause) {
    if (cause instanceof RemoteError) throw new ArtifactRootError(owner, uri, { cause });
    throw cause;
  }
}
