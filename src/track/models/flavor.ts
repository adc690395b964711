import type { ModelSignature } from "../../format/index.ts";
import { ModelFlavorError } from "./model-errors.ts";
import type { ModelInput } from "./model-input.ts";
import type { Prediction } from "./tensor.ts";

/** The folder of one model. Paths are relative, with `/`. */
export interface ModelFolder {
  read(path: string): Promise<Uint8Array>;
  write(path: string, bytes: Uint8Array | string): Promise<void>;
}

/** What `save` tells: it is written into the file `MLmodel`. */
export interface SavedFlavor {
  /** What `load` needs again, as plain JSON. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Entries for other tools by the name of their flavour: `python_function`. */
  readonly others?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Python packages that load it there: `onnxruntime`, `numpy>=2`. */
  readonly pip?: readonly string[];
  /** npm packages with their versions. */
  readonly npm?: Readonly<Record<string, string>>;
}

/** How one kind of model is saved, loaded and asked. Add your own with `track.flavors.add()`. */
export interface ModelFlavor<Model = unknown> {
  /** Its name in the file `MLmodel`: `onnx`. */
  readonly name: string;
  accepts(model: unknown): boolean;
  save(model: Model, folder: ModelFolder): Promise<SavedFlavor>;
  load(folder: ModelFolder, facts: Readonly<Record<string, unknown>>): Promise<Model>;
  /** What the model says, by the name of the output; the first one is what `predict()` gives. */
  predict(model: Model, input: ModelInput): Promise<Readonly<Record<string, readonly Prediction[]>>>;
  /** What it takes and gives, where the model itself knows. */
  signature?(model: Model): Promise<ModelSignature | null>;
}

/** The kinds of models that can be kept; your own go before those that come with Stemma. */
export class ModelFlavors {
  readonly #own: ModelFlavor[] = [];
  readonly #built: readonly ModelFlavor[];

  constructor(built: readonly ModelFlavor[]) {
    this.#built = built;
  }

  /** The names of all. */
  get names(): readonly string[] {
    return [...this.#own, ...this.#built].map(({ name }) => name);
  }

  /** Adds a kind of model; one of the same name is replaced. @throws {ModelFlavorError} it has no name */
  add(flavor: ModelFlavor): void {
    if (!/^[\w.-]+$/.test(flavor.name))
      throw new ModelFlavorError(
        `A flavour's name is ${JSON.stringify(flavor.name)}; letters, digits, _ - and . are allowed.`,
      );
    const at = this.#own.findIndex(({ name }) => name === flavor.name);
    if (at === -1) this.#own.unshift(flavor);
    else this.#own[at] = flavor;
  }

  /** The flavour of that name, else the first that accepts the model. @throws {ModelFlavorError} */
  of(model: unknown, name?: string): ModelFlavor {
    const all = [...this.#own, ...this.#built];
    const found = all.find((flavor) => (name === undefined ? flavor.accepts(model) : flavor.name === name));
    if (found !== undefined) return found;
    const problem =
      name === undefined
        ? `${described(model)} is a model of no known flavour`
        : `There is no flavour ${JSON.stringify(name)}`;
    throw new ModelFlavorError(`${problem} (${this.names.join(", ")}). track.flavors.add() takes one of your own.`);
  }

  /** The flavour that can load what an MLmodel offers. @throws {ModelFlavorError} */
  loading(offered: readonly string[]): ModelFlavor {
    const found = [...this.#own, ...this.#built].find(({ name }) => offered.includes(name));
    if (found !== undefined) return found;
    const known = this.names.join(", ");
    throw new ModelFlavorError(
      `The model has the flavours ${offered.join(", ") || "of nobody"}, and none of them can be loaded here (${known}). Log it as ONNX where it was made, or add a flavour with track.flavors.add().`,
    );
  }
}

function described(model: unknown): string {
  if (typeof model === "string") return JSON.stringify(model.slice(0, 60));
  if (typeof model !== "object" || model === null) return `A ${model === null ? "null" : typeof model}`;
  const name = model.constructor?.name ?? "";
  return name === "Object" ? "A plain object" : `A ${name || "value"}`;
}
