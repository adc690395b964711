import { StemmaError } from "../error.ts";

/** A file's text is not what its format asks, or a value has no place in the format. The message begins with `file:line: key`. */
export class FormatError extends StemmaError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("FORMAT", message, options);
  }
}
