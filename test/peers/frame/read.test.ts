import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { table } from "arquero";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeData } from "../../../src/frame/index.ts";
import { tool } from "../../support/tools.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "stemma-frame-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Found {
  readonly types: Readonly<Record<string, string>>;
  readonly rows: number;
  readonly pandas: readonly number[];
  /** Of few rows. */
  readonly columns?: Readonly<Record<string, readonly unknown[]>>;
  /** Of many. */
  readonly sums?: Readonly<Record<string, number>>;
}

async function foundIn(value: unknown): Promise<Found> {
  const file = join(folder, "t.parquet");
  writeFileSync(file, (await encodeData(file, value)).bytes);
  return JSON.parse(execFileSync(tool("python"), [join(import.meta.dirname, "read.py"), file], { encoding: "utf8" }));
}

/** As read.py shows it. */
function shown(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Date) return value.getTime();
  if (typeof value !== "number") return value;
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(value);
  return bits.toString("hex");
}

describe("pyarrow and pandas", () => {
  it("read every value of a Parquet file as it was", async () => {
    const maybe = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(some, { freq: 10 });
    const row = fc.record({
      double: maybe(fc.double()),
      "ganz—😀": maybe(fc.string({ unit: "binary" })),
      // What Python's datetime spans.
      at: maybe(fc.date({ min: new Date("0001-01-02"), max: new Date("9999-12-30"), noInvalidDate: true })),
      n: maybe(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      ok: maybe(fc.boolean()),
      few: fc.constantFrom(0, -0, 1, Number.NaN),
      none: fc.constant(null),
    });
    const [rows = []] = fc.sample(fc.array(row, { minLength: 3000, maxLength: 3000 }), { seed: 7, numRuns: 1 });
    const { types, columns } = await foundIn(rows);
    expect(types).toEqual({
      double: "double",
      "ganz—😀": "string",
      at: "timestamp[ms, tz=UTC]",
      n: "int64",
      ok: "bool",
      few: "double",
      none: "null",
    });
    expect(Object.keys(columns ?? {})).toHaveLength(7);
    for (const [name, values] of Object.entries(columns ?? {})) {
      expect(values).toEqual(rows.map((record) => shown(record[name as keyof typeof record])));
    }
  });

  it("read typed arrays in their own width", async () => {
    const arrays = {
      float: Float32Array.of(-0, 1.5),
      int8: Int8Array.of(-128, 127),
      int16: Int16Array.of(-32768, 32767),
      int32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
      int64: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
      uint8: Uint8Array.of(0, 255),
      uint16: Uint16Array.of(0, 65535),
      uint32: Uint32Array.of(0, 2 ** 32 - 1),
      uint64: BigUint64Array.of(0n, 2n ** 64n - 1n),
    };
    const { types, columns } = await foundIn(table(arrays));
    expect(types).toEqual(Object.fromEntries(Object.keys(arrays).map((name) => [name, name])));
    for (const [name, array] of Object.entries(arrays)) {
      const numbers: readonly (number | bigint)[] = [...array];
      expect(columns?.[name]).toEqual(numbers.map((n) => (name === "float" ? shown(n) : String(n))));
    }
  });

  it("read no rows, with the columns", async () =>
    expect(await foundIn(table({ a: new Float64Array(), b: [] }))).toMatchObject({
      types: { a: "double", b: "null" },
      pandas: [0, 2],
    }));

  it("read a million rows", async () => {
    const rows = 1_000_000;
    const found = await foundIn(
      table({
        x: Float64Array.from({ length: rows }, (_, i) => i),
        y: Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? 0.5 : null)),
        who: Array.from({ length: rows }, (_, i) => `k${i % 1000}`),
      }),
    );
    expect(found).toMatchObject({ rows, pandas: [rows, 3], sums: { x: (rows * (rows - 1)) / 2, y: rows / 4 } });
  });
});

describe("NumPy", () => {
  it.each([
    Float64Array.of(1.5, -0, Number.NaN),
    Float32Array.of(1.5),
    Int8Array.of(-1),
    Uint16Array.of(1, 2),
    Int32Array.of(),
    BigInt64Array.of(-1n),
    Uint8Array.of(1, 2, 3),
    Float64Array.from({ length: 12 }, (_, i) => Math.sin(i)).subarray(3),
  ])("saves the same bytes again: %o", async (array) => {
    const file = join(folder, "a.npy");
    const { bytes } = await encodeData(file, array);
    writeFileSync(file, bytes);
    const again =
      "import sys, io, numpy; out = io.BytesIO(); numpy.save(out, numpy.load(sys.argv[1])); sys.stdout.buffer.write(out.getvalue())";
    expect(execFileSync(tool("python"), ["-c", again, file])).toEqual(Buffer.from(bytes));
  });
});
