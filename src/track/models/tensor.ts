import { ModelInputError } from "./model-errors.ts";

/** Numbers, texts or flags with a shape, row by row. */
export interface Tensor {
  /** numpy's name: `float32`, `float64`, `int64`, `bool`, `str`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number | bigint | boolean | string>;
}

/** One value of what a model gives, or a list of them for each dimension. */
export type Prediction = number | bigint | boolean | string | null | readonly Prediction[];

const typedArrays: Readonly<Record<string, string>> = {
  Float32Array: "float32",
  Float64Array: "float64",
  Int8Array: "int8",
  Int16Array: "int16",
  Int32Array: "int32",
  Uint8Array: "uint8",
  Uint8ClampedArray: "uint8",
  Uint16Array: "uint16",
  Uint32Array: "uint32",
  BigInt64Array: "int64",
  BigUint64Array: "uint64",
};

/** numpy's name of a typed array's numbers; null for any other value. */
export function typedArrayType(value: unknown): string | null {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return null;
  const tag: unknown = Reflect.get(value, Symbol.toStringTag);
  return typeof tag === "string" ? (typedArrays[tag] ?? null) : null;
}

/**
 * Nested lists of equal lengths as a tensor.
 *
 * @throws {ModelInputError} lists of different lengths, or values of different kinds
 */
export function tensorOfLists(lists: readonly unknown[]): Tensor {
  const shape = shapeOf(lists);
  const values: unknown[] = [];
  collect(lists, shape, { depth: 0, values });
  return { dtype: typeOfAll(values), shape, values: values as Tensor["values"] & unknown[] };
}

function shapeOf(lists: readonly unknown[]): readonly number[] {
  const shape: number[] = [];
  for (let item: unknown = lists; isList(item); item = item[0]) shape.push(item.length);
  return shape;
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || typedArrayType(value) !== null;
}

function collect(
  item: unknown,
  shape: readonly number[],
  place: { readonly depth: number; readonly values: unknown[] },
): void {
  if (place.depth === shape.length) {
    if (isList(item)) throw uneven(shape);
    place.values.push(item);
    return;
  }
  if (!isList(item) || item.length !== shape[place.depth]) throw uneven(shape);
  for (let i = 0; i < item.length; i++) collect(item[i], shape, { ...place, depth: place.depth + 1 });
}

function uneven(shape: readonly number[]): ModelInputError {
  return new ModelInputError(`The lists are not of equal lengths: the first ones have ${shape.join(" x ")} values.`);
}

function typeOfAll(values: readonly unknown[]): string {
  const kinds = new Set(values.map((value) => typeof value));
  const [kind = "number"] = kinds;
  if (kinds.size > 1)
    throw new ModelInputError(`The lists hold ${[...kinds].join(" and ")} values; one kind is wanted.`);
  const found = { number: "float64", bigint: "int64", boolean: "bool", string: "str" }[String(kind)];
  if (found === undefined)
    throw new ModelInputError(`The lists hold ${kind} values; numbers, texts or flags are wanted.`);
  return found;
}

/** A tensor as nested lists. Whole numbers of 64 bits are numbers where those hold them. */
export function listsOf({ shape, values }: Pick<Tensor, "shape" | "values">): readonly Prediction[] {
  let at = 0;
  const level = (depth: number): readonly Prediction[] =>
    Array.from({ length: shape[depth] ?? 0 }, () =>
      depth === shape.length - 1 ? plain(values[at++]) : level(depth + 1),
    );
  return shape.length === 0 ? [plain(values[0])] : level(0);
}

function plain(value: number | bigint | boolean | string | undefined): Prediction {
  if (typeof value === "bigint" && BigInt.asIntN(53, value) === value) return Number(value);
  return value ?? null;
}

/** How many values a shape has. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}
