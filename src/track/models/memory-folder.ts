import type { ModelFolder } from "./flavor.ts";
import { ModelFlavorError } from "./model-errors.ts";

/** The files of a model before they are kept. */
export class MemoryFolder implements ModelFolder {
  readonly #files = new Map<string, Uint8Array>();

  /** By path. */
  get files(): ReadonlyMap<string, Uint8Array> {
    return this.#files;
  }

  /** Of all files. */
  get bytes(): number {
    return [...this.#files.values()].reduce((sum, { length }) => sum + length, 0);
  }

  async read(path: string): Promise<Uint8Array> {
    const bytes = this.#files.get(path);
    if (bytes === undefined)
      throw new ModelFlavorError(`The flavour reads ${JSON.stringify(path)}, which it did not write.`);
    return bytes;
  }

  async write(path: string, bytes: Uint8Array | string): Promise<void> {
    if (path === "MLmodel")
      throw new ModelFlavorError("A flavour writes no MLmodel; what it gives back goes in there.");
    this.#files.set(path, typeof bytes === "string" ? Buffer.from(bytes) : bytes);
  }
}
