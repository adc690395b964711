import { StemmaError } from "../error.ts";

/** A file that is not what its ending says, or that holds what is not read; the message names the place and the way out. */
export class TableFileError extends StemmaError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("TABLE_FILE", message, options);
  }
}
