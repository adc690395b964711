import { isUnreachable, RemoteError } from "./remote-error.ts";

/** Whether S3 says that there is no such object or bucket. */
export function isMissing(error: unknown): boolean {
  const { name, status } = factsOf(error);
  return name === "NoSuchKey" || (status === 404 && name !== "NoSuchBucket");
}

/** An error of the AWS SDK as one of ours. */
export function s3Error(
  error: unknown,
  at: { readonly url: string; readonly name: string },
  path: string,
): RemoteError | DOMException {
  if (error instanceof RemoteError) return error;
  const { name, status, message } = factsOf(error);
  if (name === "AbortError") return new DOMException("Stopped.", "AbortError");
  const file = path === "" ? at.url : `${at.url}/${path}`;
  const cause = { cause: error };
  if (name === "NoSuchBucket") {
    return new RemoteError(
      "FAILED",
      `There is no bucket "${at.name}" at ${at.url}. Make it, or change the remote's url.`,
      cause,
    );
  }
  if (name === "CredentialsProviderError" || name === "TokenProviderError") {
    return new RemoteError(
      "DENIED",
      `No credentials for ${at.url}: ${message} Set access_key_id and secret_access_key with remote modify --local, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
      cause,
    );
  }
  if (status === 401 || status === 403) {
    return new RemoteError(
      "DENIED",
      `${at.url} does not let you in (${name}, ${status}). Look at the remote's keys.`,
      cause,
    );
  }
  if (isUnreachable(error)) {
    return new RemoteError(
      "UNREACHABLE",
      `No answer from ${at.url} (${message}). Look at endpointurl and the network.`,
      cause,
    );
  }
  return new RemoteError("FAILED", `${file}: ${name}: ${message}`, cause);
}

function factsOf(error: unknown): { readonly name: string; readonly message: string; readonly status: number | null } {
  if (typeof error !== "object" || error === null) return { name: "Error", message: String(error), status: null };
  const { name, message, $metadata, Code } = error as {
    readonly name?: unknown;
    readonly message?: unknown;
    readonly Code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode ?? null;
  return { name: String(Code ?? name), message: String(message), status };
}
