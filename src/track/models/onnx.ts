import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ModelSignature, TensorSpec } from "../../format/index.ts";
import { workingFolder } from "../context.ts";
import type { ModelFlavor, SavedFlavor } from "./flavor.ts";
import { ModelFlavorError, ModelInputError } from "./model-errors.ts";
import { type ModelInput, onlyTensor } from "./model-input.ts";
import { importPackage } from "./project-import.ts";
import { listsOf, type Prediction, type Tensor } from "./tensor.ts";

/** What of onnxruntime is used. */
interface Runtime {
  readonly env: { logLevel?: string; readonly wasm: { numThreads?: number } };
  readonly InferenceSession: { create(bytes: Uint8Array): Promise<OnnxSession> };
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => object;
}

/** A session of onnxruntime, as far as it is used. */
export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly OnnxValue[];
  readonly outputMetadata: readonly OnnxValue[];
  run(feeds: Readonly<Record<string, object>>): Promise<Readonly<Record<string, OnnxTensor>>>;
}

interface OnnxValue {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

interface OnnxTensor {
  readonly dims: readonly number[];
  readonly data: Tensor["values"];
}

/** An ONNX model: its bytes, and a session that runs it. */
export class OnnxModel {
  readonly bytes: Uint8Array;
  readonly #open: () => Promise<Opened>;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    let opened: Promise<Opened> | null = null;
    this.#open = () => {
      opened ??= openSession(bytes);
      return opened;
    };
  }

  /** onnxruntime's session; made at the first call. @throws {ModelFlavorError} these bytes are no ONNX model */
  async session(): Promise<OnnxSession> {
    return (await this.#open()).session;
  }

  /** What the model gives, by output. @throws {ModelInputError} */
  async run(input: ModelInput): Promise<Readonly<Record<string, readonly Prediction[]>>> {
    const { session, runtime } = await this.#open();
    const answers = await session.run(feedsOf(input, { session, runtime }));
    return Object.fromEntries(
      session.outputNames.map((name) => {
        const { dims = [], data = [] } = answers[name] ?? {};
        return [name, listsOf({ shape: dims, values: data })];
      }),
    );
  }
}

interface Opened {
  readonly session: OnnxSession;
  readonly runtime: Runtime;
}

/** ONNX, which Python loads too: its bytes, or the path of an `.onnx` file. Runs in onnxruntime's WebAssembly, nothing native. */
export const onnxFlavor: ModelFlavor<OnnxModel | Uint8Array | string> = {
  name: "onnx",
  accepts: (model) =>
    model instanceof OnnxModel || model instanceof Uint8Array || (typeof model === "string" && model.endsWith(".onnx")),
  save: async (model, folder) => {
    const { bytes } = onnxModel(model);
    await folder.write("model.onnx", bytes);
    return savedOnnx;
  },
  load: async (folder, facts) => {
    const { data } = facts;
    return new OnnxModel(await folder.read(typeof data === "string" ? data : "model.onnx"));
  },
  predict: (model, input) => onnxModel(model).run(input),
  signature: async (model) => {
    const session = await onnxModel(model).session();
    return { inputs: specs(session.inputMetadata), outputs: specs(session.outputMetadata) } satisfies ModelSignature;
  },
};

const savedOnnx: SavedFlavor = {
  facts: { code: null, data: "model.onnx", onnx_session_options: null, providers: ["CPUExecutionProvider"] },
  others: {
    python_function: {
      data: "model.onnx",
      env: { conda: "conda.yaml", virtualenv: "python_env.yaml" },
      loader_module: "mlflow.onnx",
    },
  },
  pip: ["mlflow", "numpy", "onnx", "onnxruntime", "pandas"],
  npm: { "onnxruntime-web": ">=1.20" },
};

/** The same model where it was loaded or made before. */
const opened = new WeakMap<Uint8Array, OnnxModel>();

function onnxModel(model: OnnxModel | Uint8Array | string): OnnxModel {
  if (model instanceof OnnxModel) return model;
  const bytes = typeof model === "string" ? readFileSync(resolve(workingFolder(), model)) : model;
  const known = opened.get(bytes) ?? new OnnxModel(bytes);
  opened.set(bytes, known);
  return known;
}

async function openSession(bytes: Uint8Array): Promise<Opened> {
  const { exports } = await importPackage(["onnxruntime-web"], "An ONNX model");
  const runtime = exports as unknown as Runtime;
  // One thread: more need workers that keep a kernel alive.
  runtime.env.wasm.numThreads = 1;
  runtime.env.logLevel = "error";
  try {
    return { session: await runtime.InferenceSession.create(bytes), runtime };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new ModelFlavorError(`These ${bytes.length} bytes cannot be run as an ONNX model: ${reason}.`, { cause });
  }
}

function specs(values: readonly OnnxValue[]): readonly TensorSpec[] | null {
  const tensors = values.filter(({ isTensor }) => isTensor);
  // A list or map of scikit-learn's converter has no shape.
  if (tensors.length !== values.length) return null;
  return tensors.map(({ name, type = "float32", shape = [] }) => ({
    kind: "tensor",
    name: values.length === 1 ? null : name,
    dtype: numpyTypes[type] ?? type,
    shape: shape.map((length) => (typeof length === "number" && length < 2 ** 31 ? length : -1)),
  }));
}

const numpyTypes: Readonly<Record<string, string>> = { string: "str", bool: "bool" };

function feedsOf(input: ModelInput, { session, runtime }: Opened): Readonly<Record<string, object>> {
  const tensor = (value: Tensor, at: number): object => onnxTensor(runtime, value, session.inputMetadata[at]?.type);
  const [first = "", ...more] = session.inputNames;
  if (more.length === 0) return { [first]: tensor(onlyTensor(input), 0) };
  const named = input.kind === "tensors" ? input.tensors : columnTensors(input);
  return Object.fromEntries(
    session.inputNames.map((name, at) => {
      const value = named[name];
      if (value === undefined)
        throw new ModelInputError(
          `The model's input ${JSON.stringify(name)} is missing; it takes ${session.inputNames.join(", ")}.`,
        );
      return [name, tensor(value, at)];
    }),
  );
}

// As in MLflow: with several inputs, each is one column of the table.
function columnTensors({ frame }: Extract<ModelInput, { kind: "frame" }>): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(
    frame.columns.map(({ name, values, type }) => {
      const list = Array.from(values, (value) => value ?? Number.NaN);
      return [name, { dtype: type === "string" ? "str" : "float64", shape: [frame.rows, 1], values: list }];
    }),
  );
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
} as const;

function onnxTensor(runtime: Runtime, { shape, values }: Tensor, type = "float32"): object {
  const list = Array.from(values);
  if (type === "string") return new runtime.Tensor("string", list.map(String), shape);
  if (type === "bool") return new runtime.Tensor("bool", list.map(Boolean), shape);
  const strange = list.find((value) => typeof value === "string");
  if (strange !== undefined)
    throw new ModelInputError(`The model takes ${type} values; it got ${JSON.stringify(strange)}.`);
  if (type === "int64" || type === "uint64") {
    const whole = list.map((value) => wholeOf(value, type));
    return new runtime.Tensor(type, type === "int64" ? BigInt64Array.from(whole) : BigUint64Array.from(whole), shape);
  }
  const Numbers = arrays[type as keyof typeof arrays];
  if (Numbers === undefined)
    throw new ModelInputError(`The model takes ${type} values, which cannot be given from here.`);
  return new runtime.Tensor(type, Numbers.from(list.map(Number)), shape);
}

function wholeOf(value: string | number | bigint | boolean | undefined, type: string): bigint {
  if (typeof value === "number" && !Number.isInteger(value))
    throw new ModelInputError(`The model takes ${type} values; it got ${value}.`);
  return BigInt(value ?? 0);
}
