import { FormatError } from "./format-error.ts";
import { type ModelSignature, parseFields, printFields } from "./ml-signature.ts";
import { parseDocument, stringify } from "./yaml-library.ts";

/** The file `MLmodel`, which says how a folder is loaded as a model. */
export interface MlModel {
  /** `m-` and 32 hex digits; null in folders of MLflow 2. */
  readonly modelId: string | null;
  readonly runId: string | null;
  /** `2026-11-21 15:06:45.076462`, UTC. */
  readonly createdUtc: string;
  /** What each flavour needs, by its name: `onnx`, `python_function`. */
  readonly flavors: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly signature: ModelSignature | null;
  readonly example: ExampleFiles | null;
  readonly bytes: number | null;
}

/** Where an example of the input lies in the folder. */
export interface ExampleFiles {
  readonly path: string;
  readonly type: "dataframe" | "ndarray";
  /** The same as a scoring server takes it; null where there is none. */
  readonly servingPath: string | null;
}

/** The MLflow whose format this is. */
const mlflowVersion = "3.17.2";

/** The text of an `MLmodel`, as MLflow 3 reads it. */
export function printMlModel(model: MlModel): string {
  const { signature, example } = model;
  const id = model.modelId === null ? {} : { model_id: model.modelId, model_uuid: model.modelId };
  const fields = {
    flavors: model.flavors,
    is_signature_from_type_hint: false,
    mlflow_version: mlflowVersion,
    ...id,
    ...(model.bytes === null ? {} : { model_size_bytes: model.bytes }),
    prompts: null,
    ...(model.runId === null ? {} : { run_id: model.runId }),
    ...(example === null ? {} : { saved_input_example_info: printExample(example) }),
    ...(signature === null ? {} : { signature: printSignature(signature) }),
    type_hint_from_example: false,
    utc_time_created: model.createdUtc,
  };
  // Python reads it as YAML 1.1, where a bare "no" is false.
  return stringify(fields, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false, sortMapEntries: true });
}

function printExample(example: ExampleFiles): object {
  return {
    artifact_path: example.path,
    type: example.type,
    ...(example.type === "dataframe" ? { pandas_orient: "split" } : {}),
    ...(example.servingPath === null ? {} : { serving_input_path: example.servingPath }),
  };
}

function printSignature({ inputs, outputs }: ModelSignature): object {
  return {
    inputs: inputs === null ? null : printFields(inputs),
    outputs: outputs === null ? null : printFields(outputs),
    params: null,
  };
}

/** Reads an `MLmodel` of MLflow 1 to 3, or of ours. @throws {FormatError} */
export function parseMlModel(text: string): MlModel {
  const fields = recordOf(yamlOf(text), "MLmodel: want a mapping");
  const flavors = recordOf(fields["flavors"], "MLmodel: flavors: want a mapping");
  return {
    modelId: textOf(fields["model_id"]),
    runId: textOf(fields["run_id"]),
    createdUtc: textOf(fields["utc_time_created"]) ?? "",
    flavors: Object.fromEntries(
      Object.entries(flavors).map(([name, flavor]) => [
        name,
        recordOf(flavor ?? {}, `MLmodel: flavors.${name}: want a mapping`),
      ]),
    ),
    signature: signatureOf(fields["signature"]),
    example: exampleOf(fields["saved_input_example_info"]),
    bytes: typeof fields["model_size_bytes"] === "number" ? fields["model_size_bytes"] : null,
  };
}

function yamlOf(text: string): unknown {
  const document = parseDocument(text, { version: "1.1", logLevel: "error" });
  const [problem] = document.errors;
  if (problem === undefined) return document.toJS();
  throw new FormatError(`MLmodel: this is no YAML: ${problem.message.split("\n")[0] ?? ""}`, { cause: problem });
}

function signatureOf(value: unknown): ModelSignature | null {
  if (value === undefined || value === null) return null;
  const { inputs, outputs } = recordOf(value, "MLmodel: signature: want a mapping");
  return {
    inputs: typeof inputs === "string" ? parseFields(inputs, "signature.inputs") : null,
    outputs: typeof outputs === "string" ? parseFields(outputs, "signature.outputs") : null,
  };
}

function exampleOf(value: unknown): ExampleFiles | null {
  const { artifact_path: path, type, serving_input_path: serving }: Readonly<Record<string, unknown>> = Object(value);
  if (typeof path !== "string" || (type !== "dataframe" && type !== "ndarray")) return null;
  return { path, type, servingPath: textOf(serving) };
}

function textOf(value: unknown): string | null {
  if (value instanceof Date) return value.toISOString();
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

function recordOf(value: unknown, problem: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new FormatError(
    `${problem}, got ${Array.isArray(value) ? "a list" : value === null ? "nothing" : typeof value}.`,
  );
}
