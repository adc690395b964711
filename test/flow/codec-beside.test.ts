import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableFromArrays as flechetteTable } from "@uwdata/flechette";
import * as aq from "arquero";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { CodecError } from "../../src/flow/encoding/codec.ts";
import { objectsIn } from "../../src/flow/keep/index.ts";
import { decodeValue, encodeValue, file, StepFile, sharedParts, type ValuePlace } from "../../src/flow/values/index.ts";
import { partOf, valueOfText } from "../../src/flow/values/value.ts";
import { root } from "../support/tools.ts";

const folder = mkdtempSync(join(tmpdir(), "stemma-beside-"));
const place: ValuePlace = { objects: join(folder, "objects"), files: join(folder, "files"), folder: root };
const here: ValuePlace = { ...place, folder };
afterAll(() => rmSync(folder, { recursive: true, force: true }));
// What is read comes from the disk, not from the thread's memory.
beforeEach(() => sharedParts.clear());

async function again<T>(value: T, at: ValuePlace = place): Promise<T> {
  const text = await encodeValue(value, at);
  sharedParts.clear();
  return (await decodeValue(text, at)) as T;
}

const long = 5000;

describe("a long array", () => {
  const kinds = [Float64Array, Float32Array, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array];
  const all = [...kinds, Int32Array, Uint32Array, BigInt64Array, BigUint64Array, DataView, ArrayBuffer];

  it.each(all.map((kind) => [kind.name, kind] as const))("%s comes back bit for bit", async (_, Kind) => {
    const bytes = Uint8Array.from({ length: 8 * long }, (_, i) => (i * 7919) >> 3).buffer;
    const value = Kind === ArrayBuffer ? bytes : new (Kind as typeof Float64Array)(bytes);
    expect(await again({ deep: [value] })).toStrictEqual({ deep: [value] });
  });

  it("is a NumPy file beside a short text, the same for the same numbers", async () => {
    const text = await encodeValue({ curve: new Float64Array(long).fill(-0) }, place);
    expect(text).toMatch(/^\{"curve":\{"~":\["npy","[0-9a-f]{32}","Float64Array"\]\}\}$/);
    expect(await encodeValue({ curve: new Float64Array(long).fill(-0) }, place)).toBe(text);
    const [digest = ""] = objectsIn(text);
    const path = join(place.objects, "files", "md5", digest.slice(0, 2), digest.slice(2));
    expect(readFileSync(path).toString("latin1", 1, 6)).toBe("NUMPY");
  });

  it("is one's own copy, also where it comes from another thread's memory", async () => {
    const text = await encodeValue(new Uint8Array(long), place);
    const first = (await decodeValue(text, place)) as Uint8Array;
    first.fill(9);
    expect(await decodeValue(text, place)).toStrictEqual(new Uint8Array(long));
  });

  it.each([
    ["Float64Array", Object.assign(new Float64Array(long), { unit: "m" }), "unit"],
    ["Float64Array", Object.assign(new Float64Array(3), { unit: "m" }), "unit"],
    ["Uint8Array", Object.defineProperty(new Uint8Array(long), "hidden", { value: 1 }), "hidden"],
    ["Buffer", Object.assign(Buffer.alloc(long), { unit: "m" }), "unit"],
    ["DataView", Object.assign(new DataView(new ArrayBuffer(8)), { unit: "m" }), "unit"],
  ])("with a property of its own is refused by its path: %s", (kind, array, property) =>
    expect(encodeValue({ curve: array }, place)).rejects.toThrow(
      `result.curve is a ${kind} with a property of its own (${property}).`,
    ),
  );

  it("that is too long for one file is refused by its path", () =>
    expect(encodeValue({ curve: new Uint8Array(2 ** 31) }, place)).rejects.toThrow(
      "result.curve is longer than 2 GB.",
    ));

  it("of a class of one's own is refused by its path", () =>
    expect(encodeValue({ model: [new (class Weights extends Float64Array {})(long)] }, place)).rejects.toThrow(
      "result.model[0] is an instance of Weights.",
    ));
});

it("points to nothing where a string looks like a pointer", () =>
  fc.assert(
    fc.asyncProperty(fc.constantFrom("npy", "file"), fc.string(), async (name, more) => {
      const value = { text: `{"~":["${name}","${"a".repeat(32)}"]}${more}`, "~": [name, "a".repeat(32)] };
      expect(objectsIn(await encodeValue(value, place))).toEqual([]);
      expect(await again(value)).toStrictEqual(value);
      expect(await again({ "~": [name, "a".repeat(32)] })).toStrictEqual({ "~": [name, "a".repeat(32)] });
    }),
    { numRuns: 30 },
  ));

describe("a table", () => {
  const day = [new Date(0), new Date(86_400_000), null];
  const columns = { name: ["ä", null, "c"], n: [1.5, Number.NaN, -0], day, big: new BigInt64Array([1n, -2n, 3n]) };

  it("of arquero comes back with its values, filtered and ordered as it was", async () => {
    const table = aq.table(columns);
    expect((await again({ table })).table.objects()).toEqual(table.objects());
    const some = table.filter((row: { name: string }) => row.name !== "c").orderby("n");
    expect((await again(some)).objects()).toEqual(some.objects());
  });

  it("of flechette comes back with its schema", async () => {
    const table = flechetteTable({ n: [1, 2, 3], word: ["a", "b", "a"] });
    const back = await again(table);
    expect(back.toColumns()).toEqual(table.toColumns());
    expect(back.schema.fields.map(({ type }) => type.typeId)).toEqual(
      table.schema.fields.map(({ type }) => type.typeId),
    );
  });

  it.each([
    ["is a grouped arquero table. Return table.ungroup()", aq.table({ a: [1] }).groupby("a")],
    ['is a table that cannot be kept. Row 1 of column "a" is an object', aq.table({ a: [1, {}] })],
  ])("%s", async (message, table) => {
    const error = await encodeValue([{ table }], place).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CodecError);
    expect((error as Error).message).toContain(`result[0].table ${message}`);
  });
});

describe("a file", () => {
  it("and a folder come back with their content, by their names", async () => {
    writeFileSync(join(folder, "modèl 1.bin"), "weights");
    mkdirSync(join(folder, "out", "deep"), { recursive: true });
    writeFileSync(join(folder, "out", "deep", "a.txt"), "a");
    const text = await encodeValue({ one: file("modèl 1.bin"), all: file("out") }, here);
    rmSync(join(folder, "modèl 1.bin"));
    rmSync(join(folder, "out"), { recursive: true });
    const { one, all } = (await decodeValue(text, here)) as Record<"one" | "all", StepFile>;
    expect(one).toBeInstanceOf(StepFile);
    expect(one.name).toBe("modèl 1.bin");
    expect(readFileSync(one.path, "utf8")).toBe("weights");
    expect(readdirSync(all.path, { recursive: true })).toContain(join("deep", "a.txt"));
  });

  it("that a step has changed is whole for the next one", async () => {
    writeFileSync(join(folder, "shared.txt"), "as it was");
    const text = await encodeValue(file("shared.txt"), here);
    const first = (await decodeValue(text, here)) as StepFile;
    writeFileSync(first.path, "spoiled!!");
    expect(readFileSync(((await decodeValue(text, here)) as StepFile).path, "utf8")).toBe("as it was");
  });

  it("that is not there is named with its path in the value", () =>
    expect(encodeValue({ plot: file("no.png") }, here)).rejects.toThrow(
      'result.plot is file("no.png"), and there is no such file.',
    ));
});

it("takes parts of a value without reading what is beside it", async () => {
  const text = await encodeValue({ curve: new Float64Array(long), fits: [{ rmse: 1, at: new Date(0) }] }, place);
  const value = valueOfText(text);
  expect(partOf(value, ["fits", 0, "at"], "fit").text()).toBe('{"~":["Date",0]}');
  expect(objectsIn(partOf(value, ["curve"], "fit").text())).toEqual(objectsIn(text));
  expect(() => partOf(value, ["fits", 1], "fit")).toThrow("fit.fits has no 1; it has 1 items");
});
