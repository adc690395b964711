import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { main } from "../../src/cli/index.ts";
import { version } from "../../src/version/index.ts";

const before = process.cwd();
let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "stemma-catalog-")));
  execFileSync("git", ["init", "-q"], { cwd: folder });
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(before);
  delete process.env["STEMMA_ENV"];
  rmSync(folder, { recursive: true, force: true });
});
const write = (name: string, text: string): void => {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const read = (name: string): string => readFileSync(join(folder, name), "utf8");

it("saves and loads by name, and versions what it saves", async () => {
  write(
    "catalog.yaml",
    "cases:\n  path: data/cases.parquet\nplain: {path: plain.csv, versioned: false, options: {delimiter: ;}}\n",
  );
  const saved = await version.save("cases", [{ x: 1 }]);
  expect(saved?.path).toBe("data/cases.parquet");
  expect(existsSync(join(folder, "data/cases.parquet.dvc"))).toBe(true);
  expect(await version.load("cases")).toEqual([{ x: 1 }]);
  expect(await version.save("plain", [{ x: 1, y: "a;b" }])).toBeNull();
  expect(await version.load("plain")).toEqual([{ x: 1, y: "a;b" }]);
  await expect(version.load("case")).rejects.toThrow('catalog.yaml has no data set "case"; it has "cases", "plain".');
});

it("checks the schema when it loads and before it writes", async () => {
  write("catalog.yaml", "c:\n  path: c.csv\n  schema: {zip: string, n: int64, x: 'number?', at: date}\n");
  write("c.csv", "zip,n,x,at\n01,2,,2026-01-01\n");
  expect(await version.load("c")).toEqual([{ zip: "01", n: 2n, x: null, at: new Date("2026-01-01") }]);
  write("c.csv", "zip,x,at\n01,a,\n");
  await expect(version.load("c")).rejects.toThrow(
    'c (c.csv) is not what catalog.yaml wants: column "n" is missing; column "x" is string, and number is wanted; all values of column "at" are missing.',
  );
  await expect(version.save("c", [{ zip: "1" }])).rejects.toThrow("Nothing was written");
  expect(read("c.csv")).toContain("01,a");
});

it("lays catalog.local.yaml over the environment's over the base, and fills in words", async () => {
  write("package.json", JSON.stringify({ stemma: { catalog: { a: "a.json", b: "b.json", c: "c.json" } } }));
  write("catalog.yaml", `_dir: data\nb: $${"{_dir}"}/b.json\nc: $${"{env:NOWHERE_C,data}"}/c.json\n`);
  write("catalog.test.yaml", "c: test/c.json\n");
  write("catalog.local.yaml", "a: local/a.json\n");
  const paths = (): readonly string[] => version.catalog().sets.map(({ path }) => path);
  expect(paths()).toEqual(["local/a.json", "data/b.json", "data/c.json"]);
  process.env["STEMMA_ENV"] = "test";
  expect(paths()).toEqual(["local/a.json", "data/b.json", "test/c.json"]);
  write("catalog.local.yaml", `a: $${"{nothing}"}/a.json\n`);
  expect(() => version.catalog()).toThrow("which nothing gives");
});

it("finds a pattern by the letters it says, and leads nobody out of the project", async () => {
  write(
    "catalog.yaml",
    '"{any}": {path: "any/{any}.json"}\n"{region}_cases": {path: "data/{region}.json"}\nköln_cases: own.json\n',
  );
  await version.save("bonn_cases", { n: 1 });
  await version.save("köln_cases", { n: 2 });
  await version.save("else", { n: 3 });
  expect(["data/bonn.json", "own.json", "any/else.json"].map((path) => JSON.parse(read(path)).n)).toEqual([1, 2, 3]);
  await expect(version.save("../../x_cases", {})).rejects.toThrow("lead out of its folder");
});

it("keeps partitions as files of one folder, each loaded when it is asked for", async () => {
  write("catalog.yaml", "parts: {path: parts, partitions: .csv}\n");
  const saved = await version.save("parts", { "2026/01": [{ x: 1 }], "2026/02": () => [{ x: 2 }] });
  expect([saved?.files, saved?.md5.endsWith(".dir")]).toEqual([2, true]);
  const parts = await version.load<Record<string, () => Promise<unknown>>>("parts");
  expect(Object.keys(parts)).toEqual(["2026/01", "2026/02"]);
  expect(await parts["2026/02"]?.()).toEqual([{ x: 2 }]);
  await expect(version.save("parts", { "../out": [] })).rejects.toThrow("no name of a partition");
});

it("reads the common part of a Kedro project's catalog, and names the rest", async () => {
  write(
    "conf/base/catalog.yml",
    `_csv: &csv
  type: pandas.CSVDataset
  load_args: {sep: ";", na_values: ["-"], dtype: {zip: str}}
  save_args: {sep: ";", index: false}
cases: {<<: *csv, filepath: data/cases.csv}
old: {type: kedro_datasets.pandas.CSVDataSet, filepath: old.csv}
lines: {type: pandas.JSONDataset, filepath: l.json, load_args: {lines: true, orient: records}}
history: {type: json.JSONDataset, filepath: data/h.json, versioned: true}
months:
  type: partitions.PartitionedDataset
  path: months
  filename_suffix: .parquet
  dataset: pandas.ParquetDataset
book: {type: pandas.ExcelDataset, filepath: b.xlsx}
odd: {type: pandas.CSVDataset, filepath: o.csv, load_args: {skiprows: 3}}
`,
  );
  write("data/cases.csv", "zip;x\n01;-\n");
  write("l.json", '{"a":1}\n');
  expect(await version.load("cases")).toEqual([{ zip: "01", x: null }]);
  expect(await version.load("lines")).toEqual([{ a: 1 }]);
  await version.save("history", { n: 1 });
  await new Promise((resolve) => setImmediate(resolve));
  await version.save("history", { n: 2 });
  expect(await version.load("history")).toMatchObject({ n: expect.any(Number) });
  await version.save("months", { "01": [{ x: 1 }] });
  expect(existsSync(join(folder, "months/01.parquet"))).toBe(true);
  await expect(version.load("book")).rejects.toThrow("Excel files are not read; save the sheet as CSV or Parquet");
  await expect(version.load("odd")).rejects.toThrow("load_args skiprows: 3 has no counterpart here");
  expect(version.catalog().sets.find(({ name }) => name === "old")?.problems).toEqual([]);
});

it("loads from the web, and does not save there", async () => {
  const server = createServer((_, response) => response.end("a,b\n1,2\n")).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    write("catalog.yaml", `web: http://127.0.0.1:${port}/t.csv\n`);
    expect(await version.load("web")).toEqual([{ a: 1, b: 2 }]);
    await expect(version.save("web", [])).rejects.toThrow("is at a web address, which is read only");
  } finally {
    server.close();
  }
});

it("takes credentials from a file that git does not keep, and says where to put them", async () => {
  write("catalog.yaml", "s: {path: s3://bucket/t.csv, credentials: lab}\n");
  await expect(version.load("s")).rejects.toThrow('wants the credentials "lab", which nothing gives');
  write("credentials.yaml", "lab: {key: a, secret: very-secret}\n");
  execFileSync("git", ["add", "credentials.yaml"], { cwd: folder });
  const told = await version.load("s").catch(String);
  expect(told).toContain("git tracks credentials.yaml");
  expect(told).not.toContain("very-secret");
});

it("says what is wrong with an entry, by file and name", () => {
  write("catalog.yaml", "a: {pat: x}\n");
  expect(() => version.catalog()).toThrow('catalog.yaml: a has "pat", which no catalog knows');
  write("catalog.yaml", "a: {path: x, schema: {b: text}}\n");
  expect(() => version.catalog()).toThrow('has the type "text" in column "b"');
});

it("stemma catalog types writes what version.load() knows of each name, and tells when it is old", async () => {
  write("catalog.yaml", "cases: {path: c.csv, schema: {x: double, at: 'date?'}}\n'{r}_raw': {path: '{r}.bin'}\n");
  write("c.csv", "x,at\n1,\n");
  expect(await main(["catalog", "types", "--check"])).toBe(1);
  expect(await main(["catalog", "types"])).toBe(0);
  expect(await main(["catalog", "types", "--check"])).toBe(0);
  expect(read("catalog.d.ts")).toContain('"cases": readonly ({ readonly "x": number; readonly "at": Date | null })[];');
  expect(read("catalog.d.ts")).toContain(`$${"{string}_raw`]: Uint8Array;"}`);
  expect(await main(["catalog", "check"])).toBe(0);
  write("c.csv", "y\n1\n");
  expect(await main(["catalog", "check"])).toBe(1);
});
