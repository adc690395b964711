import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lineageOf, within } from "../../src/lineage/index.ts";
import { findProject, md5 } from "../../src/store/index.ts";
import {
  addData,
  checkoutData,
  DataPathError,
  DataVersion,
  dataStatus,
  GitTrackedError,
  MissingDataError,
  OverlapError,
  UnsavedChangesError,
  version,
} from "../../src/version/index.ts";

const before = process.cwd();
let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "stemma-version-")));
  mkdirSync(join(folder, ".dvc"));
  write(".dvc/config", "[core]\n    no_scm = True\n");
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

const write = (name: string, text: string): void => {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const object = (digest: string): string => join(folder, ".dvc/cache/files/md5", digest.slice(0, 2), digest.slice(2));

describe("version()", () => {
  it("gives path, digest, bytes and files, and draws itself", async () => {
    write("data/cases.txt", "1\n");
    write("data/more/x", "22");
    expect({ ...(await version("data")) }).toEqual({
      kind: "data",
      path: "data",
      md5: expect.stringMatching(/\.dir$/),
      bytes: 4,
      files: 2,
    });
    rmSync(join(folder, "data.dvc"));
    const cases = await version("data/cases.txt");
    expect(cases).toBeInstanceOf(DataVersion);
    expect({ ...cases }).toEqual({ kind: "data", path: "data/cases.txt", md5: md5("1\n"), bytes: 2, files: 1 });
    expect(Symbol.for("Jupyter.display") in cases).toBe(true);
  });

  it("takes paths from the working folder and records them from the project's root", async () => {
    write("notebooks/data/cases.csv", "1\n");
    process.chdir(join(folder, "notebooks"));
    expect((await version("data/cases.csv")).path).toBe("notebooks/data/cases.csv");
    expect((await version("../notebooks/data/cases.csv")).path).toBe("notebooks/data/cases.csv");
  });

  it("tells the lineage that a run made new content, and used what was recorded already", async () => {
    write("cases.csv", "1\n");
    const cases = await within({ kind: "run", id: "a".repeat(32) }, () => version("cases.csv"));
    await within({ kind: "run", id: "b".repeat(32) }, () => version("cases.csv"));
    const { edges } = lineageOf(findProject(folder), cases);
    const data = `data:cases.csv@${cases.md5}`;
    expect(edges).toContainEqual({ from: `run:${"a".repeat(32)}`, to: data });
    expect(edges).toContainEqual({ from: data, to: `run:${"b".repeat(32)}` });
    expect(cases.lineage().graph.edges).toHaveLength(2);
  });

  it("writes nothing of Stemma's own outside a run and a cell", async () => {
    write("cases.csv", "1\n");
    await version("cases.csv");
    expect(existsSync(join(folder, "stemma"))).toBe(false);
  });

  it("does not read unchanged files again, and sees every change", async () => {
    for (let i = 0; i < 50; i++) write(`data/${i}`, String(i));
    const first = await version("data");
    expect((await version("data")).md5).toBe(first.md5);
    write("data/7", "x");
    expect((await version("data")).md5).not.toBe(first.md5);
    write("data/7", "7");
    expect((await version("data")).md5).toBe(first.md5);
    rmSync(object(md5("3")));
    await version("data");
    expect(existsSync(object(md5("3")))).toBe(true);
  });

  it("survives a torn file of known digests", async () => {
    write("cases.csv", "1\n");
    await version("cases.csv");
    const file = join(folder, ".dvc/tmp/stemma", `${md5("cases.csv")}.json`);
    writeFileSync(file, '{"version": 1, "rows": [["", [1, 2');
    expect((await version("cases.csv")).md5).toBe(md5("1\n"));
  });

  it("adds many at once, each with its line in .gitignore", async () => {
    rmSync(join(folder, ".dvc"), { recursive: true });
    execFileSync("git", ["init", "-q"], { cwd: folder });
    const names = Array.from({ length: 8 }, (_, i) => `${i}.csv`);
    for (const name of names) write(name, name);
    await Promise.all(names.map((name) => version(name)));
    expect(read(".gitignore").trim().split("\n").sort()).toEqual(names.map((name) => `/${name}`));
    expect((await version.status()).every(({ state }) => state === "unchanged")).toBe(true);
  });
});

describe("bad input", () => {
  it.each([
    ["", "is no path"],
    ["a\0b", "holds a NUL"],
    [".", "is the project itself"],
    ["../x", "is outside the project"],
    ["/etc/hostname", "is outside the project"],
    [".git/config", "is inside .git"],
    ["data/.DVC/x", "is inside .DVC"],
    ["stemma/stemma.db", "Stemma's own folder"],
    ["cases.csv/", 'leave out the "/"'],
    ["cases.csv/x", "cases.csv is a file, not a folder"],
    ["linked/x", "lies below the symbolic link linked"],
    ["linked", "is a symbolic link to the folder data"],
    ["cases.csv.dvc", "a file of DVC's own"],
    ["skipped/x.csv", "is ignored by .dvcignore"],
    ["inner/x", "belongs to the DVC project in inner"],
  ])("says in one sentence what is wrong with %j", async (path, message) => {
    write("cases.csv", "1\n");
    write("cases.csv.dvc", "outs:\n- path: cases.csv\n");
    write("data/x", "1");
    write("skipped/x.csv", "1");
    write(".dvcignore", "skipped\n");
    write("inner/.dvc/config", "");
    write("inner/x", "1");
    symlinkSync("data", join(folder, "linked"));
    const failure = version(path);
    await expect(failure).rejects.toThrow(DataPathError);
    await expect(failure).rejects.toThrow(message);
  });

  it("names what is missing", async () => {
    await expect(version("nope.csv")).rejects.toThrow(
      new MissingDataError("nope.csv", `There is no nope.csv in ${folder}. Write it first.`),
    );
    symlinkSync("nothing", join(folder, "broken"));
    await expect(version("broken")).rejects.toThrow("is a symbolic link to nothing");
    mkdirSync(join(folder, "data"));
    symlinkSync("nothing", join(folder, "data/broken"));
    await expect(version("data")).rejects.toThrow("data/broken is a symbolic link to nothing");
    expect(existsSync(join(folder, "data.dvc"))).toBe(false);
  });

  it("says line and key of a corrupt .dvc file, and leaves it alone", async () => {
    const text = "outs:\n- md5: 401b30e3b8b5d629635a5c613cdb791\n  path: cases.csv\n";
    write("cases.csv", "1\n");
    write("cases.csv.dvc", text);
    await expect(version("cases.csv")).rejects.toThrow("cases.csv.dvc:2: outs[0].md5: want 32 hex digits, got 31");
    expect(read("cases.csv.dvc")).toBe(text);
  });

  it("refuses what git tracks, with the way out", async () => {
    rmSync(join(folder, ".dvc"), { recursive: true });
    write("cases.csv", "1\n");
    execFileSync("git", ["init", "-q"], { cwd: folder });
    execFileSync("git", ["add", "cases.csv"], { cwd: folder });
    await expect(version("cases.csv")).rejects.toThrow(GitTrackedError);
    await expect(version("cases.csv")).rejects.toThrow("git rm --cached 'cases.csv'");
    expect(existsSync(join(folder, "cases.csv.dvc"))).toBe(false);
  });

  it("refuses data that another .dvc file or a stage keeps", async () => {
    write("data/x", "1");
    await version("data");
    await expect(version("data/x")).rejects.toThrow(OverlapError);
    await expect(version("data/x")).rejects.toThrow('version("data") takes the change');
    write("outer/data/x", "1");
    await version("outer/data");
    await expect(version("outer")).rejects.toThrow("outer holds data.dvc");
    write("dvc.yaml", "stages:\n  fit:\n    cmd: x\n    outs:\n    - out\n");
    write("out/fit.json", "{}");
    await expect(version("out/fit.json")).rejects.toThrow('an output of the stage "fit" in dvc.yaml');
  });

  it("wants a text", async () => {
    await expect(version(5 as unknown as string)).rejects.toThrow(
      "version() wants the path of a file or folder, got number",
    );
  });
});

describe("checkout", () => {
  const project = (): ReturnType<typeof findProject> => findProject(folder);

  it("keeps content that is in no version, names it, and takes it with force", async () => {
    write("data/a", "1");
    write("data/b", "2");
    await version("data");
    write("data/a", "edited by hand");
    rmSync(join(folder, "data/b"));
    await expect(version.checkout("data")).rejects.toThrow(UnsavedChangesError);
    await expect(version.checkout()).rejects.toThrow(/^data\/a would be overwritten/);
    expect(read("data/a")).toBe("edited by hand");
    expect(existsSync(join(folder, "data/b"))).toBe(false);
    expect(await version.checkout("data", { force: true })).toMatchObject([{ written: 2, removed: 0 }]);
    expect(read("data/a") + read("data/b")).toBe("12");
  });

  it("goes between versions that were kept, without force, and the .dvc file follows", async () => {
    write("data/a", "1");
    const first = await version("data");
    write("data/a", "2");
    write("data/new/b", "3");
    const second = await version("data");
    expect(await version.checkout(first)).toMatchObject([{ written: 1, removed: 1 }]);
    expect(existsSync(join(folder, "data/new"))).toBe(false);
    expect(read("data.dvc")).toContain(first.md5);
    await version.checkout({ kind: "data", path: "data", md5: second.md5, bytes: 2 });
    expect(read("data/new/b")).toBe("3");
    expect(await dataStatus(project())).toMatchObject([{ state: "unchanged" }]);
    await version.checkout({ source: '{"uri": "data"}', digest: first.md5 });
    expect(read("data/a")).toBe("1");
  });

  it("takes a path, a .dvc file or a folder above the data", async () => {
    write("in/cases.csv", "1\n");
    await version("in/cases.csv");
    for (const target of ["in/cases.csv", "in/cases.csv.dvc", "in"]) {
      rmSync(join(folder, "in/cases.csv"));
      expect(await version.checkout(target)).toMatchObject([{ path: "in/cases.csv", written: 1 }]);
      expect(read("in/cases.csv")).toBe("1\n");
    }
    await expect(version.checkout("nope")).rejects.toThrow("No .dvc file records nope");
  });

  it("names the object that the cache does not have, before anything is written", async () => {
    write("data/a", "1");
    write("data/b", "2");
    await version("data");
    rmSync(join(folder, "data"), { recursive: true });
    rmSync(object(md5("2")));
    await expect(version.checkout("data")).rejects.toMatchObject({ code: "MISSING_OBJECT", digest: md5("2") });
    expect(existsSync(join(folder, "data"))).toBe(false);
  });

  it("never brings bytes into the folder that are not those of the digest", async () => {
    write("cases.csv", "right");
    const { md5: digest } = await version("cases.csv");
    rmSync(join(folder, "cases.csv"));
    rmSync(object(digest));
    writeFileSync(object(digest), "wrong");
    await expect(version.checkout("cases.csv")).rejects.toMatchObject({ code: "CORRUPT_OBJECT" });
    expect(existsSync(join(folder, "cases.csv"))).toBe(false);
  });

  it("does not follow a link that stands where a folder of the data was", async () => {
    write("data/in/a", "1");
    await version("data");
    rmSync(join(folder, "data/in"), { recursive: true });
    mkdirSync(join(folder, "elsewhere"));
    symlinkSync("../elsewhere", join(folder, "data/in"));
    await expect(version.checkout("data")).rejects.toThrow("data/in is a symbolic link where a folder belongs");
    expect(existsSync(join(folder, "elsewhere/a"))).toBe(false);
  });

  it("refuses a listing that leads out of the folder", async () => {
    const listing = `[{"md5": "${md5("x")}", "relpath": "../escaped"}]`;
    const digest = `${md5(listing)}.dir`;
    for (const [name, text] of [
      [digest, listing],
      [md5("x"), "x"],
    ] as const) {
      mkdirSync(join(object(name), ".."), { recursive: true });
      writeFileSync(object(name), text);
    }
    write("data.dvc", `outs:\n- md5: ${digest}\n  hash: md5\n  path: data\n`);
    await expect(version.checkout("data")).rejects.toThrow('"../escaped" leaves the folder');
    expect(existsSync(join(folder, "escaped"))).toBe(false);
  });

  it("makes a folder of a file, and a file of a folder", async () => {
    write("x", "a file");
    const file = await version("x");
    rmSync(join(folder, "x"));
    write("x/in/y", "in a folder");
    const dir = await version("x");
    await version.checkout(file);
    expect(read("x")).toBe("a file");
    await version.checkout(dir);
    expect(read("x/in/y")).toBe("in a folder");
  });

  it("has the words of DVC for what differs", async () => {
    for (const name of ["a", "b", "c", "d"]) {
      write(name, name);
      await addData(project(), name);
    }
    write("b", "changed");
    rmSync(join(folder, "c"));
    rmSync(object(md5("d")));
    write("e", "e");
    write("e.dvc", "outs:\n- path: e\n");
    expect((await version.status()).map(({ path, state }) => `${path} ${state}`)).toEqual([
      "a unchanged",
      "b modified",
      "c deleted",
      "d not in cache",
      "e new",
    ]);
    expect(await checkoutData(project(), "c")).toMatchObject([{ path: "c", written: 1 }]);
  });
});
