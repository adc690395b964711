import type { ExampleFiles } from "../../format/index.ts";
import type { Cell, Frame } from "../../frame/index.ts";
import type { ModelInput } from "./model-input.ts";
import { listsOf, type Tensor } from "./tensor.ts";

/** An example of a model's input, as files by their paths, and as `MLmodel` tells of them. */
export interface SavedExample {
  readonly files: Readonly<Record<string, string>>;
  readonly told: ExampleFiles;
}

const examplePath = "input_example.json";
const servingPath = "serving_input_example.json";
/** Rows that are kept: it is an example. */
const mostRows = 100;

/** An example as MLflow keeps one: a table split into columns and rows, tensors as nested lists. */
export function savedExample(input: ModelInput): SavedExample {
  const told = { path: examplePath, servingPath } as const;
  if (input.kind === "frame") {
    const split = splitFrame(input.frame);
    const files = {
      [examplePath]: JSON.stringify(split),
      [servingPath]: JSON.stringify({ dataframe_split: split }, null, 2),
    };
    return { files, told: { ...told, type: "dataframe" } };
  }
  const entries = Object.entries(input.tensors).map(([name, tensor]) => [name, listsOf(firstRows(tensor))] as const);
  const [only] = entries;
  const value = entries.length === 1 && only?.[0] === "" ? only[1] : Object.fromEntries(entries);
  const files = { [examplePath]: json(value), [servingPath]: json({ inputs: value }, 2) };
  return { files, told: { ...told, type: "ndarray" } };
}

function splitFrame({ rows, columns }: Frame): object {
  const kept = Math.min(rows, mostRows);
  const cell = (value: Cell, type: string): unknown => {
    if (typeof value === "bigint") return Number(value);
    return type === "timestamp" && typeof value === "number" ? new Date(value).toISOString() : value;
  };
  const data = Array.from({ length: kept }, (_, row) =>
    columns.map(({ values, type }) => cell(values[row] ?? null, type)),
  );
  return { columns: columns.map(({ name }) => name), data };
}

function firstRows({ dtype, shape, values }: Tensor): Tensor {
  const [rows = 0, ...rest] = shape;
  const width = rest.reduce((size, length) => size * length, 1);
  const kept = Math.min(rows, mostRows);
  return { dtype, shape: [kept, ...rest], values: Array.from(values).slice(0, kept * width) };
}

// A whole number past 2^53 is text: JSON has no other way that JavaScript writes.
function json(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item), indent);
}
