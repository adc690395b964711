import { table } from "arquero";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bytesSource,
  type DataTable,
  encodeData,
  formatOf,
  frameDigest,
  readFrame,
  readTableFile,
  type TableFormat,
  type TableSource,
  tableHead,
  tableRows,
} from "../../src/frame/index.ts";

async function back(path: string, value: unknown): Promise<DataTable> {
  return readTableFile(source(path, (await encodeData(path, value)).bytes));
}

function source(path: string, bytes: Uint8Array): TableSource {
  return { source: bytesSource(bytes), path, format: formatOf(path) as TableFormat };
}

const text = (lines: string): Uint8Array => Buffer.from(lines);

const row = fc.record({
  x: fc.option(fc.double()),
  "ganz—😀": fc.option(fc.string({ unit: "binary" })),
  n: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  at: fc.option(fc.date({ noInvalidDate: true, min: new Date("1700-01-01"), max: new Date("2200-01-01") })),
  ok: fc.option(fc.boolean()),
});

describe("what encodeData() wrote", () => {
  it.each(["a.parquet", "a.arrow"])("comes back from %s as it was", (path) =>
    fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
        expect(tableRows(await back(path, rows))).toEqual(rows);
      }),
      { numRuns: 60 },
    ),
  );

  it("comes back from CSV, with quotes, line breaks and empty texts", () => {
    const word = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ", "ä", "\t", ";") });
    const line = fc.record({
      a: fc.option(word.map((one) => `x${one}`)),
      b: fc.double(),
      c: word.map((one) => `${one}y`),
    });
    return fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 20 }), async (rows) => {
        expect(tableRows(await back("a.csv", rows))).toEqual(rows);
        expect(tableRows(await back("a.tsv", rows))).toEqual(rows);
      }),
      { numRuns: 100 },
    );
  });

  it("loses no column whose name is one of objects' own", async () => {
    const rows = [{ ["__proto__"]: 1, constructor: 2, toString: 3 }];
    const [first] = tableRows(await back("a.parquet", rows));
    expect(Object.entries(first ?? {})).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
      ["toString", 3],
    ]);
  });

  it("has one digest, whatever the file and the arrays", () => {
    const rows = [
      { x: 1, s: "a" },
      { x: null, s: "" },
    ];
    const digestOf = (value: unknown): string => frameDigest(readFrame(value, "t"));
    expect(digestOf(table({ x: [1, null], s: ["a", ""] }))).toBe(digestOf(rows));
    expect(digestOf(table({ x: Float64Array.of(1, 2) }))).toBe(digestOf([{ x: 1 }, { x: 2 }]));
    expect(digestOf([rows[0], { x: null, s: null }])).not.toBe(digestOf(rows));
    expect(digestOf([{ x: 0 }])).not.toBe(digestOf([{ x: -0 }]));
    expect(digestOf([{ s: "ab" }, { s: "c" }])).not.toBe(digestOf([{ s: "a" }, { s: "bc" }]));
  });
});

describe("tableHead()", () => {
  it.each([
    ["a,b\n1,2\n", 1],
    ["a,b\n1,2", 1],
    ["a,b\r\n1,2\r\n\r\n3,4\r\n", 2],
    ['a,b\n"1\n\n",2\n', 1],
    ["a\n", 0],
  ])("counts the rows of %j", async (lines, rows) => {
    expect((await tableHead(source("a.csv", text(lines)), 8))?.rows).toBe(rows);
  });

  it("counts a long file as reading it does", async () => {
    const lines = `a,b\n${'1,"x\ny"\n'.repeat(30_000)}${"2,z\r\n".repeat(30_000)}`;
    const first = { a: 1, b: "x\ny" };
    expect(await tableHead(source("a.csv", text(lines)), 2)).toMatchObject({ rows: 60_000, top: [first, first] });
    expect((await readTableFile(source("a.csv", text(lines)))).rows).toBe(60_000);
    const objects = '{"a":1}\n'.repeat(100_000);
    expect((await tableHead(source("a.jsonl", text(objects)), 1))?.rows).toBe(100_000);
  });

  it("is none for what is no table", async () => {
    expect(await tableHead(source("a.json", text('{"a": 1}')), 8)).toBeNull();
    expect(await tableHead(source("a.csv", text("")), 8)).toBeNull();
    expect(await tableHead(source("a.csv", text("x".repeat(400_000))), 8)).toBeNull();
  });
});

describe("any bytes, and a file that was cut off", () => {
  it.each(["a.parquet", "a.arrow", "a.csv", "a.jsonl", "a.json"])("are a table or a named error to %s", (path) =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(400), async (noise, at) => {
        const { bytes } = await encodeData(path, [
          { a: 1, b: "x" },
          { a: 2, b: null },
        ]);
        const cutOff = bytes.subarray(0, Math.max(0, bytes.length - 1 - at));
        for (const some of [noise, cutOff]) {
          const failed = await readTableFile(source(path, some)).then(
            () => null,
            (error: unknown) => error,
          );
          if (failed !== null) expect(failed).toMatchObject({ code: "TABLE_FILE" });
        }
      }),
      { numRuns: 60 },
    ),
  );

  it("are so with any byte of a Parquet file changed", { timeout: 60_000 }, async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ a: i % 3, b: `name ${i % 5}`, c: i / 7, d: i % 2 === 0 }));
    const { bytes } = await encodeData("a.parquet", rows);
    const known = new Set([null, "TABLE_FILE"]);
    for (let at = 0; at < bytes.length; at++)
      for (const value of [0x19, 0x00, 0xff, (bytes[at] ?? 0) ^ 0x01]) {
        const changed = Uint8Array.from(bytes);
        changed[at] = value;
        const code = await readTableFile(source("a.parquet", changed)).then(
          () => null,
          (error: { readonly code?: string }) => error.code ?? error,
        );
        expect(known, `byte ${at} as ${value}`).toContain(code);
      }
  });
});
