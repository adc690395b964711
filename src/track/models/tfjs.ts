import type { ModelSignature, TensorSpec } from "../../format/index.ts";
import type { ModelFlavor, ModelFolder, SavedFlavor } from "./flavor.ts";
import { ModelInputError } from "./model-errors.ts";
import { type ModelInput, onlyTensor } from "./model-input.ts";
import { importPackage } from "./project-import.ts";
import { listsOf, type Prediction, type Tensor } from "./tensor.ts";

/** A layers model of tfjs, as far as it is used. */
export interface TfjsModel {
  readonly inputs: readonly TfjsSymbol[];
  readonly outputs: readonly TfjsSymbol[];
  readonly inputNames?: readonly string[];
  readonly outputNames?: readonly string[];
  predict(input: unknown): TfjsTensor | readonly TfjsTensor[];
  save(handler: object): Promise<unknown>;
}

interface TfjsSymbol {
  readonly name: string;
  readonly shape: readonly (number | null)[];
  readonly dtype: string;
}

interface TfjsTensor {
  readonly shape: readonly number[];
  data(): Promise<Tensor["values"]>;
  dispose(): void;
}

interface Tfjs {
  tensor(values: unknown, shape: readonly number[], dtype: string): TfjsTensor;
  loadLayersModel(handler: object): Promise<TfjsModel>;
}

/** What tfjs hands to a handler that saves, and takes from one that loads. */
interface Artifacts {
  readonly modelTopology?: unknown;
  readonly weightSpecs?: unknown;
  readonly weightData?: ArrayBuffer | readonly ArrayBuffer[];
  readonly [more: string]: unknown;
}

const weightsFile = "model/weights.bin";
const topologyFile = "model/model.json";

/** tfjs's layers models, in the two files that tfjs itself writes: only JavaScript loads them. */
export const tfjsFlavor: ModelFlavor<TfjsModel> = {
  name: "tfjs",
  accepts: isLayersModel,
  save: saveModel,
  load: loadModel,
  predict: predictTensors,
  signature: async (model) => ({ inputs: specs(model.inputs), outputs: specs(model.outputs) }) satisfies ModelSignature,
};

/** Whether a value has the shape of a layers model of tfjs. */
export function isLayersModel(model: unknown): model is TfjsModel {
  const { predict, save, getWeights, layers }: Readonly<Record<string, unknown>> = Object(model);
  return [predict, save, getWeights].every((method) => typeof method === "function") && Array.isArray(layers);
}

/** tfjs of the user's project. */
export async function tfjsOf(): Promise<{ readonly tf: Tfjs; readonly name: string; readonly version: string }> {
  const { exports, name, version } = await importPackage(["@tensorflow/tfjs", "@tensorflow/tfjs-node"], "A tfjs model");
  return { tf: exports as unknown as Tfjs, name, version };
}

async function saveModel(model: TfjsModel, folder: ModelFolder): Promise<SavedFlavor> {
  const artifacts = await artifactsOf(model);
  const { weightData, modelTopology, weightSpecs, ...rest } = artifacts;
  const parts = weightData === undefined ? [] : Array.isArray(weightData) ? weightData : [weightData];
  await folder.write(weightsFile, Buffer.concat(parts.map((part: ArrayBuffer) => new Uint8Array(part))));
  const manifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
  await folder.write(topologyFile, JSON.stringify({ modelTopology, ...rest, weightsManifest: manifest }));
  const { name, version } = await tfjsOf();
  return { facts: { data: topologyFile, tfjs_version: version }, npm: { [name]: version } };
}

function artifactsOf(model: TfjsModel): Promise<Artifacts> {
  return new Promise((resolve, reject) => {
    const save = async (artifacts: Artifacts): Promise<object> => {
      resolve(artifacts);
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
    };
    // With its optimizer the training can go on where it stopped, as far as tfjs can keep that.
    model.save({ save }).catch(reject);
  });
}

async function loadModel(folder: ModelFolder, facts: Readonly<Record<string, unknown>>): Promise<TfjsModel> {
  const { tf } = await tfjsOf();
  const file = String(facts["data"] ?? topologyFile);
  const topology: Readonly<Record<string, unknown>> = JSON.parse(Buffer.from(await folder.read(file)).toString());
  const groups = topology["weightsManifest"] as readonly {
    readonly paths: readonly string[];
    readonly weights: readonly unknown[];
  }[];
  const base = file.includes("/") ? file.slice(0, file.lastIndexOf("/") + 1) : "";
  const parts = await Promise.all(groups.flatMap(({ paths }) => paths).map((path) => folder.read(base + path)));
  const bytes = Uint8Array.from(Buffer.concat(parts));
  const { weightsManifest: _, ...rest } = topology;
  const weightSpecs = groups.flatMap(({ weights }) => weights);
  return tf.loadLayersModel({ load: async () => ({ ...rest, weightSpecs, weightData: bytes.buffer }) });
}

async function predictTensors(
  model: TfjsModel,
  input: ModelInput,
): Promise<Readonly<Record<string, readonly Prediction[]>>> {
  const { tf } = await tfjsOf();
  const given = model.inputs.map((symbol) => tensorFor(tf, symbol, { input, only: model.inputs.length === 1 }));
  try {
    const answered = model.predict(given.length === 1 ? given[0] : given);
    const outputs = Array.isArray(answered) ? answered : [answered as TfjsTensor];
    const lists = await Promise.all(
      outputs.map(async (output: TfjsTensor) => listsOf({ shape: output.shape, values: await output.data() })),
    );
    for (const output of outputs) output.dispose();
    const name = (at: number): string => model.outputNames?.[at] ?? model.outputs[at]?.name ?? `output ${at}`;
    return Object.fromEntries(lists.map((list, at) => [name(at), list]));
  } finally {
    for (const tensor of given) tensor.dispose();
  }
}

function tensorFor(
  tf: Tfjs,
  symbol: TfjsSymbol,
  { input, only }: { readonly input: ModelInput; readonly only: boolean },
): TfjsTensor {
  const named = input.kind === "tensors" ? input.tensors[symbol.name] : undefined;
  const tensor = named ?? (only ? onlyTensor(input) : undefined);
  if (tensor === undefined) throw new ModelInputError(`The model's input ${JSON.stringify(symbol.name)} is missing.`);
  // One number a row is a row of one number.
  const rank = symbol.shape.length;
  const shape = tensor.shape.length === rank - 1 && symbol.shape.at(-1) === 1 ? [...tensor.shape, 1] : tensor.shape;
  return tf.tensor(Array.from(tensor.values, Number), shape, symbol.dtype);
}

function specs(symbols: readonly TfjsSymbol[]): readonly TensorSpec[] {
  return symbols.map(({ name, shape, dtype }) => ({
    kind: "tensor",
    name: symbols.length === 1 ? null : name,
    dtype,
    shape: shape.map((length) => length ?? -1),
  }));
}
