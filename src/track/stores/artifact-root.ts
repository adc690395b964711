import { StemmaError } from "../../error.ts";
import { openRemote, type Remote, RemoteError } from "../../store/index.ts";
import type { ArtifactPlace } from "../local/index.ts";
import { artifactsPath } from "./artifact-path.ts";
import { localFolder } from "./rest-runs.ts";

/** Where the artifacts of a run or a logged model on a server lie. */
export type Root =
  /** Behind the server itself. `base` is a path below its address, with a slash at its end. */
  | { readonly kind: "proxy"; readonly base: string }
  /** In a folder that the server shares with this machine. */
  | { readonly kind: "folder"; readonly place: ArtifactPlace }
  /** In S3, or on a machine that is reached by SSH: written and read from here, with our own credentials. */
  | { readonly kind: "remote"; readonly remote: Remote };

/** Artifacts that lie where this machine cannot reach them. */
export class ArtifactRootError extends StemmaError {
  /** @param owner the id of the run or the logged model */
  constructor(owner: string, uri: string, options?: { readonly cause?: unknown }) {
    const why = options?.cause instanceof RemoteError ? ` ${options.cause.message}` : "";
    super(
      "ARTIFACT_ROOT",
      `The artifacts of ${named(owner)} lie at ${JSON.stringify(uri)}, which cannot be reached from here.${why} The server's own mlflow-artifacts:, folders of this machine, S3 and SFTP can; or start the server with --serve-artifacts.`,
      options,
    );
  }
}

/** Where a server says that the artifacts of a run or a logged model lie. @throws {ArtifactRootError} */
export async function rootOf(serverUrl: string, id: string, uri: string): Promise<Root> {
  const folder = localFolder(uri);
  // A server must not make us write where no artifacts of this one can be.
  const isOfOwner = uri.split(/[\\/]/).includes(id);
  if (folder !== null && isOfOwner) return { kind: "folder", place: { folder, run: id } };
  const parsed = URL.canParse(uri) ? new URL(uri) : null;
  if (isOfOwner && isRemote(uri)) return { kind: "remote", remote: await remoteOf(id, uri) };
  const elsewhere = parsed?.host !== "" && parsed?.host !== new URL(serverUrl).host;
  if (parsed?.protocol !== "mlflow-artifacts:" || elsewhere) throw new ArtifactRootError(id, uri);
  return { kind: "proxy", base: `${artifactsPath}${parsed.pathname.replace(/\/*$/, "/")}` };
}

/** Whether a URI names a place that is read with our own credentials. */
export function isRemote(uri: string): boolean {
  return /^(s3|sftp):/.test(uri);
}

function named(owner: string): string {
  return owner.startsWith("m-") ? `model ${owner}` : `run ${owner}`;
}

/** The place that a URI of S3 or SFTP names. @throws {ArtifactRootError} */
export async function remoteOf(id: string, uri: string): Promise<Remote> {
  // MLflow's own variable goes before the AWS SDK's, which the driver knows.
  const endpoint = process.env["MLFLOW_S3_ENDPOINT_URL"] ?? "";
  const options = new Map(endpoint === "" ? [] : [["endpointurl", endpoint]]);
  if (process.env["MLFLOW_S3_IGNORE_TLS"] === "true") options.set("ssl_verify", "false");
  try {
    return await openRemote({ url: uri.replace(/\/+$/, ""), options });
  } catch (cause) {
    if (cause instanceof RemoteError) throw new ArtifactRootError(id, uri, { cause });
    throw cause;
  }
}
