import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { artifactSegments, findInside, placeInside } from "../../src/server/artifact-path.ts";

function folder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "artifacts-")));
}

describe("a path of an artifact", () => {
  it.each([
    "..",
    "../secret",
    "a/../../secret",
    "/etc/passwd",
    "a//b",
    "./a",
    "a/",
    "a\\b",
    "C:/x",
    "a\nb",
    "a\0b",
    "%2e%2e/secret",
    "%252e%252e/secret",
    "a%2F..%2F..",
    "%5c",
    "%2Fetc",
    "%2525252525252525252e",
  ])("%j is refused", (path) => {
    expect(() => artifactSegments(path)).toThrow(`Invalid path ${JSON.stringify(path)}`);
  });

  it.each(["fit.json", "Größe/μ σ.csv", "50%.txt", "a#b", "a?b", "..a", "a..b/c", "%41"])("%j is taken", (path) => {
    expect(artifactSegments(path)).toEqual(path.split("/"));
  });
});

describe("a place inside a folder", () => {
  it("is found when it is there, and null when it is not", async () => {
    const root = folder();
    mkdirSync(join(root, "a"));
    writeFileSync(join(root, "a", "b"), "");
    expect(await findInside(root, ["a", "b"])).toBe(join(root, "a", "b"));
    expect(await findInside(root, ["a", "c"])).toBeNull();
    expect(await findInside(root, ["a", "b", "c"])).toBeNull();
    expect(await findInside(join(root, "none"), [])).toBeNull();
  });

  it("is refused when a link leads out, also a link to a sibling whose name starts the same", async () => {
    const root = join(folder(), "run");
    mkdirSync(root);
    mkdirSync(`${root}-other`);
    writeFileSync(join(`${root}-other`, "secret"), "");
    symlinkSync(`${root}-other`, join(root, "out"));
    symlinkSync(join(`${root}-other`, "secret"), join(root, "file"));
    await expect(findInside(root, ["out", "secret"])).rejects.toThrow("Invalid path");
    await expect(findInside(root, ["file"])).rejects.toThrow("Invalid path");
  });

  it("is not made through a link", async () => {
    const root = folder();
    symlinkSync(folder(), join(root, "out"));
    await expect(placeInside(root, ["out", "x"])).rejects.toThrow("Invalid path");
    await expect(placeInside(root, ["out", "deep", "x"])).rejects.toThrow("Invalid path");
  });

  it("is made with the folders above it, but not below a file or at a folder", async () => {
    const root = folder();
    writeFileSync(join(root, "file"), "");
    expect(await placeInside(root, ["a", "b", "c"])).toBe(join(root, "a", "b", "c"));
    await expect(placeInside(root, ["file", "x"])).rejects.toThrow("Invalid path");
    await expect(placeInside(root, ["a"])).rejects.toThrow("Invalid path");
    await expect(placeInside(root, [])).rejects.toThrow("Invalid path");
  });
});
