import type { ColumnSpec, FieldSpec, ModelColumnType, ModelSignature, TensorSpec } from "../../format/index.ts";
import type { Cell, Column, ColumnType, Frame } from "../../frame/index.ts";
import { mlflowTypes } from "../column-types.ts";
import { ModelInputError } from "./model-errors.ts";
import { type ModelInput, onlyTensor } from "./model-input.ts";
import { type Prediction, type Tensor, tensorOfLists } from "./tensor.ts";

/** What an example of the input says that the model takes. */
export function inputFields(input: ModelInput): readonly FieldSpec[] {
  if (input.kind === "frame")
    return input.frame.columns.map(({ name, type, values }): ColumnSpec => {
      const required = !Array.from({ length: input.frame.rows }, (_, row) => values[row] ?? null).includes(null);
      return { kind: "column", name, type: mlflowTypes[type], required };
    });
  const entries = Object.entries(input.tensors);
  return entries.map(([name, tensor]) => tensorSpec(entries.length === 1 && name === "" ? null : name, tensor));
}

/** What answers say that the model gives; null for answers that are no tensors. */
export function outputFields(outputs: Readonly<Record<string, readonly Prediction[]>>): readonly FieldSpec[] | null {
  const entries = Object.entries(outputs);
  if (entries.some(([, lists]) => lists.length === 0 || lists.flat(9).includes(null))) return null;
  return entries.map(([name, lists]) => tensorSpec(entries.length === 1 ? null : name, tensorOfLists(lists)));
}

// The first dimension is the rows, of which there may be any number.
function tensorSpec(name: string | null, { dtype, shape }: Tensor): TensorSpec {
  return { kind: "tensor", name, dtype, shape: [-1, ...shape.slice(1)] };
}

/**
 * The input as the model's signature wants it: columns in its order and no others, tensors of its shape.
 *
 * @throws {ModelInputError} a column or tensor is missing, or is of another type or shape
 */
export function checkedInput(input: ModelInput, signature: ModelSignature | null): ModelInput {
  const fields = signature?.inputs ?? null;
  if (fields === null || fields.some(({ kind }) => kind === "nested")) return input;
  const columns = fields.filter((field) => field.kind === "column");
  if (columns.length === fields.length) return checkedColumns(input, columns);
  const tensors = fields.filter((field) => field.kind === "tensor");
  return checkedTensors(input, tensors);
}

function checkedColumns(input: ModelInput, specs: readonly ColumnSpec[]): ModelInput {
  const frame = input.kind === "frame" ? input.frame : namedColumns(input, specs);
  const columns = specs.flatMap((spec, at) => {
    const column =
      frame.columns.find(({ name }) => name === spec.name) ?? (spec.name === null ? frame.columns[at] : null);
    if (column === null || column === undefined) {
      if (!spec.required) return [];
      const there = frame.columns.map(({ name }) => name).join(", ");
      throw new ModelInputError(
        `The model takes a column ${JSON.stringify(spec.name)}, which the input has not; it has ${there}.`,
      );
    }
    checkColumn(column, spec, frame.rows);
    return [column];
  });
  return { kind: "frame", frame: { rows: frame.rows, columns } };
}

/** Rows without names get those of the signature, in its order. */
function namedColumns(input: ModelInput, specs: readonly ColumnSpec[]): Frame {
  const { shape, values } = onlyTensor(input);
  const [rows = 0, width = 1] = shape;
  if (shape.length > 2 || width !== specs.length)
    throw new ModelInputError(
      `The model takes ${specs.length} columns (${specs.map(({ name }) => name).join(", ")}); the input is ${shape.join(" x ")}.`,
    );
  const columns = specs.map(({ name }, at): Column => {
    const cells = Array.from({ length: rows }, (_, row): Cell => values[row * width + at] ?? null);
    const type = typeof cells[0] === "string" ? "string" : typeof cells[0] === "boolean" ? "boolean" : "double";
    return { name: name ?? String(at), type, values: cells };
  });
  return { rows, columns };
}

function checkColumn(column: Column, spec: ColumnSpec, rows: number): void {
  for (let row = 0; row < rows; row++) {
    const cell = column.values[row] ?? null;
    if (cell === null ? !spec.required : fits(cell, column.type, spec.type)) continue;
    const shown = cell === null ? "nothing" : JSON.stringify(String(cell));
    throw new ModelInputError(
      `Column ${JSON.stringify(spec.name)} of the model is ${spec.type}; row ${row} of the input has ${shown}.`,
    );
  }
}

function fits(cell: Exclude<Cell, null>, type: ColumnType, wanted: ModelColumnType): boolean {
  switch (wanted) {
    case "any":
    case "binary":
      return true;
    case "string":
      return typeof cell === "string";
    case "boolean":
      return typeof cell === "boolean";
    case "datetime":
      return type === "timestamp" || typeof cell === "string";
    case "integer":
    case "long":
      return typeof cell === "bigint" || Number.isInteger(cell);
    default:
      return typeof cell === "number" || typeof cell === "bigint";
  }
}

function checkedTensors(input: ModelInput, specs: readonly TensorSpec[]): ModelInput {
  const [only, ...more] = specs;
  if (only !== undefined && more.length === 0) {
    const named = input.kind === "tensors" && only.name !== null ? input.tensors[only.name] : undefined;
    const tensor = named ?? onlyTensor(input);
    checkShape(tensor, only);
    return { kind: "tensors", tensors: { [only.name ?? ""]: tensor } };
  }
  if (input.kind === "frame") return input;
  for (const spec of specs) {
    const tensor = input.tensors[spec.name ?? ""];
    if (tensor === undefined)
      throw new ModelInputError(
        `The model's input ${JSON.stringify(spec.name)} is missing; it takes ${specs.map(({ name }) => name).join(", ")}.`,
      );
    checkShape(tensor, spec);
  }
  return input;
}

function checkShape(tensor: Tensor, spec: TensorSpec): void {
  // One number a row is taken for a row of one number.
  const shape =
    tensor.shape.length === 1 && spec.shape.length === 2 && spec.shape[1] === 1 ? [...tensor.shape, 1] : tensor.shape;
  const fitting = spec.shape.every((length, at) => length === -1 || length === shape[at]);
  const text = tensor.dtype === "str";
  if (fitting && shape.length === spec.shape.length && text === (spec.dtype === "str" || spec.dtype === "object"))
    return;
  const wanted = spec.shape.map((length) => (length === -1 ? "any" : length)).join(" x ");
  throw new ModelInputError(
    `The model takes ${spec.dtype} values of shape ${wanted}; the input is ${text ? "text" : "numbers"} of shape ${tensor.shape.join(" x ")}.`,
  );
}
