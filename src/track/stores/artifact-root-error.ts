import { StemmaError } from "../../error.ts";
import { RemoteError } from "../../store/index.ts";

/** Artifacts that lie where this machine cannot reach them. */
export class ArtifactRootError extends StemmaError {
  /** @param owner the id of the run or the logged model, or a URI */
  constructor(owner: string, uri: string, options?: { readonly cause?: unknown }) {
    const why = options?.cause instanceof RemoteError ? ` ${options.cause.message}` : "";
    super(
      "ARTIFACT_ROOT",
      `The artifacts of ${named(owner)} lie at ${JSON.stringify(uri)}, which cannot be reached from here.${why} The server's own mlflow-artifacts:, folders of this machine, S3 and SFTP can; or start the server with --serve-artifacts.`,
      options,
    );
  }
}

function named(owner: string): string {
  if (owner.includes(":")) return "a model";
  return owner.startsWith("m-") ? `model ${owner}` : `run ${owner}`;
}
