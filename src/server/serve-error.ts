import { StemmaError } from "../error.ts";

/** The server could not start: `code` says why, the message how it can. */
export class ServeError extends StemmaError {}

/** A failed `listen` in one sentence with the way out. */
export function listenError(cause: NodeJS.ErrnoException, place: string): ServeError {
  const options = { cause };
  switch (cause.code) {
    case "EADDRINUSE":
      return new ServeError(
        "PORT_BUSY",
        `${place} is in use. Choose another port with --port, or --port 0 for a free one.`,
        options,
      );
    case "EACCES":
      return new ServeError(
        "PORT_REFUSED",
        `${place} may not be opened by this user. Choose a port over 1023 with --port.`,
        options,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new ServeError(
        "NO_SUCH_HOST",
        `${place}: this machine has no such address. Use --host 127.0.0.1.`,
        options,
      );
    default:
      return new ServeError(
        "LISTEN_FAILED",
        `${place} could not be opened: ${cause.message}. Is the path writable and short?`,
        options,
      );
  }
}
