import type { ArtifactPlace } from "../local/index.ts";
import { artifactsPath } from "./artifact-path.ts";
import { type ArtifactRemote, artifactRemote, isRemote } from "./artifact-remote.ts";
import { ArtifactRootError } from "./artifact-root-error.ts";
import { localFolder } from "./rest-runs.ts";

/** Where the artifacts of a run or a logged model on a server lie. */
export type Root =
  /** Behind the server itself. `base` is a path below its address, with a slash at its end. */
  | { readonly kind: "proxy"; readonly base: string }
  /** In a folder that the server shares with this machine. */
  | { readonly kind: "folder"; readonly place: ArtifactPlace }
  /** In S3, or on a machine that is reached by SSH: written and read from here, with our own credentials. */
  | { readonly kind: "remote"; readonly remote: ArtifactRemote };

/** Where a server says that the artifacts of a run or a logged model lie. @throws {ArtifactRootError} */
export function rootOf(serverUrl: string, id: string, uri: string): Root {
  const folder = localFolder(uri);
  // A server must not make us write where no artifacts of this one can be.
  const isOfOwner = uri.split(/[\\/]/).includes(id);
  if (folder !== null && isOfOwner) return { kind: "folder", place: { folder, run: id } };
  const parsed = URL.canParse(uri) ? new URL(uri) : null;
  if (isOfOwner && isRemote(uri)) return { kind: "remote", remote: artifactRemote(id, uri) };
  const elsewhere = parsed?.host !== "" && parsed?.host !== new URL(serverUrl).host;
  if (parsed?.protocol !== "mlflow-artifacts:" || elsewhere) throw new ArtifactRootError(id, uri);
  return { kind: "proxy", base: `${artifactsPath}${parsed.pathname.replace(/\/*$/, "/")}` };
}
