/**
 * Files as values.
 *
 * This file is copied into exported projects: it imports nothing but Node's own modules.
 */
import { basename } from "node:path";

const mark: unique symbol = Symbol.for("stemma.flow.file") as never;

/** A file or folder as a value: a step returns one by `file(path)`, and the steps behind it get one to read. */
export class StepFile {
  /** Absolute where a step gets it; as it was written where a step returns it. */
  readonly path: string;
  /** The last part of the path. */
  readonly name: string;

  constructor(path: string) {
    this.path = path;
    this.name = basename(path);
    Object.defineProperty(this, mark, { value: true });
  }
}

/**
 * Makes a file or folder that a step wrote its result, or a part of it: its bytes are kept when the step returns, and the
 * next steps get a {@link StepFile} whose `path` holds them, also when this step is kept and never runs.
 *
 * @param path relative to the notebook's folder
 */
export function file(path: string): StepFile {
  if (typeof path !== "string" || path === "")
    throw new TypeError(`file() takes the path of a file, and got ${JSON.stringify(path) ?? typeof path}`);
  return new StepFile(path);
}

/** Also true for one of another copy of Stemma, as a worker has. */
export function isStepFile(value: object): value is StepFile {
  return Reflect.get(value, mark) === true;
}
