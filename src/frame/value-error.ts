import { StemmaError } from "../error.ts";

/** A value that the file it shall become cannot hold as it is; the message names the place in the value and the way out. */
export class DataValueError extends StemmaError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("DATA_VALUE", message, options);
  }
}
