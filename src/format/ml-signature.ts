import { FormatError } from "./format-error.ts";

/** MLflow's types of a column (mlflow/types/schema.py, DataType). */
export type ModelColumnType =
  | "boolean"
  | "integer"
  | "long"
  | "float"
  | "double"
  | "string"
  | "binary"
  | "datetime"
  | "any";

/** One column of what a model takes or gives. */
export interface ColumnSpec {
  readonly kind: "column";
  /** Null for a single column without a name. */
  readonly name: string | null;
  readonly type: ModelColumnType;
  readonly required: boolean;
}

/** One tensor; -1 in the shape is any length. */
export interface TensorSpec {
  readonly kind: "tensor";
  readonly name: string | null;
  /** numpy's name: `float32`, `int64`, `bool`, `str`. */
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** Arrays, objects and maps, which are kept and not checked. */
export interface NestedSpec {
  readonly kind: "nested";
  readonly name: string | null;
  /** The JSON that MLflow writes of it. */
  readonly json: string;
}

export type FieldSpec = ColumnSpec | TensorSpec | NestedSpec;

/** What a model takes and gives; null where nobody said. */
export interface ModelSignature {
  readonly inputs: readonly FieldSpec[] | null;
  readonly outputs: readonly FieldSpec[] | null;
}

const columnTypes: readonly ModelColumnType[] = [
  ...(["boolean", "integer", "long", "float", "double", "string", "binary", "datetime", "any"] as const),
];

/** MLflow's JSON of the inputs, or of the outputs. */
export function printFields(fields: readonly FieldSpec[]): string {
  return spaced(fields.map(wireOf));
}

/** Reads what MLflow wrote. @param at for messages: "signature.inputs" @throws {FormatError} */
export function parseFields(text: string, at: string): readonly FieldSpec[] {
  const list = jsonOf(text, at);
  if (!Array.isArray(list)) throw new FormatError(`MLmodel: ${at}: want a list of columns or tensors.`);
  return list.map((item: unknown, i) => fieldOf(item, `${at}[${i}]`));
}

function wireOf(field: FieldSpec): unknown {
  const named = field.name === null ? {} : { name: field.name };
  if (field.kind === "nested") return JSON.parse(field.json);
  if (field.kind === "column") return { type: field.type, ...named, required: field.required };
  return { type: "tensor", "tensor-spec": { dtype: field.dtype, shape: field.shape }, ...named };
}

function fieldOf(item: unknown, at: string): FieldSpec {
  const { type, name, required, "tensor-spec": tensor }: Readonly<Record<string, unknown>> = Object(item);
  const shown = typeof name === "string" ? name : null;
  if (type === "tensor") {
    const { dtype, shape }: Readonly<Record<string, unknown>> = Object(tensor);
    if (typeof dtype !== "string" || !Array.isArray(shape) || !shape.every(Number.isInteger))
      throw new FormatError(`MLmodel: ${at}: this tensor has no dtype and shape.`);
    return { kind: "tensor", name: shown, dtype, shape: shape.map(Number) };
  }
  const known = columnTypes.find((column) => column === type);
  if (known !== undefined) return { kind: "column", name: shown, type: known, required: required !== false };
  if (typeof type !== "string") throw new FormatError(`MLmodel: ${at}: has no type.`);
  return { kind: "nested", name: shown, json: JSON.stringify(item) };
}

function jsonOf(text: string, at: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`MLmodel: ${at}: ${JSON.stringify(text.slice(0, 40))} is no JSON.`, { cause });
  }
}

/** As Python's json.dumps: a blank behind each comma and colon. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`);
  return `{${entries.join(", ")}}`;
}
