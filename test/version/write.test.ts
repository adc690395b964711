import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dataBundle } from "../../src/display/index.ts";
import { lineageOf, within } from "../../src/lineage/index.ts";
import { findProject, md5 } from "../../src/store/index.ts";
import { DataPathError, OverlapError, UnsavedChangesError, version } from "../../src/version/index.ts";

const before = process.cwd();
let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "stemma-version-write-")));
  mkdirSync(join(folder, ".dvc"));
  writeFileSync(join(folder, ".dvc/config"), "[core]\n    no_scm = True\n");
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const object = (digest: string): string => join(folder, ".dvc/cache/files/md5", digest.slice(0, 2), digest.slice(2));
const rows = [
  { day: 1, who: "ä" },
  { day: 2, who: "b" },
];

describe("version() of a value", () => {
  it("writes the file, versions it and says what is in the table", async () => {
    const cases = await version("data/cases.csv", rows);
    expect(read("data/cases.csv")).toBe("day,who\n1,ä\n2,b\n");
    expect({ ...cases }).toEqual({
      kind: "data",
      path: "data/cases.csv",
      md5: md5(read("data/cases.csv")),
      bytes: 17,
      files: 1,
      rows: 2,
      columns: 2,
      schema: [
        { name: "day", type: "double" },
        { name: "who", type: "string" },
      ],
    });
    expect(read("data/cases.csv.dvc")).toContain(cases.md5);
    expect(readFileSync(object(cases.md5))).toEqual(readFileSync(join(folder, "data/cases.csv")));
    expect(Object.keys(await version("notes.txt", "ä"))).toEqual(["kind", "path", "md5", "bytes", "files"]);
  });

  it("draws rows, columns and their types", async () => {
    const { "text/plain": text, "text/html": html } = dataBundle(await version("cases.csv", [{ "<b>": 1, who: "x" }]));
    expect(text).toMatch(/^cases\.csv · 1 row · 2 columns · 12 B · md5 [0-9a-f]{32}\n<b> double, who string$/);
    expect(html).toContain("&lt;b&gt; double, who string");
  });

  it("makes a DVC repository where there is none", async () => {
    rmSync(join(folder, ".dvc"), { recursive: true });
    writeFileSync(join(folder, "cases.csv"), "old\n");
    await expect(version("cases.csv", rows)).rejects.toThrow(UnsavedChangesError);
    expect(existsSync(join(folder, ".dvc"))).toBe(false);
    await version("cases.csv", rows, { force: true });
    expect(read(".dvc/config")).toBe("[core]\n    no_scm = True\n");
  });

  it("leaves everything alone when the value is the same", async () => {
    await version("cases.parquet", rows);
    const seen = statSync("cases.parquet");
    const record = statSync("cases.parquet.dvc");
    await version("cases.parquet", structuredClone(rows));
    expect(statSync("cases.parquet")).toMatchObject({ ino: seen.ino, mtimeMs: seen.mtimeMs });
    expect(statSync("cases.parquet.dvc")).toMatchObject({ ino: record.ino, mtimeMs: record.mtimeMs });
  });

  it.each(["hard", "symbolic"] as const)("replaces a %s link into the cache and not what it leads to", async (kind) => {
    const first = await version("cases.csv", rows);
    rmSync("cases.csv");
    if (kind === "hard") linkSync(object(first.md5), "cases.csv");
    else symlinkSync(object(first.md5), "cases.csv");
    await version("cases.csv", [{ day: 3 }]);
    expect(lstatSync("cases.csv").isFile()).toBe(true);
    expect(statSync("cases.csv").mode & 0o200).toBe(0o200);
    expect(read("cases.csv")).toBe("day\n3\n");
    expect(md5(readFileSync(object(first.md5)))).toBe(first.md5);
  });

  it("keeps the permissions of a file of one's own", async () => {
    await version("cases.csv", rows);
    chmodSync("cases.csv", 0o640);
    await version("cases.csv", [{ day: 3 }]);
    expect(statSync("cases.csv").mode & 0o777).toBe(0o640);
  });

  it("does not overwrite what is in no version, unless told to", async () => {
    await version("cases.csv", rows);
    writeFileSync("cases.csv", "by hand\n");
    const refused = version("cases.csv", [{ day: 3 }]);
    await expect(refused).rejects.toThrow(UnsavedChangesError);
    await expect(refused).rejects.toThrow('version("cases.csv", value, { force: true })');
    expect(read("cases.csv")).toBe("by hand\n");
    await version("cases.csv", [{ day: 3 }], { force: true });
    expect(read("cases.csv")).toBe("day\n3\n");
  });

  it("writes nothing where it could not be versioned", async () => {
    mkdirSync("pics");
    writeFileSync("pics/a", "1");
    await version("pics");
    writeFileSync("elsewhere", "1");
    symlinkSync(join(folder, "elsewhere"), "link.txt");
    await expect(version("pics/b.txt", "2")).rejects.toThrow(OverlapError);
    await expect(version("pics", "2")).rejects.toThrow("pics is a folder, and a value becomes a file");
    await expect(version("link.txt", "2")).rejects.toThrow("is a symbolic link to");
    await expect(version("../out.txt", "2")).rejects.toThrow(DataPathError);
    await expect(version("cases.csv", [{ day: [1] }])).rejects.toThrow('Row 0 of column "day" is an array');
    expect(existsSync("pics/b.txt")).toBe(false);
    expect(existsSync("cases.csv")).toBe(false);
    expect(read("elsewhere")).toBe("1");
  });

  it("does not take a value that is undefined by mistake for none", async () => {
    writeFileSync("cases.json", "[]\n");
    await expect(version("cases.json", undefined)).rejects.toThrow("is undefined");
    expect(existsSync("cases.json.dvc")).toBe(false);
  });

  it("tells the lineage that the run made it, the same value too", async () => {
    const ids = ["a".repeat(32), "b".repeat(32)];
    for (const id of ids) await within({ kind: "run", id }, () => version("cases.csv", rows));
    const cases = await version("cases.csv");
    const { edges } = lineageOf(findProject(folder), cases);
    for (const id of ids) {
      expect(edges).toContainEqual(expect.objectContaining({ from: `run:${id}`, to: `data:cases.csv@${cases.md5}` }));
    }
  });
});
