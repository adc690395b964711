import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { asideIn, type PlacedObject } from "../../src/version/aside.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "stemma-aside-"));
  mkdirSync(join(root, "aside"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const object = (path: string, bytes = 1): PlacedObject => ({
  path: join(root, "object"),
  bytes,
  md5: "",
  target: join(root, path),
  mode: 0o644,
});

const files = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name).slice(root.length + 1))
    .sort();

describe("asideIn", () => {
  it("makes a missing folder aside with all that is in it, and names it at once", () => {
    const around = asideIn(join(root, "aside"));
    const copies = around.copies([object("data/a b"), object("data/deep/é"), object("top")]);
    for (const { aside } of copies) writeFileSync(aside, "new");
    expect(existsSync(join(root, "data"))).toBe(false);
    expect(copies.map(({ to }) => to)).toEqual([null, null, join(root, "top")]);
    around.name();
    expect(files("data")).toEqual(["data/a b", "data/deep/é"]);
  });

  it("names files one by one in a folder that another process made meanwhile", () => {
    const around = asideIn(join(root, "aside"));
    for (const { aside } of around.copies([object("data/a"), object("data/deep/b")])) writeFileSync(aside, "new");
    mkdirSync(join(root, "data", "deep"), { recursive: true });
    for (const path of ["data/a", "data/deep/theirs"]) writeFileSync(join(root, path), "theirs");
    around.name();
    expect(files("data")).toEqual(["data/a", "data/deep/b", "data/deep/theirs"]);
    expect(readFileSync(join(root, "data", "a"), "utf8")).toBe("new");
  });

  it("names each file by itself where a folder is there, or too large to be lost in a kill", () => {
    mkdirSync(join(root, "here"));
    const targets = [object("here/a"), object("here/new/b"), object("large/c", 2 ** 40)];
    const copies = asideIn(join(root, "aside")).copies(targets);
    expect(copies.map(({ to }) => to)).toEqual([join(root, "here/a"), null, join(root, "large/c")]);
    expect(existsSync(join(root, "large"))).toBe(true);
    expect(existsSync(join(root, "here", "new"))).toBe(false);
  });
});
