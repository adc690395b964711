import { StemmaError } from "../../error.ts";

/** A filter or an order that cannot be read; the message points at the place. */
export class FilterError extends StemmaError {
  /** Counted from 1. */
  readonly column: number;

  constructor(text: string, at: number, problem: string) {
    super("FILTER", `Column ${at + 1} of ${JSON.stringify(text)}: ${problem}`);
    this.column = at + 1;
  }
}
