import { chmodSync, existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { commit, differs, type Edit, git, inside, mine, really, remove, said, twin, write } from "./twin.ts";

/** Real DVC remembers listings elsewhere, too; then it knows more than the cache does. */
const forget: Edit = ({ env }) => rmSync(env["DVC_SITE_CACHE_DIR"] ?? "", { recursive: true, force: true });

const data = [write("data/a.csv", "1\n"), write("data/sub/b c.csv", "2\n"), write("x.csv", "x\n")];

describe.concurrent("stemma init", () => {
  twin("in git, again, and again by force", ["init", "init", "init -f", "root"], { start: "bare-git" });
  twin("without git", ["init", "init --no-scm", "init --no-scm -f"], { start: "empty" });
  twin(
    "below the top of git",
    [write("sub/x", "1"), inside("sub", "init"), inside("sub", "init --subdir"), inside("sub", "root")],
    {
      start: "bare-git",
    },
  );
  twin("with options that exclude each other", ["init --no-scm --subdir"], { start: "bare-git" });
  twin("in another folder", [write("sub/x", "1"), "init sub --no-scm"], { start: "empty" });
  twin("where git ignores .dvc", [write(".gitignore", ".dvc\n"), "init"], { start: "bare-git" });
});

describe.concurrent("stemma add", () => {
  twin("takes files, folders, changes, and says nothing when nothing changed", [
    ...data,
    "add x.csv data",
    "add x.csv data",
    write("data/new", "3\n"),
    "add data",
    write("x.csv", "y\n"),
    "add -q x.csv",
    "status --json",
  ]);
  twin("takes and loses parts of a folder", [
    ...data,
    "add data",
    write("data/new.csv", "3\n"),
    write("data/a.csv", "changed\n"),
    "add data/new.csv",
    "status --json",
    "add data/a.csv",
    write("data/sub/deep/z", "z"),
    "add data/sub",
    remove("data/new.csv"),
    "add data/new.csv",
    "add data/none.csv",
    "status --json",
  ]);
  twin("records without keeping, then commits", [
    ...data,
    "add --no-commit x.csv data",
    "status --json",
    "commit x.csv.dvc",
    "commit data",
    "status --json",
  ]);
  twin("finds targets by patterns", [
    ...data,
    write("yy.csv", ""),
    write(".hidden.csv", "h"),
    "add --glob y*.csv data/**/b* ?.csv",
  ]);
  twin("brings data from elsewhere", [
    ({ around }) => writeFileSync(join(around, "away.csv"), "away\n"),
    "add ../away.csv",
    "add ../away.csv -o here.csv",
    "add ../away.csv -o here.csv",
    "add ../away.csv -o here.csv -f",
    "add ../away.csv -o x -r y",
    "add x.csv --glob -o y",
  ]);
  twin("refuses what git has, what is not there, and what lies in other data", [
    ...data,
    write("code.py", "print()\n"),
    git("add", "code.py"),
    "add code.py",
    "add none.csv",
    "add data/sub",
    "add data",
    "add data.dvc",
    "add .dvcignore",
  ]);
  twin("stages in git with core.autostage", [
    "config core.autostage true",
    ...data,
    "add data x.csv",
    "remove x.csv.dvc",
  ]);
  twin("keeps comments, order and notes of a .dvc file", [
    write("x.csv", "1\n"),
    write(
      "x.csv.dvc",
      "# mine\nouts:\n# the data\n- path: x.csv # here\n  md5: 0123456789abcdef0123456789abcdef\n  size: 5\nmeta:\n  who: me\n",
    ),
    "add x.csv",
    "freeze x.csv.dvc",
    "unfreeze x.csv.dvc",
  ]);
});

describe.concurrent("stemma commit", () => {
  twin("asks before it records changes; with force it does not", [
    ...data,
    "add data x.csv",
    write("x.csv", "changed\n"),
    write("data/a.csv", "changed\n"),
    "commit",
    "commit x.csv",
    "commit -f x.csv.dvc",
    "status --json",
    "commit -f",
    "status --json",
    remove("x.csv"),
    "commit -f x.csv.dvc",
    "commit none",
  ]);
  twin("takes a folder of .dvc files", [
    write("d/one", "1"),
    write("d/two", "2"),
    "add d/one d/two",
    write("d/one", "3"),
    "commit -f -R d",
    "status --json -R d",
  ]);
});

describe.concurrent("stemma checkout", () => {
  twin("brings back what is missing or changed, and says what", [
    ...data,
    "add data x.csv",
    remove("data"),
    said("checkout --summary"),
    remove("x.csv"),
    said("checkout"),
    said("checkout"),
    write("x.csv", "unsaved\n"),
    said("checkout x.csv"),
    said("checkout --force x.csv.dvc"),
    write("data/stray", "s"),
    "checkout data",
    said("checkout -f data"),
    remove("data/sub"),
    said("checkout data/sub"),
    "checkout none",
  ]);
  twin("follows git to another commit, and takes away what it no longer records", [
    ...data,
    "add x.csv",
    commit("one"),
    write("x.csv", "two\n"),
    "add data x.csv",
    commit("two"),
    git("checkout", "-q", "HEAD~1"),
    said("checkout"),
    git("checkout", "-q", "main"),
    said("checkout"),
    mine("data/a.csv", "edited by hand\n"),
    git("checkout", "-q", "HEAD~1"),
    "checkout",
  ]);
  twin("says what the cache lacks, and brings the rest", [
    ...data,
    "add data x.csv",
    remove(".dvc/cache/files/md5/40"),
    remove("data"),
    remove("x.csv"),
    "checkout",
    "checkout --allow-missing",
    "status --json",
  ]);
  for (const type of ["copy", "hardlink", "symlink", "hardlink,symlink"]) {
    twin(`by ${type}`, [
      ["config", "cache.type", type],
      ...data,
      write("empty", ""),
      "add data x.csv empty",
      remove("data"),
      "checkout",
      "unprotect data",
      "unprotect x.csv",
      "config cache.type copy",
      "checkout --relink",
      "status --json",
    ]);
  }
  twin("gives the right to execute back", [
    write("run.sh", "#!/bin/sh\n", 0o755),
    "add run.sh",
    ({ repo }) => chmodSync(join(repo, "run.sh"), 0o644),
    "checkout",
    remove("run.sh"),
    "checkout",
  ]);
});

describe.concurrent("stemma status", () => {
  twin("knows each state", [
    "status",
    ...data,
    write("gone", "g"),
    "add data x.csv gone",
    "status",
    remove("gone"),
    write("x.csv", "changed"),
    remove(".dvc/cache/files/md5/b0"),
    "status",
    "status --json",
    said("status x.csv.dvc"),
    said("status gone.dvc"),
    said("status data.dvc"),
    "status -q",
    "status x.csv.dvc --json",
    "status data --json",
    "status none",
    inside("data", "status --json"),
  ]);
});

describe.concurrent("stemma diff", () => {
  twin("compares commits and the folder", [
    "diff --json",
    ...data,
    write("moved", "m"),
    "add data x.csv moved",
    "diff --json",
    commit("one"),
    "diff --json",
    write("data/a.csv", "changed\n"),
    write("data/new", "n"),
    remove("data/sub"),
    "move moved renamed",
    "remove x.csv.dvc",
    said("diff"),
    "diff --json",
    "diff --json --show-hash",
    said("diff --md"),
    said("diff --md --show-hash"),
    "diff --json --targets data",
    "diff --json --targets data/a.csv x.csv",
    "diff --json --targets none",
    "add data",
    commit("two"),
    "diff --json HEAD~1",
    "diff --json HEAD~1 HEAD",
    said("diff HEAD~1 HEAD --show-hash"),
    "diff --json HEAD main",
    "diff nothing",
    remove(".dvc/cache/files/md5"),
    forget,
    "diff --json",
    "diff --json --hide-missing",
    "diff --json HEAD~1 HEAD",
  ]);
});

describe.concurrent("stemma data status", () => {
  const everything = [
    "data status --json",
    "data status --json --granular",
    "data status --json --unchanged",
    "data status --json --granular --unchanged --untracked-files",
    "data status --json --untracked-files=all",
  ];
  twin("compares the commit, the records and the folder", [
    ...everything,
    ...data,
    write("moved", "m"),
    "add data x.csv moved",
    ...everything,
    commit("one"),
    ...everything,
    write("data/a.csv", "changed\n"),
    write("data/new", "n"),
    remove("data/sub"),
    remove("x.csv"),
    "move moved renamed",
    write("untracked/file", "u"),
    ...everything,
    "data status --json data",
    "data status --json --granular data/a.csv x.csv",
    "commit -f data",
    ...everything,
    remove(".dvc/cache/files/md5"),
    forget,
    ...everything,
  ]);
  twin(
    "in a repository without commits, and without git",
    ["data status --json", ...data, "add x.csv", "data status --json"],
    {
      start: "no-scm",
    },
  );
});

describe.concurrent("stemma move, remove, unprotect, destroy", () => {
  twin("moves files and folders", [
    ...data,
    "add data x.csv",
    "move x.csv y.csv",
    write("dir/keep", ""),
    "move y.csv dir",
    "mv data dir/data2",
    "move none y",
    "status --json",
    write("z", "z"),
    write("w", "w"),
    "add z w",
    "move z w",
    "move dir/y.csv new/y.csv",
  ]);
  twin("removes records, and data when asked to", [
    ...data,
    "add data x.csv",
    "remove x.csv",
    "remove x.csv.dvc",
    "remove --outs data.dvc",
    "remove none.dvc",
    ...data,
    "add data x.csv",
    "rm x.csv.dvc data.dvc",
  ]);
  twin("unprotects what it knows", [
    "config cache.type symlink",
    ...data,
    "add data x.csv",
    "unprotect x.csv",
    "unprotect data/a.csv",
    "unprotect none",
    "remove data.dvc",
  ]);
  twin("takes everything away but the data", [
    ...data,
    "config cache.type symlink",
    "add data x.csv",
    "destroy",
    "destroy -f",
  ]);
});

describe.concurrent("stemma config", () => {
  twin("sets, gets, lists and takes away", [
    "config core.remote myremote",
    said("config core.remote"),
    "config --local cache.type hardlink,symlink",
    "config --global core.checksum_jobs 3",
    "config --system core.analytics false",
    said("config -l"),
    said("config -l --show-origin"),
    said("config --show-origin core.remote"),
    said("config --local -l"),
    "config cache.dir ../other",
    "config core.autostage TRUE",
    said("config cache.dir"),
    "config -u core.autostage",
    "config -u core.autostage",
    "config --unset cache.nothing",
    "config remote.s.url s3://bucket/p,q",
    "config remote.s.endpointurl http://localhost:1",
    "config remote.l.url ../../shelf",
    said("config remote.l.url"),
    said("config remote.none.url"),
    "config --local remote.none.url",
    said("config -l"),
  ]);
  twin("refuses what DVC refuses", [
    "config core.nonsense 1",
    "config nonsense.key 1",
    "config nonsense",
    "config core.analytics maybe",
    "config core.checksum_jobs 0",
    "config core.checksum_jobs two",
    "config cache.type nolink",
    "config remote.a.jobs 3",
    "config remote.a.url foo://bar",
    "config --global --local core.remote x",
    "config",
    "config -l core.remote",
    "config --show-origin core.remote x",
    "config plots.auto_open true",
    "config parsing.bool nothing",
  ]);
  twin("keeps quotes, hashes and commas in values", [
    ["config", "core.remote", "my # remote"],
    ["config", "remote.r.url", "it's/here"],
    ["config", "remote.r.url", 'say "hi"'],
    ["config", "plots.out_dir", " spaces "],
    said("config plots.out_dir"),
    said(["config", "-l"]),
  ]);
  twin("tells and sets the cache's folder", [
    said("cache dir"),
    "cache dir ../my cache",
    ["cache", "dir", "../my cache"],
    said("cache dir"),
    write("x", "1"),
    "add x",
    "cache dir -u",
    said("cache dir"),
    "cache dir -u",
    "cache dir --local elsewhere",
    said("cache dir"),
    "cache dir --global",
  ]);
});

describe.concurrent("stemma check-ignore", () => {
  twin("names the line that decides", [
    write(".dvcignore", "# comment\n*.tmp\n!keep.tmp\nlogs/\n/only-here\nsp ace\n"),
    write("sub/.dvcignore", "!x.tmp\n*.log\n"),
    write("logs/a", "1"),
    write("x.tmp", "1"),
    ...["", "-d ", "-d -a ", "-d -n "].map((options) =>
      said(
        `check-ignore ${options}x.tmp keep.tmp logs logs/a sub/x.tmp sub/y.log sub/only-here only-here plain .git .dvc/config`,
      ),
    ),
    said("check-ignore plain"),
    "check-ignore -q x.tmp",
    "check-ignore",
    "check-ignore -n x.tmp",
    "check-ignore -d -q x.tmp",
    "check-ignore ../outside",
  ]);
  twin("leaves ignored files out of data", [
    write(".dvcignore", "*.tmp\n!keep.tmp\n"),
    ...data,
    write("data/x.tmp", "1"),
    write("data/keep.tmp", "1"),
    "add data",
    write("data/y.tmp", "1"),
    "status --json",
    "checkout data",
    "add data/y.tmp",
  ]);
});

describe.concurrent("what repositories hold", () => {
  const odd = ["größe 😀.csv", "it's.csv", 'q"uote', "[a] #!?*", "e\u0301", "010", "-dash", "a\\b"];
  twin("odd names, empty files, CRLF", [
    ...odd.map((name) => write(name, `${name}\r\n`)),
    ...odd.map((name) => write(`folder/${name}`, name)),
    write("empty", ""),
    ["add", "--", ...odd, "folder", "empty"],
    commit("odd"),
    remove("folder"),
    "checkout",
    "data status --json --granular --unchanged",
    "diff --json HEAD~1",
  ]);
  twin("what DVC 2 wrote", [
    write("old.csv", "a\r\nb\r\n"),
    write("old.csv.dvc", "outs:\n- md5: 8b2ab5e8ef5c0dcb1e6cba6b6cd9cf77\n  size: 6\n  path: old.csv\n"),
    "status --json",
    write(".dvc/cache/60/b725f10c9c85c70d97880dfe8191b3", "a\n", 0o444),
    write("legacy.csv.dvc", "outs:\n- md5: 60b725f10c9c85c70d97880dfe8191b3\n  size: 2\n  path: legacy.csv\n"),
    "checkout legacy.csv",
    "status --json legacy.csv.dvc",
    "commit legacy.csv",
    "data status --json",
    said("cache migrate --dry --dvc-files"),
    said("cache migrate"),
    remove("old.csv.dvc"),
    said("cache migrate"),
    "cache migrate --dvc-files",
    write("legacy.csv", "b\n"),
    "add legacy.csv",
  ]);
  twin("nested .dvc files, one in a folder of a project", [
    write("a/b/c/x", "1"),
    inside("a/b/c", "add x"),
    inside("a", "add b/c/x"),
    inside("a/b", "status --json"),
    inside("a/b", said("root").argv),
    commit("x"),
    inside("a/b", "data status --json"),
    inside("a/b", "diff --json HEAD~1"),
    inside("a/b", "move c/x y"),
    really("status"),
  ]);
  twin("a symbolic link to data", [
    write("real.csv", "1\n"),
    ({ repo }) => symlinkSync("real.csv", join(repo, "link.csv")),
    "add link.csv",
    ({ repo }) => rmSync(join(repo, "link.csv")),
    "checkout",
  ]);
});

describe.concurrent("what stages make", () => {
  const pipeline =
    "stages:\n  # counts lines\n  count:\n    cmd: wc -l < x.csv > n.txt\n    deps: [x.csv]\n    outs: [n.txt]\n  copy:\n    cmd: mkdir -p d && cp n.txt d/c.txt\n    deps: [n.txt]\n    outs:\n    - d\n    metrics:\n    - m.json: {cache: false}\n";
  twin("takes part in the verbs about data", [
    ...data,
    "add x.csv",
    write("dvc.yaml", pipeline.replace("d/c.txt", "d/c.txt && echo {} > m.json")),
    "status --json",
    "repro -q",
    commit("ran"),
    "status --json",
    "data status --json --unchanged",
    remove("n.txt"),
    remove("d"),
    said("checkout --summary"),
    remove("x.csv"),
    remove("n.txt"),
    "checkout -d copy",
    write("n.txt", "changed\n"),
    "diff --json",
    "data status --json",
    "status --json",
    "status --json count",
    "commit count",
    "commit -f count",
    "commit -f",
    "status --json",
    "diff --json",
    "status -a",
    "add n.txt",
    "move n.txt m.txt",
    "remove copy",
    "remove none",
    "remove --outs count",
    "status --json",
  ]);
});

describe.concurrent("stemma du, install, completion, version", () => {
  twin("adds up files and data, also data that is not here", [
    ...data,
    write("big.bin", "x".repeat(123_456)),
    "add data big.bin",
    remove("big.bin"),
    "du .",
    "du . data",
    "du . -s",
    "du . none",
    "du nowhere",
  ]);
  twin("prints what completes commands, and versions", [
    "completion",
    "completion -s zsh",
    "completion -s fish",
    "version -q",
  ]);
  twin("has git call it", [
    differs("install", "the hooks call stemma", ({ code }, { repo }) => {
      expect(code).toBe(0);
      expect(readFileSync(join(repo, ".git/hooks/pre-push"), "utf8")).toBe(
        "#!/bin/sh\nexec stemma git-hook pre-push $@\n",
      );
      expect(statSync(join(repo, ".git/hooks/post-checkout")).mode & 0o777).toBe(0o777);
    }),
    differs("install", "hooks that are there stay", ({ code, err }) => {
      expect([code, err]).toEqual([1, expect.stringContaining("Hook 'post-checkout' already exists")]);
    }),
    differs("install --use-pre-commit-tool", "the hooks call stemma", (_, { repo }) => {
      expect(readFileSync(join(repo, ".pre-commit-config.yaml"), "utf8")).toContain("entry: stemma git-hook pre-push");
    }),
    ...data,
    "add x.csv",
    commit("one"),
    remove("x.csv"),
    differs("git-hook post-checkout a b 0", "a file was checked out, no commit", (_, { repo }) => {
      expect(existsSync(join(repo, "x.csv"))).toBe(false);
    }),
    differs("git-hook post-checkout a b 1", "data follows git", ({ code }, { repo }) => {
      expect([code, existsSync(join(repo, "x.csv"))]).toEqual([0, true]);
    }),
  ]);
});
