import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { headOf, isIgnored, isTracked, openRevision, openRevisions, stage } from "../../src/git/index.ts";

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

describe("openRevision", () => {
  it("says what git has lost, and takes nothing else for an empty file", () => {
    git("init", "-qb", "main");
    writeFileSync(join(folder, "a.csv"), "some text");
    git("add", "-A");
    git("commit", "-qm", "one");
    const blob = git("rev-parse", "HEAD:a.csv");
    rmSync(join(folder, ".git", "objects", blob.slice(0, 2), blob.slice(2)));
    const revision = openRevision(folder, "HEAD");
    expect(revision?.read("b.csv")).toBeNull();
    expect(() => revision?.read("a.csv")).toThrow(`git cat-file failed: it has lost ${blob}`);
  });
});

describe("openRevisions", () => {
  it("gives of each commit what the commit alone gives, from a folder of the repository too", () => {
    git("init", "-qb", "main");
    mkdirSync(join(folder, "sub", "ü deep"), { recursive: true });
    const commits = ["one", "two", "three"].map((text, i) => {
      writeFileSync(join(folder, "sub", "a.dvc"), text);
      writeFileSync(join(folder, "sub", "ü deep", "b\tc.dvc"), "the same");
      if (i === 1) symlinkSync("a.dvc", join(folder, "sub", "link.dvc"));
      writeFileSync(join(folder, `top-${text}`), "");
      git("add", "-A");
      git("commit", "-qm", text);
      return git("rev-parse", "HEAD");
    });
    const lost = "0".repeat(40);
    for (const place of [folder, join(folder, "sub")]) {
      const seen = openRevisions(place, [...commits, lost], (path) => path.endsWith(".dvc"));
      expect(seen.map(({ commit }) => commit)).toEqual([...commits, lost]);
      expect(seen.at(-1)?.paths).toEqual([]);
      for (const [i, commit] of commits.entries()) {
        const alone = openRevision(place, commit);
        const paths = alone?.paths.filter((path) => path.endsWith(".dvc")).toSorted();
        expect(seen[i]?.paths.toSorted()).toEqual(paths);
        for (const path of paths ?? []) expect(seen[i]?.read(path)).toEqual(alone?.read(path));
        expect(seen[i]?.read("top-one")).toBeNull();
      }
    }
  });

  it("starts git as often for a hundred commits as for one", () => {
    git("init", "-qb", "main");
    const commits = Array.from({ length: 100 }, (_, i) => {
      writeFileSync(join(folder, "a.dvc"), String(i));
      git("add", "a.dvc");
      git("commit", "-qm", String(i));
      return git("rev-parse", "HEAD");
    });
    const real = execFileSync("which", ["git"], { encoding: "utf8" }).trim();
    mkdirSync(join(folder, "bin"));
    writeFileSync(join(folder, "bin", "git"), `#!/bin/sh\necho . >> ${folder}/calls\nexec ${real} "$@"\n`, {
      mode: 0o755,
    });
    const path = process.env["PATH"] ?? "";
    process.env["PATH"] = `${join(folder, "bin")}:${path}`;
    try {
      const seen = openRevisions(folder, commits, (name) => name.endsWith(".dvc"));
      expect(seen.map((one) => one.read("a.dvc")?.toString())).toEqual(commits.map((_, i) => String(i)));
    } finally {
      process.env["PATH"] = path;
    }
    expect(readFileSync(join(folder, "calls"), "utf8")).toBe(".\n".repeat(3));
  });
});
