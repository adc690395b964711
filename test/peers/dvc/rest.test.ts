import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import {
  answer,
  commit,
  differs,
  type Edit,
  inside,
  type Place,
  really,
  remove,
  type Step,
  said,
  twin,
  write,
} from "./twin.ts";

function outside(files: Readonly<Record<string, string>>): Edit {
  return ({ around }) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(around, path)), { recursive: true });
      writeFileSync(join(around, path), text);
    }
  };
}

const toStore: Edit = ({ around, repo }) =>
  writeFileSync(
    join(repo, ".dvc", "config"),
    `[core]\n    remote = store\n['remote "store"']\n    url = ${around}/store\n`,
  );

describe.concurrent("what DVC 2 left", () => {
  const digest = (text: string): string => createHash("md5").update(text).digest("hex");
  // Its digests are of the text without carriage returns; the bytes are kept as they were.
  const files = { "a.txt": "a\n", "sub/crlf ü.txt": "line\r\nline\r\n", "bytes.bin": "\0\r\n" };
  const entries = Object.entries(files).map(([relpath, text]) => ({
    md5: digest(text.includes("\0") ? text : text.replaceAll("\r\n", "\n")),
    relpath,
    text,
  }));
  const listing = `[${entries
    .toSorted((a, b) => (a.relpath < b.relpath ? -1 : 1))
    .map(({ md5, relpath }) => `{"md5": "${md5}", "relpath": "${relpath.replace("ü", "\\u00fc")}"}`)
    .join(", ")}]`;
  const dir = `${digest(listing)}.dir`;
  const one = entries[1]?.md5 ?? "";
  /** Objects lie at the root of a cache and of a remote. */
  const objects = (root: string): void => {
    for (const { md5, text } of [
      ...entries,
      { md5: dir, text: listing },
      { md5: digest("unused\n"), text: "unused\n" },
    ]) {
      const file = join(root, md5.slice(0, 2), md5.slice(2));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      chmodSync(file, 0o444);
    }
  };
  const records: readonly Step[] = [
    toStore,
    write("old.txt.dvc", `outs:\n- md5: ${one}\n  size: 12\n  path: old.txt\n`),
    write("data.dvc", `outs:\n- md5: ${dir}\n  size: 17\n  nfiles: 3\n  path: data # theirs\n`),
    write(".gitignore", "/old.txt\n/data\n"),
    commit("of DVC 2"),
  ];
  twin("is checked out from its cache, compared and collected", [
    ...records,
    ({ repo }) => objects(join(repo, ".dvc", "cache")),
    "status --json",
    said("checkout"),
    "status --json",
    "data status --json --granular",
    said("gc -w -f"),
    // The same to DVC 2's digest: where it is added, real DVC brings the old bytes back over it.
    write("old.txt", "line\nline\n"),
    "status --json",
    write("old.txt", "other\n"),
    "status --json",
    "diff --json",
    "add old.txt",
    said("gc -w -f"),
    write("data/a.txt", "b\n"),
    differs("status --json", "DVC leaves the listing of the changed folder in the cache", ({ out }) =>
      expect(JSON.parse(out)).toEqual({ "data.dvc": [{ "changed outs": { data: "modified" } }] }),
    ),
  ]);
  twin("is pulled from its remote, pushed back and collected there", [
    ...records,
    ({ around }) => objects(join(around, "store")),
    said("fetch old.txt"),
    said("pull"),
    said("status -c"),
    "status --json",
    remove(".dvc/cache"),
    "status --json",
    said("pull"),
    remove("../store"),
    said("push"),
    said("status -c"),
    write("new", "n\n"),
    "add new",
    said("push"),
    said("gc -w -c -f"),
    write("data/more", "m\n"),
    differs("add data", "DVC leaves the old listing of the changed folder in the cache", (_, { repo }) =>
      expect(readFileSync(join(repo, "data.dvc"), "utf8")).toMatch(
        /^outs:\n- md5: \w{32}\.dir\n {2}size: 19\n {2}nfiles: 4\n {2}path: data # theirs\n {2}hash: md5\n$/,
      ),
    ),
  ]);
});

describe.concurrent("add", () => {
  twin("brings data from outside", [
    outside({ "ext/one.csv": "1\n", "ext/dir/b": "b\n", "ext/dir/sub/ü c": "c\n" }),
    toStore,
    "add ../ext/one.csv -o in.csv",
    "add ../ext/dir --out d",
    "add ../ext/one.csv -o in.csv",
    "add -f ../ext/dir/b -o in.csv",
    "add ../ext/one.csv --to-remote",
    "add ../ext/dir --to-remote -o far",
    "add ../ext/dir --to-remote -r store -o deep/far",
    "add ../ext/one.csv --to-remote -r nowhere -o x",
    "add ../ext/none --to-remote -o y",
    write("own.txt", "own\n"),
    "add own.txt --to-remote",
    "add own.txt -o copy.txt",
    "add -r store own.txt",
    "pull",
  ]);
});

describe.concurrent("data status", () => {
  twin("tells what the remote lacks", [
    toStore,
    write("d/a", "a\n"),
    write("d/b", "b\n"),
    write("one", "1\n"),
    "add d one",
    commit("data"),
    "data status --not-in-remote --json",
    "data status --not-in-remote --granular --json",
    "push one",
    "data status --not-in-remote --json",
    "data status --not-in-remote --granular --json",
    "push",
    "data status --not-in-remote --json",
    "data status --not-in-remote --granular --json d",
    "data status --not-in-remote --no-remote-refresh --json",
  ]);
});

function sourceGit(place: Place, ...args: readonly string[]): void {
  execFileSync("git", args, { cwd: join(place.around, "source"), env: place.env, stdio: "pipe" });
}

const source: readonly Step[] = [
  ({ around }) => mkdirSync(join(around, "source")),
  outside({ "source/data/x": "x\n", "source/one.csv": "a,b\n1,2\n", "source/plain.txt": "plain\n" }),
  (place) => sourceGit(place, "init", "-q"),
  really("init -q", "../source"),
  really("add -q data one.csv", "../source"),
  (place) => sourceGit(place, "add", "-A"),
  (place) => sourceGit(place, "commit", "-q", "-m", "1"),
  (place) => sourceGit(place, "tag", "v1"),
];
const newer: readonly Step[] = [
  outside({ "source/one.csv": "a,b\n3,4\n" }),
  really("add -q one.csv", "../source"),
  (place) => sourceGit(place, "commit", "-q", "-a", "-m", "2"),
];

describe.concurrent("status", () => {
  twin("says which imports changed at their source", [
    ...source,
    outside({ "ext/one.csv": "1\n" }),
    "import ../source one.csv",
    "import ../source data --rev v1",
    "import-url ../ext/one.csv url.csv",
    write("in.txt", "in\n"),
    "import-url in.txt own.txt",
    "status --json",
    ...newer,
    outside({ "ext/one.csv": "2\n" }),
    write("in.txt", "changed\n"),
    "status --json",
    said("status"),
    "status --no-updates --json",
    "unfreeze url.csv.dvc own.txt.dvc",
    "status --json",
    "status url.csv.dvc --json",
    remove("in.txt"),
    "status --json",
    "update one.csv.dvc",
    "status --json",
  ]);
});

describe.concurrent("import", () => {
  twin("keeps the options of the other repository's remote", [
    ...source,
    "import ../source one.csv --remote-config url=../other",
    "import ../source one.csv -o two.csv --remote alpha --remote-config url=/alpha jobs=2",
    outside({ "place.conf": "[core]\n    remote = beta\n['remote \"beta\"']\n    url = /beta\n" }),
    "import ../source one.csv -o with.csv --config ../place.conf",
    "status --json",
    ...newer,
    "status --json",
    "update one.csv.dvc two.csv.dvc with.csv.dvc",
  ]);
});

describe.concurrent("du", () => {
  /** DVC's order is that of a Python set. */
  const heard: string[] = [];
  const counted = (...args: readonly string[]): Edit => {
    return async (place) => {
      const { code, out } = await answer(place, ["du", ...args]);
      heard.push(`${place.who} ${code} ${out.split("\n").toSorted().join("\n")}`);
    };
  };
  twin("counts another repository, at any commit", [
    ...source,
    ...newer,
    counted("../source"),
    counted("../source", "--rev", "v1"),
    counted("-s", "../source"),
    (place) => {
      if (place.who === "stemma")
        expect(heard.filter((one) => one.startsWith("stemma")).map((one) => one.slice(7))).toEqual(
          heard.filter((one) => one.startsWith("dvc")).map((one) => one.slice(4)),
        );
    },
    "du ../source nothing --rev v1",
    "du ../source --rev none",
    differs("du ../source data --rev v1", "DVC counts nothing of a folder that is only in its cache", ({ out }) =>
      expect(out).toBe("0  data/x\n2  data\n"),
    ),
  ]);
});

describe.concurrent("move", () => {
  twin("keeps an import's way to its source", [
    write("in.txt", "in\n"),
    "import-url in.txt own.txt",
    write("deep/.keep", ""),
    "move own.txt deep/own.txt",
    inside("deep", "move own.txt ../back.txt"),
    ...source,
    "import ../source one.csv",
    "move one.csv deep",
    "status --json",
  ]);
});
