import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { table } from "arquero";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lineageOf, within } from "../../src/lineage/index.ts";
import { findProject } from "../../src/store/index.ts";
import { type DataVersion, version } from "../../src/version/index.ts";

const before = process.cwd();
let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "stemma-reading-")));
  git("init", "-q", "-b", "main");
  git("config", "user.name", "Ada");
  git("config", "user.email", "ada@example.org");
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

const git = (...args: readonly string[]): string => execFileSync("git", args, { cwd: folder, encoding: "utf8" });
const commit = (message: string): string => {
  git("add", "-A");
  git("commit", "-q", "-m", message);
  return git("rev-parse", "HEAD").trim();
};
const write = (name: string, text: string | Uint8Array): void => {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const read = (name: string): string => readFileSync(join(folder, name), "utf8");

const day = new Date("2026-11-21T00:00:00Z");
const rows = [
  { id: 1, name: "Köln", n: 1n, at: day, ok: true },
  { id: 2.5, name: null, n: 2n ** 60n, at: null, ok: null },
];

describe("version.read()", () => {
  it.each(["parquet", "arrow"])("gives back what version() wrote as .%s, BigInts, dates and gaps", async (ending) => {
    await version(`t.${ending}`, rows);
    expect(await version.read(`t.${ending}`)).toEqual(rows);
    const columns = await version.read(`t.${ending}`, { as: "columns", columns: ["id"] });
    expect(columns).toEqual({ id: new Float64Array([1, 2.5]) });
  });

  it("guesses what a CSV column holds from all of its values", async () => {
    write(
      "g.csv",
      "zip,x,day,at,ok,land,big\n007,1.5,2026-01-02,2026-01-02 03:04:05,true,NA,1\n010,NA,,,False,DE,12345678901234567\n",
    );
    expect(await version.read("g.csv")).toEqual([
      {
        zip: "007",
        x: 1.5,
        day: new Date("2026-01-02"),
        at: new Date("2026-01-02T03:04:05Z"),
        ok: true,
        land: "NA",
        big: 1n,
      },
      { zip: "010", x: null, day: null, at: null, ok: false, land: "DE", big: 12345678901234567n },
    ]);
    expect(await version.read("g.csv", { columns: ["x"], types: { x: "string" } })).toEqual([
      { x: "1.5" },
      { x: "NA" },
    ]);
  });

  it("says line and column of a CSV file that is none", async () => {
    write("bad.csv", 'a,b\n1,2\n3,"open\n');
    await expect(version.read("bad.csv")).rejects.toThrow("bad.csv:3: a quote opens here and is never closed");
    write("bad.csv", "a,b\n1,2,3\n");
    await expect(version.read("bad.csv")).rejects.toThrow("bad.csv, line 2: 3 fields under 2 names");
    write("bad.parquet", "no");
    await expect(version.read("bad.parquet")).rejects.toThrow("bad.parquet cannot be read as Parquet");
    await expect(version.read("bad.csv", { columns: ["c"] })).rejects.toThrow();
  });

  it("makes arquero's table, by name or by its own function", async () => {
    await version("t.csv", "a,b\n1,2\n");
    expect((await version.read("t.csv", { as: table })).numRows()).toBe(1);
    const named: { numCols(): number } = await version.read("t.csv", { as: "arquero" });
    expect(named.numCols()).toBe(2);
  });

  it("reads JSON, text, bytes and NumPy files as what they are", async () => {
    await version("p.json", { beta: 0.3 });
    await version("v.npy", new Float32Array([1, 2]));
    write("a.bin", new Uint8Array([255, 0]));
    expect(await version.read("p.json")).toEqual({ beta: 0.3 });
    expect(await version.read("v.npy")).toEqual(new Float32Array([1, 2]));
    expect([...(await version.read("a.bin", { as: "bytes" }))]).toEqual([255, 0]);
    expect(await version.read("p.json", { as: "text" })).toBe('{\n  "beta": 0.3\n}\n');
    await expect(version.read("a.bin", { as: "rows" })).rejects.toThrow("a.bin is no table by its ending");
  });

  it("reads a commit's data, a file of a folder, a version, and leaves the folder alone", async () => {
    await version("data/t.csv", "a\n1\n");
    write("parts/x/1.csv", "a\n5\n");
    await version("parts");
    commit("one");
    const first = await version("data/t.csv");
    await version("data/t.csv", "a\n2\n");
    commit("two");
    rmSync(join(folder, "parts"), { recursive: true });
    expect(await version.read("data/t.csv", { rev: "HEAD~1" })).toEqual([{ a: 1 }]);
    expect(await version.read(first, { as: "rows" })).toEqual([{ a: 1 }]);
    expect(await version.read("data/t.csv")).toEqual([{ a: 2 }]);
    expect(await version.read("parts/x/1.csv")).toEqual([{ a: 5 }]);
    expect(await version.read(".gitignore", { rev: "HEAD", as: "text" })).toContain("/parts");
    expect(existsSync(join(folder, "parts"))).toBe(false);
    await expect(version.read("parts")).rejects.toThrow(
      'parts is a folder, and version.read() takes a file; name a file in it: "parts/x/1.csv"',
    );
    await expect(version.read("data/t.csv", { rev: "v9" })).rejects.toThrow("unknown Git revision 'v9'");
    await expect(version.read("nothing.csv")).rejects.toThrow('There is no data "nothing.csv"');
  });

  it("gets what the cache lacks from the remote, verified", async () => {
    mkdirSync(join(folder, "..", `${folder.split("/").at(-1)}-remote`));
    const remote = `${folder}-remote`;
    try {
      const data = await version("t.csv", "a\n1\n");
      write(".dvc/config", `[core]\n    remote = lab\n['remote "lab"']\n    url = ${remote}\n`);
      await version.push();
      commit("one");
      const object = join(".dvc/cache/files/md5", data.md5.slice(0, 2), data.md5.slice(2));
      rmSync(join(folder, object), { force: true });
      rmSync(join(folder, "t.csv"));
      const chunks: Buffer[] = [];
      for await (const chunk of await version.open("t.csv")) chunks.push(Buffer.from(chunk as Uint8Array));
      expect(Buffer.concat(chunks).toString()).toBe("a\n1\n");
      expect(existsSync(join(folder, object))).toBe(false);
      expect(await version.url("t.csv")).toBe(`${remote}/files/md5/${data.md5.slice(0, 2)}/${data.md5.slice(2)}`);
      expect(await version.read("t.csv", { rev: "HEAD" })).toEqual([{ a: 1 }]);
      rmSync(join(folder, object), { force: true });
      const there = join(remote, "files/md5", data.md5.slice(0, 2), data.md5.slice(2));
      rmSync(there);
      writeFileSync(there, "a\n666\n");
      await expect(
        (async () => {
          for await (const _ of await version.open("t.csv"));
        })(),
      ).rejects.toThrow("does not hold the bytes of");
      expect(existsSync(join(folder, object))).toBe(false);
    } finally {
      rmSync(remote, { recursive: true, force: true });
    }
  });

  it("tells the lineage what a run read", async () => {
    const data = await version("t.csv", "a\n1\n");
    const id = "a".repeat(32);
    await within({ kind: "run", id }, () => version.read("t.csv"));
    expect(lineageOf(findProject(folder), data).edges).toContainEqual({
      from: `data:t.csv@${data.md5}`,
      to: `run:${id}`,
    });
  });
});

describe("version(path, value)", () => {
  it("keeps streams of Node and of the web, and leaves nothing of one that breaks", async () => {
    const node = await version("n.txt", Readable.from([Buffer.from("ab"), "c"]));
    const web = await version("w.txt", new Blob(["abc"]).stream());
    expect(node.md5).toBe(web.md5);
    const broken = Readable.from(
      (async function* () {
        yield "half";
        throw new Error("gone");
      })(),
    );
    await expect(version("b.txt", broken)).rejects.toThrow("gone");
    expect(execFileSync("ls", ["-A"], { cwd: folder, encoding: "utf8" })).not.toMatch(/b\.txt|\.tmp$/m);
  });

  it("leaves a table's file as it is when another version of a writer made its bytes", async () => {
    const old = await version("t.parquet", [{ a: 1 }]);
    const meta = read("t.parquet.dvc").slice(read("t.parquet.dvc").indexOf("meta:"));
    // The same table as somebody else's writer has it: other bytes, which the .dvc file knows as this table.
    const other = Buffer.concat([readFileSync(join(folder, "t.parquet"))]);
    other.write("stemmb", other.lastIndexOf("stemma"));
    rmSync(join(folder, "t.parquet"));
    writeFileSync(join(folder, "t.parquet"), other);
    const kept = await version("t.parquet");
    expect(kept.md5).not.toBe(old.md5);
    writeFileSync(
      join(folder, "t.parquet.dvc"),
      read("t.parquet.dvc").replace(/meta:[\s\S]*$/, "") + meta.replace(old.md5, kept.md5),
    );
    expect((await version("t.parquet", [{ a: 1 }])).md5).toBe(kept.md5);
    expect((await version("t.parquet", [{ a: 2 }])).md5).not.toBe(kept.md5);
  });

  it("knows rows, columns and the commit of a file that was there", async () => {
    write("t.csv", `a,b\n${"1,x\n".repeat(300_000)}`);
    const data = await version("t.csv");
    expect([data.rows, data.columns, data.schema]).toEqual([
      300_000,
      2,
      [
        { name: "a", type: "double" },
        { name: "b", type: "string" },
      ],
    ]);
    expect(data.rev).toBeNull();
    expect((await version("t.csv")).rev).toBeNull();
    const head = commit("one");
    expect((await version("t.csv")).rev).toBe(head);
    write("q.csv", 'a\n"x\ny"\n\n"z"');
    expect((await version("q.csv")).rows).toBe(2);
    write("broken.parquet", "no");
    expect((await version("broken.parquet")).rows).toBeUndefined();
  });
});

describe("version.diff()", () => {
  it("tells a table's rows, cells and columns by key", async () => {
    await version("t.csv", "id,x,old\n1,5,a\n2,6,b\n3,7,c\n");
    commit("one");
    await version("t.csv", "id,x,new\n3,7,1\n1,5.5,2\n4,8,3\n");
    const diff = await version.diff("t.csv", "HEAD", { key: "id" });
    expect(diff.changes).toMatchObject({
      rows: { before: 3, after: 3 },
      columnsAdded: [{ name: "new", type: "double" }],
      columnsRemoved: [{ name: "old", type: "string" }],
      added: 1,
      removed: 1,
      changed: 1,
      changedCells: [{ row: "1", column: "x", before: 5, after: 5.5 }],
      addedRows: [{ id: 4, x: 8, new: 3 }],
      removedRows: [{ id: 2, x: 6, old: "b" }],
    });
    await expect(version.diff("t.csv", "HEAD", { key: "nope" })).rejects.toThrow('has no column "nope"');
  });

  it("by place, sees a row that was put in as one row", async () => {
    await version("t.csv", "x\n1\n2\n3\n");
    commit("one");
    await version("t.csv", "x\n1\n9\n2\n3\n");
    const diff = await version.diff("t.csv");
    expect(diff.changes).toMatchObject({ added: 1, removed: 0, changed: 0, addedRows: [{ x: 9 }] });
    commit("two");
    expect((await version.diff("t.csv", "HEAD~1", "HEAD")).changes).toMatchObject({ added: 1 });
    expect((await version.diff("t.csv")).same).toBe(true);
  });

  it("tells files of folders, fields of JSON, and bytes of the rest", async () => {
    write("d/a", "1");
    write("d/b", "2");
    await version("d");
    await version("p.json", { lr: 0.1, layers: [{ n: 1 }], gone: null });
    await version("x.bin", new Uint8Array([1]));
    commit("one");
    write("d/b", "3");
    write("d/c", "4");
    rmSync(join(folder, "d/a"));
    await version("p.json", { lr: 0.2, layers: [{ n: 1 }, { n: 2 }] });
    await version("x.bin", new Uint8Array([1, 2]));
    expect((await version.diff("d")).changes).toEqual({
      kind: "folder",
      added: ["c"],
      removed: ["a"],
      changed: ["b"],
      unchanged: 0,
    });
    expect((await version.diff("p.json")).changes).toEqual({
      kind: "json",
      added: [{ field: "layers[1].n", after: 2 }],
      removed: [{ field: "gone", before: null }],
      changed: [{ field: "lr", before: 0.1, after: 0.2 }],
    });
    expect((await version.diff("x.bin")).changes).toMatchObject({
      kind: "bytes",
      before: { bytes: 1 },
      after: { bytes: 2 },
    });
  });
});

describe("version.history(), tag() and checkout()", () => {
  it("goes from version to version by tag, and tells them with rows and authors", async () => {
    await version("a b/täble.parquet", [{ x: 1 }]);
    const one = commit("first");
    expect(await version.tag("v1", { message: "the first" })).toEqual({
      name: "v1",
      commit: one,
      message: "the first",
    });
    expect(git("cat-file", "-t", "v1").trim()).toBe("tag");
    write("note.txt", "x");
    commit("about something else");
    const later: DataVersion = await version("a b/täble.parquet", [{ x: 1 }, { x: 2 }]);
    const { versions } = await version.history("a b/täble.parquet");
    expect(
      versions.map(({ rev, rows: count, author, message, tags }) => ({ rev, count, author, message, tags })),
    ).toEqual([
      { rev: null, count: 2, author: "", message: "not committed", tags: [] },
      { rev: one, count: 1, author: "Ada", message: "first", tags: ["v1"] },
    ]);
    await expect(version.tag("v2")).rejects.toThrow(/not committed, so "v2" would name other data than you see/);
    commit("second");
    await expect(version.tag("v1")).rejects.toThrow("already exists");
    await version.checkout("v1");
    expect(await version.read("a b/täble.parquet")).toEqual([{ x: 1 }]);
    await version.checkout(later);
    await version.checkout("a b/täble.parquet", { rev: "v1" });
    expect((await version("a b/täble.parquet")).md5).toBe(versions[1]?.md5);
    expect((await later.history()).versions.at(-1)?.rev).toBe(one);
    expect((await later.diff("v1")).changes).toMatchObject({ added: 1 });
    await expect(version.checkout("never")).rejects.toThrow("never");
    await expect(version.history("never.csv")).rejects.toThrow("Nothing records never.csv");
  });
});
