import { StemmaError } from "../error.ts";

/** A file's text is not what its format asks, or a value has no place in the format. The message begins with `file:line: key`. */
export class FormatError extends StemmaError {
  constructor(message: string, options?: { readonly cause?: unknown }, code = "FORMAT") {
    super(code, message, options);
  }
}

/** A file is longer, or holds more, than anything that DVC writes: it is not read on, whatever it would still say. */
export class TooLargeError extends FormatError {
  constructor(path: string, found: string, most: string) {
    super(`${path}: ${found}; ${most} is the most that is read.`, {}, "TOO_LARGE");
  }
}
