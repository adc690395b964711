import { createRequire } from "node:module";
import { runInNewContext } from "node:vm";
import { desc, table } from "arquero";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DataValueError, encodeData } from "../../src/frame/index.ts";
import { md5 } from "../../src/store/index.ts";

const danfo = createRequire(import.meta.url)("danfojs-node") as {
  readonly DataFrame: new (
    data: readonly object[],
    options?: { readonly columns?: readonly string[] },
  ) => { setIndex(options: { readonly column: string }): object };
};

const text = async (path: string, value: unknown): Promise<string> =>
  Buffer.from((await encodeData(path, value)).bytes).toString();
const types = async (value: unknown): Promise<string | undefined> =>
  (await encodeData("t.parquet", value)).table?.columns.map(({ name, type }) => `${name} ${type}`).join(", ");

describe("tables", () => {
  it("are arquero's, with their filter and order carried out and their types kept", async () => {
    const cases = table({ day: [3, 1, 2], n: Int32Array.of(30, 10, 20), share: Float32Array.of(0.5, 0.25, 0.125) });
    expect(await text("t.csv", cases)).toBe("day,n,share\n3,30,0.5\n1,10,0.25\n2,20,0.125\n");
    const kept = cases.filter((row: { day: number }) => row.day > 1).orderby(desc("day"));
    expect(await text("t.csv", kept)).toBe("day,n,share\n3,30,0.5\n2,20,0.125\n");
    expect(await types(cases)).toBe("day double, n int32, share float");
    expect(await types(kept)).toBe("day double, n int32, share float");
  });

  it("are danfo's, whose NaN is a missing value among text and a number among numbers", async () => {
    const frame = new danfo.DataFrame([
      { day: 1, who: "ä", x: Number.NaN },
      { day: 2.5, who: Number.NaN, x: 3 },
    ]);
    expect(await text("t.csv", frame)).toBe("day,who,x\n1,ä,NaN\n2.5,,3\n");
    expect(await types(frame)).toBe("day double, who string, x double");
    expect(await types(new danfo.DataFrame([], { columns: ["a", "b"] }))).toBe("a null, b null");
    await expect(encodeData("t.csv", frame.setIndex({ column: "who" }))).rejects.toThrow('addColumn("label"');
  });

  it("are arrays of plain objects, also those of a cell's own realm", async () => {
    expect(await types([{ a: 1, b: "x", c: true, d: 1n, e: new Date(0), f: null }])).toBe(
      "a double, b string, c boolean, d int64, e timestamp, f null",
    );
    const rows: unknown = runInNewContext("[{ a: 1, at: new Date(0) }, { at: null, a: 2 }]");
    expect(await text("t.csv", rows)).toBe("a,at\n1,1970-01-01T00:00:00.000Z\n2,\n");
    expect((await encodeData("t", [{ a: 1 }])).bytes).toEqual((await encodeData("t.parquet", [{ a: 1 }])).bytes);
  });

  it("say how many rows they have, none too", async () => {
    expect((await encodeData("t.parquet", table({ a: [] }))).table).toEqual({
      rows: 0,
      columns: [{ name: "a", type: "null" }],
    });
    expect(await text("t.csv", table({ a: [], b: [] }))).toBe("a,b\n");
    expect(await text("t.json", table({ a: [] }))).toBe("[]\n");
  });

  it.each([
    ["two types", [{ a: 1 }, { a: "x" }], 'Row 1 of column "a" is the text "x", but row 0 is the number 1'],
    ["a missing key", [{ a: 1 }, { b: 1 }], 'Row 1 has no "a", which row 0 has'],
    ["one key more", [{ a: 1 }, { a: 1, b: 2 }], 'Row 1 has "b", which row 0 has not'],
    ["a hole", new Array(3), "Row 0 is undefined"],
    ["a list in a column", [{ a: 1 }, { a: [1] }], 'Row 1 of column "a" is an array'],
    ["a class instance in a column", [{ a: new Map() }], 'Row 0 of column "a" is a Map'],
    ["a class instance for a row", [new (class Row {})()], "Row 0 is a Row"],
    ["more than 64 bits", [{ a: 2n ** 63n }], 'Row 0 of column "a" is the BigInt 9223372036854775808n'],
    ["an invalid date", [{ a: new Date(Number.NaN) }], 'Row 0 of column "a" is an invalid Date'],
    ["half a character", [{ a: "\ud800" }], "no UTF-8"],
    ["no rows", [], "An empty array has no columns"],
  ])("refuse %s by row and column", async (_, rows, message) => {
    await expect(encodeData("t.parquet", rows)).rejects.toThrow(message);
    await expect(encodeData("t.csv", rows)).rejects.toThrow(DataValueError);
  });

  // A new version of the writer may give other bytes for the same values; then data that did not change would seem to.
  it("become these bytes of Parquet, today and tomorrow", async () => {
    const rows = Array.from({ length: 2000 }, (_, i) => ({
      x: i % 7 === 0 ? null : Math.fround(i / 3),
      who: `ä${i % 10}`,
      at: new Date(i * 1000),
      n: BigInt(i),
      ok: i % 2 === 0,
    }));
    const { bytes } = await encodeData("t.parquet", rows);
    expect(md5(bytes)).toBe(md5((await encodeData("t.parquet", structuredClone(rows))).bytes));
    expect(md5(bytes)).toBe("9523140689ebe6afea835db31a2c0ad4");
  });
});

describe("CSV", () => {
  it("quotes what readers would take apart, and keeps a missing value from an empty text", async () => {
    const rows = [
      { "a,b": 'say "hi"', c: "" },
      { "a,b": "two\nlines", c: null },
      { "a,b": " edge", c: "plain" },
    ];
    expect(await text("t.csv", rows)).toBe('"a,b",c\n"say ""hi""",""\n"two\nlines",\n" edge",plain\n');
  });

  it("has no blank line for a missing value in the only column", async () =>
    expect(await text("t.csv", [{ a: null }, { a: 1 }])).toBe('a\n""\n1\n'));

  it("keeps numbers exactly", async () => {
    const rows = [-0, 1e21, 5e-324, Number.NaN, Number.NEGATIVE_INFINITY].map((x) => ({ x }));
    expect(await text("t.csv", rows)).toBe("x\n-0\n1e+21\n5e-324\nNaN\n-Infinity\n");
  });
});

describe("JSON", () => {
  it("gives back any plain value", async () =>
    fc.assert(
      fc.asyncProperty(
        fc.jsonValue({ maxDepth: 4 }).filter((value) => typeof value !== "string"),
        async (value) => {
          expect(JSON.parse(await text("v.json", value))).toEqual(value);
        },
      ),
    ));

  it("of many rows is one array still, and so is CSV one table", async () => {
    const frame = table({ i: Int32Array.from({ length: 25_000 }, (_, i) => i) });
    expect(JSON.parse(await text("t.json", frame))).toEqual(Array.from({ length: 25_000 }, (_, i) => ({ i })));
    expect((await text("t.csv", frame)).trimEnd().split("\n").slice(1).map(Number)).toEqual([...frame.array("i")]);
  });

  it("stops when it is told to", async () => {
    const frame = table({ i: Int32Array.from({ length: 25_000 }, (_, i) => i) });
    for (const path of ["t.json", "t.csv", "t.parquet"]) {
      await expect(encodeData(path, frame, AbortSignal.abort())).rejects.toThrow("aborted");
    }
  });

  it("has a table's rows one a line", async () => {
    const frame = table({ a: [1, -0], at: [new Date(0), null] });
    expect(await text("t.json", frame)).toBe('[\n{"a":1,"at":"1970-01-01T00:00:00.000Z"},\n{"a":-0,"at":null}\n]\n');
    await expect(encodeData("t.json", table({ a: [1, Number.NaN] }))).rejects.toThrow(
      'Row 1 of column "a" is the number NaN, which JSON cannot hold; a path that ends in .parquet keeps it.',
    );
  });

  it.each([
    [{ a: [1, { b: Number.NaN }] }, "value.a[1].b is NaN"],
    [{ a: undefined }, "value.a is undefined"],
    [new Array(1), "value[0] is undefined"],
    [{ at: new Date(0) }, "value.at is a Date, which JSON would not bring back; give date.toISOString()."],
    [{ map: new Map() }, "value.map is a Map"],
    [{ f: Math.max }, "value.f is the function max"],
    [{ n: 1n }, "value.n is the BigInt 1n"],
  ])("refuses what it would change: %o", async (value, message) =>
    expect(encodeData("v.json", value)).rejects.toThrow(message),
  );

  it("refuses a value that holds itself", async () => {
    const value: { self?: object } = {};
    value.self = value;
    await expect(encodeData("v.json", value)).rejects.toThrow("value.self is a part of itself");
  });

  it("leaves a chart's missing numbers to Vega, also of what turns itself into a chart", async () => {
    const spec = {
      $schema: "https://vega.github.io/schema/vega-lite/v5.json",
      mark: "bar",
      data: { values: [Number.NaN] },
    };
    const shown =
      '{"$schema":"https://vega.github.io/schema/vega-lite/v5.json","mark":"bar","data":{"values":[null]}}\n';
    expect(await text("chart.vl.json", spec)).toBe(shown);
    expect(
      await text(
        "chart.json",
        new (class {
          toJSON = (): object => spec;
        })(),
      ),
    ).toBe(shown);
  });
});

describe("text and bytes", () => {
  it("are the file as they are", async () => {
    expect(await text("notes.txt", "ä\r\n")).toBe("ä\r\n");
    expect(await text("t.csv", "a;b\n")).toBe("a;b\n");
    const bytes = Buffer.from([0, 255, 10]);
    expect(Buffer.from((await encodeData("model.bin", bytes)).bytes)).toEqual(bytes);
    expect(Buffer.from((await encodeData("model", new Uint8Array(bytes).buffer)).bytes)).toEqual(bytes);
  });

  it("of a NumPy file are not wrapped into another", async () => {
    const npy = (await encodeData("x.npy", Float64Array.of(1))).bytes;
    expect((await encodeData("x.npy", npy)).bytes).toEqual(npy);
  });
});

it.each([
  ["a table under another ending", { path: "t.xlsx", value: table({ a: [1] }) }, 'name it "t.parquet"'],
  ["one object as a table", { path: "t.csv", value: { a: 1 } }, 'does not fit an object; plain JSON fits "t.json"'],
  ["text as Parquet", { path: "t.parquet", value: "a,b" }, 'does not fit the text "a,b"; text fits "t.txt"'],
  ["a typed array as a table", { path: "t.csv", value: Float64Array.of(1) }, 'numbers like these fit "t.npy"'],
  ["an array as a typed array", { path: "t.npy", value: [1, 2] }, "give a typed array: Float64Array.from(values)"],
  ["a class instance as text", { path: "t.txt", value: new Map() }, "does not fit a Map"],
  ["undefined", { path: "t.json", value: undefined }, "is undefined"],
  ["a promise", { path: "t.json", value: Promise.resolve(1) }, "is a promise; await it first"],
])("refuses %s", async (_, { path, value }, message) => expect(encodeData(path, value)).rejects.toThrow(message));
