import { StemmaError } from "../../error.ts";

/** A catalog that cannot be read, a name that it does not have, or data that is not what it says; the message names file and set. */
export class CatalogError extends StemmaError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("CATALOG", message, options);
  }
}
