import { StemmaError } from "../../error.ts";

/**
 * What a remote's trouble means for the caller:
 * `MISSING` the file is not there, `DENIED` the credentials do not do, `UNREACHABLE` no answer (worth another try), `DAMAGED` the bytes are
 * not those of the digest, `UNSUPPORTED` the place cannot do it, `FAILED` anything else that the place said.
 */
export type RemoteTrouble = "MISSING" | "DENIED" | "UNREACHABLE" | "DAMAGED" | "UNSUPPORTED" | "FAILED";

/** A remote did not do what was asked; `trouble` says why, the message also what to do. Never holds a password. */
export class RemoteError extends StemmaError {
  readonly trouble: RemoteTrouble;

  constructor(trouble: RemoteTrouble, message: string, options?: { readonly cause?: unknown }) {
    super(`REMOTE_${trouble}`, message, options);
    this.trouble = trouble;
  }
}

export function missingFile(url: string, path: string, cause?: unknown): RemoteError {
  return new RemoteError("MISSING", `${path === "" ? url : `${path} at ${url}`} does not exist. Push it there first.`, {
    cause,
  });
}

const unreachable: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
  "TimeoutError",
  "NetworkingError",
]);

/** Whether an error of the system says that nobody answered. */
export function isUnreachable(error: unknown): boolean {
  for (let at = error; typeof at === "object" && at !== null; at = Reflect.get(at, "cause")) {
    const { code, name } = at as { readonly code?: unknown; readonly name?: unknown };
    if (unreachable.has(String(code)) || unreachable.has(String(name))) return true;
  }
  return false;
}

/** A URL without the password that it may hold. */
export function withoutPassword(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/@:]*):[^/@]*@/i, "$1@");
}
