import { StemmaError } from "../../error.ts";

/** Input that does not fit what the model takes. */
export class ModelInputError extends StemmaError {
  constructor(message: string) {
    super("MODEL_INPUT", message);
  }
}

/** No flavour knows the model, or the flavour cannot be used here. */
export class ModelFlavorError extends StemmaError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("MODEL_FLAVOR", message, options);
  }
}

/** A reference to a model that leads nowhere. */
export class ModelReferenceError extends StemmaError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("MODEL_REFERENCE", message, options);
  }
}
