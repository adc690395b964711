import { CodecError } from "../encoding/index.ts";

/** Whether a value may be a model: what the flavours of `track` decide on is loaded for such ones only. */
export function mayBeModel(value: object): boolean {
  return typeof Reflect.get(value, "predict") === "function";
}

/** The files of a model, and what its flavour needs to load it. */
export interface ModelFiles {
  readonly flavor: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly files: readonly (readonly [path: string, bytes: Uint8Array])[];
}

/** A model as its flavour writes it. @throws {CodecError} no flavour knows it */
export async function modelFiles(value: object, path: string): Promise<ModelFiles> {
  const { track } = await import("../../track/index.ts");
  const flavor = (() => {
    try {
      return track.flavors.of(value);
    } catch (error) {
      throw new CodecError(path, `cannot be kept. ${error instanceof Error ? error.message : String(error)}`);
    }
  })();
  const files = new Map<string, Uint8Array>();
  const { facts } = await flavor.save(value, {
    read: async (name) => files.get(name) ?? missing(name),
    write: async (name, bytes) => void files.set(name, typeof bytes === "string" ? Buffer.from(bytes) : bytes),
  });
  return { flavor: flavor.name, facts, files: [...files].sort(([a], [b]) => (a < b ? -1 : 1)) };
}

/** The model again. */
export async function modelOf({ flavor, facts, files }: ModelFiles): Promise<unknown> {
  const { track } = await import("../../track/index.ts");
  const byPath = new Map(files);
  return track.flavors.loading([flavor]).load(
    {
      read: async (name) => byPath.get(name) ?? missing(name),
      write: async (name) => missing(name),
    },
    facts,
  );
}

function missing(name: string): never {
  throw new RangeError(`A kept model has no file ${JSON.stringify(name)}`);
}
