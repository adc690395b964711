import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import { commit, differs, type Edit, git, really, remove, type Step, said, twin, write } from "./twin.ts";

const data: readonly Step[] = [
  write("data/a.txt", "a\n"),
  write("data/sub/ü b.txt", "b\n"),
  write("data/empty", ""),
  write("one.csv", "x,y\n1,2\n"),
  "add data one.csv",
];
// Absolute: with a relative one, real DVC looks for the remote of a commit at the root of the disk.
const toStore: Edit = ({ around, repo }) =>
  writeFileSync(
    join(repo, ".dvc", "config"),
    `[core]\n    remote = store\n['remote "store"']\n    url = ${around}/store\n`,
  );
const toRemote: readonly Step[] = [toStore, ...data];
const cache = ".dvc/cache";

/** Damages or takes away what a folder around the repository holds of one object. */
function atRemote(digest: string, edit: (file: string) => void): Edit {
  return ({ around }) => edit(join(around, "store", "files", "md5", digest.slice(0, 2), digest.slice(2)));
}

const ofA = "60b725f10c9c85c70d97880dfe8191b3";

describe.concurrent("remote", () => {
  twin("is added, modified, made the default, listed, renamed and removed", [
    "remote add -d first ../a store",
    said(["remote", "add", "-d", "first", "../a store"]),
    said("remote add Second s3://bucket/path"),
    said("remote add second /elsewhere"),
    said("remote add -f second s3://bucket/other"),
    said("remote modify second endpointurl http://127.0.0.1:9000"),
    said("remote modify second profile lab"),
    said("remote modify second nonsense 1"),
    said("remote modify none url x"),
    said("remote list"),
    said("remote default"),
    said("remote default second"),
    said("remote default none"),
    said("remote default"),
    said("remote modify second -u profile"),
    "remote rename second first",
    "remote rename nothing third",
    said("remote default --unset"),
    said("remote default"),
    said("remote default first"),
    said("remote remove nothing"),
    said("remote list"),
    said("remote modify --local second secret_access_key hidden"),
    differs(
      "remote rename second fourth",
      "DVC leaves the keys in config.local behind and fails from then on",
      (ended, { repo }) => {
        const local = readFileSync(join(repo, ".dvc", "config.local"), "utf8");
        if (ended.code !== 0 || local !== "['remote \"fourth\"']\n    secret_access_key = hidden\n")
          throw new Error(local);
      },
    ),
  ]);
  twin("keeps its configuration of a user and of a machine", [
    said("remote add --global -d shared /shared"),
    said("remote add --system other /other"),
    said("remote list"),
    said("remote list --global"),
    said("remote add --global next /next"),
    differs("remote remove --global shared", "DVC leaves empty files of configuration", (ended, { repo }) => {
      if (ended.code !== 0 || existsSync(join(repo, ".dvc", "config.local"))) throw new Error(ended.err);
    }),
  ]);
});

describe.concurrent("push, fetch and pull", () => {
  twin("carry files and folders to a remote and back", [
    ...toRemote,
    commit("data"),
    said("push"),
    said("push"),
    remove(cache),
    said("fetch"),
    said("fetch"),
    remove(cache),
    remove("data"),
    remove("one.csv"),
    said("pull"),
    said("pull"),
    write("one.csv", "mine\n"),
    "pull",
    "pull -f",
  ]);
  twin("know targets: data, .dvc files, parts of a folder, folders of them, patterns", [
    ...toRemote,
    write("deep/er/x", "x\n"),
    write("deep/er/y", "y\n"),
    "add deep/er/x deep/er/y",
    commit("data"),
    said("push one.csv"),
    said("push -R deep"),
    said("push --glob d*"),
    said("push nothing"),
    said("push data.dvc -j 2"),
    remove(cache),
    said("fetch one.csv.dvc"),
    said("fetch data/sub"),
    said("fetch -q -R deep"),
    remove(cache),
    remove("data"),
    remove("deep/er/x"),
    said("pull deep/er/x.dvc"),
    said("pull data/a.txt"),
    said("fetch --max-size 3"),
    said("pull data"),
  ]);
  twin("take what branches, tags and other commits use", [
    ...toRemote,
    commit("1"),
    git("tag", "v1"),
    write("one.csv", "second\n"),
    "add one.csv",
    commit("2"),
    git("checkout", "-q", "-b", "side"),
    write("one.csv", "third\n"),
    "add one.csv",
    commit("3"),
    git("checkout", "-q", "-"),
    write("one.csv", "fourth\n"),
    "add one.csv",
    commit("4"),
    said("push"),
    said("push -T"),
    said("push --all-branches"),
    said("push -A"),
    remove(cache),
    said("fetch -T"),
    said("fetch -a"),
    said("fetch --all-commits"),
    "pull -r store",
  ]);
  twin("say so when there is no remote, or none of that name", [
    ...data,
    "push",
    "fetch",
    "pull",
    "status -c",
    "remote add store ../store",
    "push",
    "push -r nowhere",
    said("push -r store"),
  ]);
  twin("honour an output's own remote and push: false", [
    ...toRemote,
    "remote add other ../other",
    ({ repo }) => {
      const md5 = "60b725f10c9c85c70d97880dfe8191b3";
      writeFileSync(join(repo, "a.dvc"), `outs:\n- md5: ${md5}\n  size: 2\n  hash: md5\n  path: a\n  remote: other\n`);
      writeFileSync(join(repo, "b.dvc"), `outs:\n- md5: ${md5}\n  size: 2\n  hash: md5\n  path: b\n  push: false\n`);
      writeFileSync(join(repo, ".gitignore"), "/data\n/one.csv\n/a\n/b\n");
    },
    said("push a"),
    said("push b"),
    said("push"),
    said("push -r store"),
    remove(cache),
    said("fetch a"),
    said("fetch"),
  ]);
  twin("carry the run cache and a stage's outputs, with what they were made of", [
    toStore,
    write("params.yaml", "n: 1\n"),
    write("in.txt", "in\n"),
    "add in.txt",
    write(
      "dvc.yaml",
      "stages:\n  first:\n    cmd: cp in.txt mid.txt\n    deps: [in.txt]\n    outs: [mid.txt]\n  last:\n    cmd: cp mid.txt out.txt && cp mid.txt m.json\n    deps: [mid.txt]\n    outs: [out.txt]\n    metrics:\n    - m.json:\n        cache: false\n",
    ),
    really("repro -q"),
    commit("pipeline"),
    said("push last"),
    said("push -d last"),
    said("push --run-cache"),
    remove(cache),
    said("fetch first"),
    said("fetch --run-cache dvc.yaml:last"),
    said("fetch -d last"),
  ]);
  twin("name what a broken remote lacks, and bring the rest", [
    ...toRemote,
    commit("data"),
    said("push"),
    atRemote(ofA, (file) => rmSync(file)),
    remove(cache),
    differs("pull", "DVC leaves the folder of an object that it did not get", (ended, { repo }) => {
      if (ended.code !== 1 || !ended.err.includes("data/a.txt: files/md5/60/b725")) throw new Error(ended.err);
      const kept = readdirSync(join(repo, cache, "files", "md5"));
      if (kept.length !== 4 || kept.includes("60")) throw new Error(`the rest did not come: ${kept.join(" ")}`);
    }),
  ]);
  twin("name a file and a folder that are nowhere", [
    ...toRemote,
    commit("data"),
    remove(`${cache}/files/md5/60`),
    "push",
    remove(cache),
    "fetch",
    "fetch data",
    "fetch one.csv",
    "pull",
    differs("status -c --json", "DVC says that all is well of a folder whose listing is lost", (ended) => {
      if (JSON.parse(ended.out).data !== "missing") throw new Error(ended.out);
    }),
    differs(
      "pull --allow-missing",
      "DVC would take the files away of a folder whose listing is lost",
      (ended, { repo }) => {
        if (ended.code !== 0 || !existsSync(join(repo, "data", "a.txt"))) throw new Error(ended.err);
      },
    ),
  ]);
  twin("do not take wrong bytes, where real DVC keeps them as verified", [
    ...toRemote,
    "remote modify store verify true",
    commit("data"),
    said("push"),
    atRemote(ofA, (file) => {
      chmodSync(file, 0o644);
      writeFileSync(file, "X\n");
      chmodSync(file, 0o444);
    }),
    remove(cache),
    differs("fetch", "DVC deletes the object at the remote too", (ended, place) => {
      if (ended.code !== 1 || !ended.err.includes("data/a.txt")) throw new Error(ended.err);
      const kept = readdirSync(join(place.repo, cache, "files", "md5"));
      if (kept.includes("60")) throw new Error("the wrong bytes were kept");
    }),
  ]);
});

describe.concurrent("status -c", () => {
  twin("tells what the cache or the remote lacks", [
    ...toRemote,
    "status -c --json",
    said("push one.csv"),
    "status --cloud --json",
    "status -r store --json one.csv",
    said("push"),
    said("status -c"),
    remove(cache),
    "status -c --json",
    "status -c -q",
  ]);
});

describe.concurrent("gc", () => {
  const history: readonly Step[] = [
    ...toRemote,
    commit("1"),
    git("tag", "v1"),
    "push -q",
    write("one.csv", "second\n"),
    "add one.csv",
    commit("2"),
    git("branch", "side"),
    write("one.csv", "third\n"),
    "add one.csv",
    commit("3"),
    write("one.csv", "fourth\n"),
    "add one.csv",
    "push -q -A",
  ];
  twin("keeps what the folder, a branch, a tag or a commit uses", [
    ...history,
    "gc",
    "gc -w",
    "gc -w --num 2",
    "gc -A -f --dry",
    said("gc -A -f"),
    said("gc -w -f -a -T --rev HEAD~1"),
    said("gc -f -a -T"),
    said("gc -f -T"),
    said("gc --workspace --force"),
    said("gc -w -f"),
  ]);
  twin("keeps so many commits of a branch", [...history, said("gc -f -a --num 2"), said("gc -f --rev HEAD --num 1")]);
  twin("cleans a remote, when told to", [
    ...history,
    "gc -w -c --not-in-remote -f",
    said("gc -T -c -f"),
    said("gc -w -c -f -r store"),
    remove(cache),
    said("gc -w -f -c"),
  ]);
  twin("takes away only what the remote has", [
    ...history,
    write("data/new", "not pushed\n"),
    "add data",
    said("gc -w -f --not-in-remote"),
  ]);
});
