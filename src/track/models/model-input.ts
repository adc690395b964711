import { type Cell, type Frame, isTable, readFrame } from "../../frame/index.ts";
import { ModelInputError } from "./model-errors.ts";
import { sizeOf, type Tensor, tensorOfLists, typedArrayType } from "./tensor.ts";

/** What a model is asked about: a table, or tensors by name ("" for the only one). */
export type ModelInput =
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "tensors"; readonly tensors: Readonly<Record<string, Tensor>> };

/**
 * Reads what a user gives: a table of arquero, danfo or an array of records; nested lists; a typed array; `{ data, dims }`;
 * a tensor of tfjs; or a record of those by the name of the input.
 *
 * @throws {ModelInputError}
 */
export function readInput(value: unknown): ModelInput {
  if (Array.isArray(value) && value.length === 0)
    throw new ModelInputError("The input is an empty list; give at least one row.");
  if (isTable(value)) return { kind: "frame", frame: readFrame(value, "A model") };
  const tensor = readTensor(value);
  if (tensor !== null) return { kind: "tensors", tensors: { "": tensor } };
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const tensors = entries.map(([name, item]) => [name, readTensor(item)] as const);
  const strange = tensors.find(([, item]) => item === null)?.[0];
  if (entries.length === 0 || strange !== undefined)
    throw new ModelInputError(
      `A model takes a table, nested lists of numbers or texts, or a record of them by input; it got ${shown(value)}${strange === undefined ? "" : ` with ${JSON.stringify(strange)} in it`}.`,
    );
  return {
    kind: "tensors",
    tensors: Object.fromEntries(tensors.flatMap(([name, item]) => (item === null ? [] : [[name, item]]))),
  };
}

function readTensor(value: unknown): Tensor | null {
  const dtype = typedArrayType(value);
  if (dtype !== null) {
    const values = value as ArrayLike<number>;
    return { dtype, shape: [values.length], values };
  }
  if (Array.isArray(value)) return tensorOfLists(value);
  if (typeof value !== "object" || value === null) return null;
  return shaped(value as ShapedLike);
}

/** A tensor of onnxruntime (`dims`, `data`) or of tfjs (`shape`, `dataSync()`). */
interface ShapedLike {
  readonly dims?: unknown;
  readonly shape?: unknown;
  readonly data?: unknown;
  readonly dataSync?: unknown;
}

function shaped(value: ShapedLike): Tensor | null {
  const shape: unknown = value.dims ?? value.shape;
  const values: unknown = typeof value.dataSync === "function" ? value.dataSync() : value.data;
  const dtype = Array.isArray(values) ? "list" : typedArrayType(values);
  if (dtype === null || !Array.isArray(shape) || !shape.every((length) => Number.isInteger(length))) return null;
  const list = values as ArrayLike<number | string>;
  if (list.length !== sizeOf(shape.map(Number)))
    throw new ModelInputError(`A tensor of shape ${shape.join(" x ")} has ${list.length} values.`);
  return {
    dtype: dtype === "list" ? tensorOfLists(values as unknown[]).dtype : dtype,
    shape: shape.map(Number),
    values: list,
  };
}

/** The rows of an input as numbers: of a table its columns side by side, of a tensor its rows. @throws {ModelInputError} */
export function rowsOf(input: ModelInput): number[][] {
  const { shape, values } = onlyTensor(input);
  const [rows = 0, ...rest] = shape;
  const width = sizeOf(rest);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: width }, (__, column) => numberOf(values[row * width + column] ?? null)),
  );
}

/** The only tensor of an input; a table becomes one of its numbers. @throws {ModelInputError} */
export function onlyTensor(input: ModelInput): Tensor {
  if (input.kind === "frame") return tensorOfFrame(input.frame);
  const [tensor, ...more] = Object.values(input.tensors);
  if (tensor === undefined || more.length > 0)
    throw new ModelInputError(`The model takes one input; it got ${Object.keys(input.tensors).join(", ")}.`);
  return tensor;
}

function tensorOfFrame({ rows, columns }: Frame): Tensor {
  const values = new Float64Array(rows * columns.length);
  columns.forEach((column, at) => {
    for (let row = 0; row < rows; row++)
      values[row * columns.length + at] = numberOf(column.values[row] ?? null, column.name);
  });
  return { dtype: "float64", shape: [rows, columns.length], values };
}

function numberOf(value: Cell, column?: string): number {
  if (typeof value === "number" || typeof value === "boolean") return Number(value);
  if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return Number(value);
  if (value === null) return Number.NaN;
  const where = column === undefined ? "" : ` in column ${JSON.stringify(column)}`;
  throw new ModelInputError(`The model takes numbers; it got ${JSON.stringify(String(value))}${where}.`);
}

function shown(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : typeof value;
}
