import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { headOf, isIgnored, isTracked, stage } from "../../src/git/index.ts";

let folder = "";
const git = (...args: readonly string[]): string =>
  execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.org", ...args], {
    cwd: folder,
    encoding: "utf8",
  }).trim();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stemma-git-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("headOf", () => {
  it("is null outside a repository", () => expect(headOf(folder)).toBeNull());

  it("has no commit before the first one", () => {
    git("init", "-qb", "main");
    expect(headOf(folder)).toEqual({ commit: null, branch: "main", dirty: false });
  });

  it("tells commit, branch and whether a tracked file differs", () => {
    git("init", "-qb", "main");
    writeFileSync(join(folder, "a.txt"), "1");
    git("add", "a.txt");
    git("commit", "-qm", "one");
    writeFileSync(join(folder, "untracked.txt"), "1");
    expect(headOf(folder)).toEqual({ commit: git("rev-parse", "HEAD"), branch: "main", dirty: false });
    writeFileSync(join(folder, "a.txt"), "2");
    expect(headOf(folder)?.dirty).toBe(true);
  });

  it("has no branch when detached", () => {
    git("init", "-qb", "main");
    git("commit", "-qm", "one", "--allow-empty");
    git("checkout", "-q", "--detach");
    expect(headOf(folder)?.branch).toBeNull();
  });
});

describe("paths", () => {
  beforeEach(() => {
    git("init", "-qb", "main");
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data", "a *.csv"), "1");
    writeFileSync(join(folder, ".gitignore"), "/out/\n/x.csv\n");
  });

  it("are tracked when staged, a folder when any file in it is", () => {
    expect(isTracked(join(folder, "data", "a *.csv"))).toBe(false);
    expect(stage(folder, ["data/a *.csv"])).toBe(true);
    expect(isTracked(join(folder, "data", "a *.csv"))).toBe(true);
    expect(isTracked(join(folder, "data"))).toBe(true);
    expect(isTracked(join(folder, "data", "a 2.csv"))).toBe(false);
  });

  it("are ignored by .gitignore, a folder's pattern only with a slash behind the path", () => {
    expect(isIgnored(join(folder, "x.csv"))).toBe(true);
    expect(isIgnored(join(folder, "y.csv"))).toBe(false);
    expect(isIgnored(`${join(folder, "out")}/`)).toBe(true);
  });
});
