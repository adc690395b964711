import type { ModelSignature } from "../../format/index.ts";
import { drawable } from "../../host/index.ts";
import { type Entity, Lineage } from "../../lineage/index.ts";
import type { Project } from "../../store/index.ts";
import type { ModelVersion } from "../registry/index.ts";
import type { ModelFlavor } from "./flavor.ts";
import { readInput } from "./model-input.ts";
import { checkedInput } from "./signature.ts";
import type { Prediction } from "./tensor.ts";

/** What is known of a kept model: plain data. */
export interface ModelInfo {
  /** `m-` and 32 hex digits; null for a folder of MLflow 2, or of a foreign tool. */
  readonly id: string | null;
  readonly name: string;
  /** `models:/seir/3`, or `models:/m-…`. */
  readonly uri: string;
  readonly flavor: string;
  /** All that can load it, in Python too. */
  readonly flavors: readonly string[];
  readonly signature: ModelSignature | null;
  readonly runId: string | null;
  /** `2026-11-21 15:06:45.076462`, UTC. */
  readonly createdUtc: string;
  readonly bytes: number | null;
  readonly version: ModelVersion | null;
}

/** What a {@link SavedModel} is made of. */
export interface SavedModelParts {
  readonly project: Project;
  readonly info: ModelInfo;
  readonly flavor: ModelFlavor;
  readonly model: unknown;
}

/** A model that was kept with a run, or loaded: it answers, and draws itself. */
export class SavedModel {
  readonly info: ModelInfo;
  readonly #parts: SavedModelParts;

  constructor(parts: SavedModelParts) {
    this.info = parts.info;
    this.#parts = parts;
  }

  /** `m-` and 32 hex digits; null for a folder of MLflow 2. */
  get id(): string | null {
    return this.info.id;
  }

  get name(): string {
    return this.info.name;
  }

  /** What it takes and gives; null where nobody said. */
  get signature(): ModelSignature | null {
    return this.info.signature;
  }

  /** Its version in the registry; null for one that is not there. */
  get version(): ModelVersion | null {
    return this.info.version;
  }

  /** The model itself, of its own library: a tfjs model, an ml.js one, an `OnnxModel`. */
  get model(): unknown {
    return this.#parts.model;
  }

  /**
   * What the model says to each row: its first output, as nested lists.
   *
   * @param input a table (arquero, danfo, an array of records), nested lists, a tensor, or a record of those by input
   * @throws {ModelInputError} it does not fit the signature
   */
  async predict(input: unknown): Promise<readonly Prediction[]> {
    const [first = []] = Object.values(await this.outputs(input));
    return first;
  }

  /** All that the model says, by the name of the output. @throws {ModelInputError} */
  async outputs(input: unknown): Promise<Readonly<Record<string, readonly Prediction[]>>> {
    const { flavor, model, info } = this.#parts;
    return flavor.predict(model, checkedInput(readInput(input), info.signature));
  }

  /** What the model came from, and what came of it. */
  lineage(): Lineage {
    return Lineage.of(this.#parts.project, modelEntity(this.info));
  }
}

/** A model, as lineage names it: by its version in the registry, else by its id. */
export function modelEntity({ name, id, version, uri }: Pick<ModelInfo, "name" | "id" | "version" | "uri">): Entity {
  if (version !== null) return { kind: "model", name: version.name, version: String(version.version) };
  return { kind: "model", name, version: id ?? uri };
}

drawable(SavedModel.prototype, "model");
