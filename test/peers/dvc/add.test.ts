import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findProject } from "../../../src/store/index.ts";
import { addData, dataStatus } from "../../../src/version/index.ts";
import { dvc, dvcStatus, git, newFolder, tree } from "./dvc.ts";

/** Names, contents and shapes that a format can stumble over. */
function fill(folder: string): readonly string[] {
  const files: Readonly<Record<string, string>> = {
    "cases.csv": "day,count\n1,3\n2,8\n",
    "a [b] #!?*.csv": "x\n",
    "it's 1.0": "quote",
    "010": "a name that YAML reads as a number",
    "näme 😀.txt": "unicode",
    "new\nline": "a line break in the name",
    "back\\slash": "x",
    empty: "",
    "crlf.txt": "a\r\nb\r\n",
    "sub/deep/x.txt": "in a folder",
    "data/b/1": "one",
    "data/b/\uffee": "above the surrogates",
    "data/b/😀": "astral",
    'data/q"uote\\': "x",
    "data/empty": "",
    "data/tab\there": "\u007f",
    "data/.hidden/x": "x",
    "data/skip.tmp": "ignored by .dvcignore",
  };
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  }
  writeFileSync(join(folder, "run.sh"), "#!/bin/sh\n", { mode: 0o744 });
  writeFileSync(join(folder, "large.bin"), Buffer.alloc(3 * 1024 * 1024 + 17, "0123456789"));
  mkdirSync(join(folder, "nothing"));
  mkdirSync(join(folder, "data", "nothing"));
  return [
    ...["cases.csv", "a [b] #!?*.csv", "it's 1.0", "010", "näme 😀.txt", "new\nline", "back\\slash", "empty"],
    ...["crlf.txt", "sub/deep/x.txt", "data", "run.sh", "large.bin", "nothing"],
  ];
}

const ignoreText = "# Add patterns of files dvc should ignore, which could improve\n*.tmp\n!keep.tmp\n";

async function twins(
  start: (folder: string) => void,
  initial: (folder: string) => void,
): Promise<readonly [string, string]> {
  const ours = newFolder();
  const theirs = newFolder();
  for (const folder of [ours, theirs]) {
    start(folder);
    writeFileSync(join(folder, ".dvcignore"), ignoreText);
    fill(folder);
  }
  initial(theirs);
  const paths = fill(newFolder());
  for (const path of paths) await addData(findProject(ours), path);
  dvc(theirs, "add", "-q", ...paths);
  return [ours, theirs];
}

describe("addData", () => {
  it("leaves what dvc init and dvc add leave in a git repository, bytes and modes", async () => {
    const [ours, theirs] = await twins(
      (folder) => git(folder, "init", "-q"),
      (folder) => dvc(folder, "init", "-q"),
    );
    expect(tree(ours)).toEqual(tree(theirs));
    expect(dvcStatus(ours)).toEqual({});
    expect(git(ours, "status", "--short", "--untracked-files=all", "cases.csv", "data")).toBe("");
  });

  it("leaves what dvc init --no-scm and dvc add leave outside git", async () => {
    const [ours, theirs] = await twins(
      () => {},
      (folder) => dvc(folder, "init", "-q", "--no-scm"),
    );
    expect(tree(ours)).toEqual(tree(theirs));
    expect(dvcStatus(ours)).toEqual({});
  });

  it("works in a DVC project below the git root, with lines already in .gitignore", async () => {
    const fresh = (): string => {
      const root = newFolder();
      git(root, "init", "-q");
      const folder = join(root, "notebooks");
      mkdirSync(join(folder, "data"), { recursive: true });
      dvc(folder, "init", "-q", "--subdir");
      writeFileSync(join(folder, "data", ".gitignore"), "/other.csv");
      writeFileSync(join(folder, "data", "cases.csv"), "1\n");
      writeFileSync(join(folder, "data", "other.csv"), "2\n");
      return folder;
    };
    const [ours, theirs] = [fresh(), fresh()];
    for (const path of ["data/cases.csv", "data/other.csv"]) await addData(findProject(ours), path);
    dvc(theirs, "add", "-q", "data/cases.csv", "data/other.csv");
    expect(tree(ours)).toEqual(tree(theirs));
    expect(readFileSync(join(ours, "data", ".gitignore"), "utf8")).toBe("/other.csv\n/cases.csv\n");
  });

  it("follows links to files and leaves out links to folders, as dvc add does", async () => {
    const fresh = (): string => {
      const folder = newFolder();
      dvc(folder, "init", "-q", "--no-scm");
      mkdirSync(join(folder, "data", "inner"), { recursive: true });
      writeFileSync(join(folder, "outside.csv"), "1\n");
      writeFileSync(join(folder, "data", "inner", "x"), "2\n");
      symlinkSync("../outside.csv", join(folder, "data", "link.csv"));
      symlinkSync("inner", join(folder, "data", "linked"));
      return folder;
    };
    const [ours, theirs] = [fresh(), fresh()];
    const { md5 } = await addData(findProject(ours), "data");
    dvc(theirs, "add", "-q", "data");
    expect(readFileSync(join(ours, "data.dvc"), "utf8")).toBe(readFileSync(join(theirs, "data.dvc"), "utf8"));
    const listing = join(".dvc", "cache", "files", "md5", md5.slice(0, 2), md5.slice(2));
    expect(readFileSync(join(ours, listing), "utf8")).toBe(readFileSync(join(theirs, listing), "utf8"));
  });

  it("changes a .dvc file as dvc add does: comments, order, descriptions and meta stay", async () => {
    const text = [
      "# Counts of the outbreak",
      "desc: boarding school # 1978",
      "outs:",
      "# the data",
      "- path: cases.csv",
      "  desc: 'one row a day'",
      "  # the digest",
      "  md5: 0123456789abcdef0123456789abcdef # old",
      "  size: 99",
      "  isexec: true",
      "  labels:",
      "  - flu",
      "meta:",
      "  owner: it's me",
      "  rows: 1_000",
      "",
    ].join("\n");
    const fresh = (): string => {
      const folder = newFolder();
      dvc(folder, "init", "-q", "--no-scm");
      writeFileSync(join(folder, "cases.csv"), "1\n");
      writeFileSync(join(folder, "cases.csv.dvc"), text);
      return folder;
    };
    const [ours, theirs] = [fresh(), fresh()];
    await addData(findProject(ours), "cases.csv");
    dvc(theirs, "add", "-q", "cases.csv");
    // ruamel drops quotes that it does not need; everything else is the same.
    const unquoted = (file: string): string => readFileSync(file, "utf8").replace("'one row a day'", "one row a day");
    expect(unquoted(join(ours, "cases.csv.dvc"))).toBe(unquoted(join(theirs, "cases.csv.dvc")));
    expect(dvcStatus(ours)).toEqual({});
  });

  it("makes a folder of a file and the other way round, in the same .dvc file", async () => {
    const [ours, theirs] = [newFolder(), newFolder()];
    for (const folder of [ours, theirs]) {
      dvc(folder, "init", "-q", "--no-scm");
      writeFileSync(join(folder, "data"), "1\n");
    }
    const step = async (): Promise<void> => {
      await addData(findProject(ours), "data");
      dvc(theirs, "add", "-q", "data");
      expect(readFileSync(join(ours, "data.dvc"), "utf8")).toBe(readFileSync(join(theirs, "data.dvc"), "utf8"));
    };
    await step();
    for (const folder of [ours, theirs]) {
      rmSync(join(folder, "data"));
      mkdirSync(join(folder, "data"));
      writeFileSync(join(folder, "data", "x"), "22\n");
    }
    await step();
  });

  it("keeps the cache where .dvc/config has it", async () => {
    const folder = newFolder();
    const cache = newFolder();
    dvc(folder, "init", "-q", "--no-scm");
    dvc(folder, "cache", "dir", cache);
    dvc(folder, "config", "cache.type", "hardlink,symlink");
    writeFileSync(join(folder, "cases.csv"), "1\n");
    await addData(findProject(folder), "cases.csv");
    expect(readdirSync(cache)).toEqual(["files"]);
    rmSync(join(folder, "cases.csv"));
    dvc(folder, "checkout", "-q");
    expect(await dataStatus(findProject(folder))).toMatchObject([{ path: "cases.csv", state: "unchanged" }]);
  });

  it("gives DVC a cache that it restores, pushes and pulls from", async () => {
    const folder = newFolder();
    fill(folder);
    for (const path of ["data", "näme 😀.txt", "run.sh"]) await addData(findProject(folder), path);
    const before = tree(join(folder, "data"));
    rmSync(join(folder, "data"), { recursive: true });
    rmSync(join(folder, "run.sh"));
    dvc(folder, "checkout", "-q");
    expect(readdirSync(join(folder, "data"), { recursive: true }).sort()).toEqual(
      [...before.keys()].filter((path) => path !== "nothing").sort(),
    );
    const remote = newFolder();
    dvc(folder, "remote", "add", "-q", "-d", "shelf", remote);
    dvc(folder, "push", "-q");
    const clone = newFolder();
    cpSync(folder, clone, { recursive: true, filter: (path) => !/[/\\](cache|tmp|data)$/.test(path) });
    dvc(clone, "pull", "-q");
    expect(dvcStatus(clone)).toEqual({});
    expect(await dataStatus(findProject(clone))).toMatchObject([
      { state: "unchanged" },
      { state: "unchanged" },
      { state: "unchanged" },
    ]);
  });
});
