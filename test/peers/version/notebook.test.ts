import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { version } from "../../../src/version/index.ts";
import { tool } from "../../support/tools.ts";

const before = process.cwd();
const at = new Date("2026-11-21T12:00:00Z");
const rows = [
  { x: 1.5, name: "Köln", n: 1n, at },
  { x: 2, name: null, n: 2n ** 60n, at: null },
];
interface Found {
  readonly urls: Readonly<Record<string, string>>;
  readonly "old url": string;
  readonly frames: Readonly<
    Record<string, { readonly rows: number; readonly sum: number; readonly names: readonly string[] }>
  >;
  readonly status: string;
  readonly "data status": Readonly<Record<string, unknown>>;
}
let folder = "";
let found: Found;
const urls: Record<string, string> = {};
let note = "";

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "stemma-notebook-")));
  process.chdir(folder);
  const git = (...args: readonly string[]): unknown => execFileSync("git", args, { cwd: folder });
  git("init", "-q");
  git("config", "user.name", "Ada");
  git("config", "user.email", "ada@example.org");
  await version("täble.parquet", [{ x: 0, name: "old" }]);
  writeFileSync(
    join(folder, ".dvc/config"),
    `[core]\n    remote = lab\n['remote "lab"']\n    url = ${folder}/remote here\n`,
  );
  git("add", "-A");
  git("commit", "-qm", "one");
  await version.tag("v1");
  for (const path of ["täble.parquet", "t.arrow", "t.csv", "t.jsonl"])
    await version(
      path,
      rows.map((row) => (path === "t.jsonl" ? { ...row, n: 1 } : row)),
    );
  mkdirSync(join(folder, "parts/x"), { recursive: true });
  writeFileSync(join(folder, "parts/x/1.csv"), "a\n1\n");
  await version("parts");
  git("add", "-A");
  git("commit", "-qm", "two");
  note = readFileSync("täble.parquet.dvc", "utf8");
  for (const path of ["täble.parquet", "parts", "parts/x/1.csv"]) urls[path] = await version.url(path);
  urls["old"] = await version.url("täble.parquet", { rev: "v1" });
  const script = [join(import.meta.dirname, "notebook.py"), tool("dvc")];
  found = JSON.parse(execFileSync(tool("python"), script, { cwd: folder, encoding: "utf8" }));
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

it("version.url() gives what dvc.api.get_url() gives, of files, folders, parts and commits", () => {
  const { old, ...now } = urls;
  expect(now).toEqual(found.urls);
  expect(old).toBe(found["old url"]);
});

it("pandas reads the Parquet, Arrow, CSV and JSON lines that version() wrote", () => {
  for (const frame of Object.values(found.frames)) expect(frame).toEqual({ rows: 2, sum: 3.5, names: ["Köln", "-"] });
  expect(Object.keys(found.frames)).toHaveLength(4);
});

it("DVC takes a .dvc file with a table's note for clean, and keeps the note when it adds other content", async () => {
  expect(found.status).toBe("Data and pipelines are up to date.");
  expect(found["data status"]).not.toHaveProperty("uncommitted");
  expect(note).toMatch(/meta:\n {2}stemma:\n {4}md5: \w{32}\n {4}logical: \w{32}\n {4}rows: 2\n$/);
  const after = readFileSync(join(folder, "täble.parquet.dvc"), "utf8");
  expect(after.slice(after.indexOf("meta:"))).toBe(note.slice(note.indexOf("meta:")));
  // The note is about other content now: the table that it names is written anew.
  const { versions } = await version.history("täble.parquet");
  expect(versions.map(({ rows: count, tags }) => [count, tags])).toEqual([
    [2, []],
    [2, []],
    [1, ["v1"]],
  ]);
});

it("version.read() reads what pandas wrote, in each compression", async () => {
  const changed = rows.map((row) => ({ ...row, x: row.x + 1 }));
  for (const path of ["täble.parquet", "lz4.feather", "zstd.feather"])
    expect(await version.read(path, { as: "rows" })).toEqual(changed);
  const plain = changed.map(({ x, name }) => ({ x, name }));
  for (const path of ["pandas.csv", "pandas.jsonl"])
    expect(await version.read(path, { as: "rows", columns: ["x", "name"] })).toEqual(plain);
  expect(await version.read("pandas.json", { as: "rows", columns: ["x", "name"] })).toEqual(plain);
});

it("version.diff() tells what pandas changed", async () => {
  expect((await version.diff("täble.parquet", "HEAD")).changes).toMatchObject({
    changed: 2,
    columnsAdded: [],
    changedCells: [
      { row: "0", column: "x", before: 1.5, after: 2.5 },
      { row: "1", column: "x", before: 2, after: 3 },
    ],
  });
});
