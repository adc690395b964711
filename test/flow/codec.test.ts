import { constants } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CodecError, decode, encode } from "../../src/flow/encoding/codec.ts";
import { OnnxModel } from "../../src/track/models/onnx.ts";

const special = fc.oneof(
  fc.anything({
    withDate: true,
    withMap: true,
    withSet: true,
    withBigInt: true,
    withTypedArray: true,
    withSparseArray: true,
    withNullPrototype: true,
  }),
  fc.constantFrom(NaN, -0, Infinity, -Infinity, undefined),
  fc.dictionary(fc.constantFrom("~", "__proto__", "a"), fc.constantFrom(1, "x", null, ["hole"])),
);

describe("codec", () => {
  it("gives back every plain value as it was", () =>
    fc.assert(
      fc.property(special, (value) => {
        expect(decode(encode(value))).toStrictEqual(value);
      }),
    ));

  it("gives the same text for what it gave back", () =>
    fc.assert(
      fc.property(special, (value) => {
        expect(encode(decode(encode(value)))).toBe(encode(value));
      }),
    ));

  it("keeps the order of keys, which is the order of a table's columns", () =>
    expect(Object.keys(decode(encode({ day: 1, ill: 2, age: 3 })) as object)).toEqual(["day", "ill", "age"]));

  it("keeps a Buffer, an ArrayBuffer, a regular expression and an invalid date", () => {
    const value = { b: Buffer.from("ü"), a: new Uint8Array([1, 2]).buffer, r: /a.c/giu, d: new Date(Number.NaN) };
    expect(decode(encode(value))).toStrictEqual(value);
  });

  it("gives a fresh copy at each call", () => {
    const encoded = encode({ list: [1] });
    expect(decode(encoded)).not.toBe(decode(encoded));
  });

  it.each([
    [{ model: { fit: () => 1 } }, "result.model.fit is a function. Return plain data"],
    [[1, { at: new URL("http://a.b") }], "result[1].at is an instance of URL. Return plain data"],
    [{ "a b": Symbol("x") }, 'result["a b"] is a symbol.'],
    [{ p: Promise.resolve(1) }, "result.p is a promise. Await it before you return it."],
    [
      new (class Model {
        weights = [1];
      })(),
      "result is an instance of Model.",
    ],
    [
      { model: new OnnxModel(new Uint8Array(3)) },
      "result.model is an ONNX model that runs (OnnxModel). Return its bytes or file(path), and open it in the next step.",
    ],
    [new (class Table extends Map {})(), "result is an instance of Table."],
    [
      {
        get rows() {
          return [1];
        },
      },
      "result has a getter (rows).",
    ],
    [{ [Symbol("k")]: 1 }, "result has the symbol Symbol(k) as a key."],
    [{ error: new TypeError("no") }, "result.error is an error (TypeError). Throw it, or return its message."],
    [Object.assign([1], { name: "x" }), "result is a list with a property of its own (name)."],
    [
      { objects() {}, numRows() {}, toArrowIPC() {}, __proto__: class ColumnTable {}.prototype },
      "result is a table (ColumnTable), which has no place here. Give its rows",
    ],
  ])("refuses what text cannot hold, with the path to it (%#)", (value, message) =>
    expect(() => encode(value)).toThrow(message),
  );

  it("refuses a cycle", () => {
    const tree: { name: string; parent?: unknown } = { name: "a" };
    tree.parent = { child: [tree] };
    expect(() => encode(tree, "input tree")).toThrow("input tree.parent.child[0] contains itself (a cycle).");
  });

  it("says that a value is nested too deeply, and keeps the error's kind", () => {
    let list: unknown[] = [];
    for (let i = 0; i < 100_000; i++) list = [list];
    expect(() => encode(list)).toThrow(
      new CodecError("result", "is nested too deeply to be kept. Return a flat list."),
    );
  });

  it("says which part is too long for a text, and not that it is nested too deeply", () => {
    const tooLong =
      /^result\.fit\.pixels is longer than \d+ MB as text\. Write it to a file, and return file\(path\)\.$/;
    expect(() => encode({ fit: { pixels: new Uint8Array(403_000_000) } })).toThrow(tooLong);
    const part = "x".repeat(constants.MAX_STRING_LENGTH / 4);
    expect(() => encode({ fit: { pixels: [part, part, part, part] } })).toThrow(tooLong);
  });
});
