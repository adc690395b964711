import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FieldSpec, type MlModel, parseMlModel, printMlModel } from "../../src/format/index.ts";
import { root } from "../support/tools.ts";

function golden(name: string): MlModel {
  return parseMlModel(readFileSync(join(root, "test/golden/mlflow-3.17.2", name, "MLmodel"), "utf8"));
}

const text = fc.string({ minLength: 1, unit: "grapheme" });
const field = fc.oneof(
  fc.record({
    kind: fc.constant("column" as const),
    name: fc.option(text),
    type: fc.constantFrom("double" as const, "long" as const, "string" as const, "datetime" as const),
    required: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("tensor" as const),
    name: fc.option(text),
    dtype: fc.constantFrom("float32", "int64", "str"),
    shape: fc.array(fc.integer({ min: -1, max: 512 }), { maxLength: 4 }),
  }),
) satisfies fc.Arbitrary<FieldSpec>;

const model: fc.Arbitrary<MlModel> = fc.record({
  modelId: fc.option(fc.constant(`m-${"0a".repeat(16)}`)),
  runId: fc.option(text),
  createdUtc: fc.constant("2026-11-21 15:06:45.076462"),
  flavors: fc.dictionary(
    fc.constantFrom("onnx", "python_function", "größe", "no"),
    fc.dictionary(
      text.filter((key) => key !== "__proto__"),
      fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)),
    ),
    { noNullPrototype: true },
  ),
  signature: fc.option(fc.record({ inputs: fc.option(fc.array(field)), outputs: fc.option(fc.array(field)) })),
  example: fc.option(
    fc.record({
      path: fc.constant("input_example.json"),
      type: fc.constantFrom("dataframe" as const, "ndarray" as const),
      servingPath: fc.option(fc.constant("serving_input_example.json")),
    }),
  ),
  bytes: fc.option(fc.nat()),
});

describe("an MLmodel", () => {
  it("of MLflow says its flavours, tensors and example", () => {
    const read = golden("onnx-tensor");
    expect(read.modelId).toMatch(/^m-[0-9a-f]{32}$/);
    expect(Object.keys(read.flavors)).toEqual(["onnx", "python_function"]);
    expect(read.flavors["python_function"]).toMatchObject({ loader_module: "mlflow.onnx", data: "model.onnx" });
    expect(read.signature).toEqual({
      inputs: [{ kind: "tensor", name: null, dtype: "float32", shape: [-1, 4] }],
      outputs: [{ kind: "tensor", name: null, dtype: "int64", shape: [-1] }],
    });
    expect(read.example).toEqual({
      path: "input_example.json",
      type: "ndarray",
      servingPath: "serving_input_example.json",
    });
  });

  it("of MLflow says its columns, also where its YAML folds them over lines", () => {
    expect(golden("onnx-columns").signature?.inputs).toEqual(
      ["a", "b", "c", "d"].map((name) => ({ kind: "column", name, type: "float", required: true })),
    );
    expect(golden("onnx-columns").example?.type).toBe("dataframe");
  });

  it("is read as it was printed", () => {
    fc.assert(
      fc.property(model, (value) => {
        expect(parseMlModel(printMlModel(value))).toEqual(value);
      }),
    );
  });

  it("that is broken says where", () => {
    expect(() => parseMlModel("flavors: [1, 2")).toThrow(/^MLmodel: this is no YAML/);
    expect(() => parseMlModel("a: 1")).toThrow("MLmodel: flavors: want a mapping, got undefined.");
    expect(() => parseMlModel("flavors: {}\nsignature: {inputs: '[{]'}")).toThrow("signature.inputs: ");
  });
});
