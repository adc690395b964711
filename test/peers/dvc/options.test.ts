import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { answer, commit, differs, really, remove, said, twin, write } from "./twin.ts";

const stages = `stages:
  # the first
  fit:
    cmd: cp in.txt p.csv && cp in.txt o.txt
    deps:
    - in.txt
    outs:
    - o.txt
    plots:
    - p.csv
    - q é.json:
        x: a
        cache: false
    metrics:
    - m.json
`;

describe.concurrent("options that few use", () => {
  twin("plots modify writes how a plot is drawn, and turns other outputs into plots", [
    write("dvc.yaml", stages),
    said(["plots", "modify", "p.csv", "-t", "simple", "-x", "step", "--title", "a: b", "--no-header"]),
    said(["plots", "modify", "q é.json", "--unset", "x"]),
    "plots modify p.csv --unset y",
    "plots modify o.txt --unset x",
    "plots modify p.csv -t nope",
    "plots modify nope -x a",
    "plots modify p.csv -x s --y-label L --x-label K -y b",
  ]);

  twin("what a group shares has the modes that DVC gives it", [
    "config cache.shared group",
    write("data/a", "1\n"),
    write("b", "2\n"),
    "add data b",
    write("in.txt", "3\n"),
    write("dvc.yaml", "stages:\n  s:\n    cmd: cp in.txt out.txt\n    deps: [in.txt]\n    outs: [out.txt]\n"),
    "repro",
    ({ around, repo }) => {
      mkdirSync(join(around, "store"));
      writeFileSync(join(repo, ".dvc", "config.local"), `['remote "store"']\n    url = ${around}/store\n`);
    },
    "push -r store --run-cache",
    remove(".dvc/cache"),
    "pull -f -r store --no-run-cache",
    "fetch -r store --run-cache",
    "unprotect data",
    "status --json",
  ]);

  twin("repro -i without a person runs nothing; so does core.interactive", [
    write("in.txt", "3\n"),
    write("dvc.yaml", "stages:\n  s:\n    cmd: cp in.txt out.txt\n    deps: [in.txt]\n    outs: [out.txt]\n"),
    "repro -i",
    "config core.interactive true",
    "repro",
    "config -u core.interactive",
    "repro",
    "repro -i",
  ]);

  twin("list, get and du find the data of a repository by options of its remote", [
    write("data/a é.txt", "1234\n"),
    "add data",
    ({ around, repo }) =>
      writeFileSync(
        join(repo, ".dvc", "config"),
        `[core]\n    remote = store\n['remote "store"']\n    url = ${around}/none\n`,
      ),
    commit("data"),
    ({ around, repo }) => {
      mkdirSync(join(around, "store"));
      writeFileSync(join(around, "config"), `['remote "store"']\n    url = ${around}/store\n`);
      writeFileSync(join(repo, ".dvc", "config.local"), `['remote "store"']\n    url = ${around}/store\n`);
    },
    "push",
    // The listing stays: Stemma would keep it, DVC would not.
    remove(".dvc/cache/files/md5/e7"),
    remove(".dvc/config.local"),
    remove("data"),
    "push --no-run-cache",
    "list . data --json --config ../config",
    "list . data --json --remote-config url=../store",
    "du . --config ../config",
    "get . data -o one --config ../config",
    "get . data -o two --remote-config url=../store",
  ]);

  twin("repro --pull without a remote warns, and fails where data is missing", [
    write("in.txt", "3\n"),
    write("dvc.yaml", "stages:\n  s:\n    cmd: cp in.txt out.txt\n    deps: [in.txt]\n    outs: [out.txt]\n"),
    "repro --pull",
    remove(".dvc/cache/files"),
    remove("out.txt"),
    "repro --pull",
  ]);

  twin("what DVC has and Stemma has not is said in words", [
    differs("studio login", "Stemma sends nothing", async ({ code, err }, place) => {
      expect([code, err]).toEqual([1, expect.stringContaining("dvc studio login")]);
      for (const verb of ["artifacts get x y", "import-db --sql q", "test-db", "dataset add", "daemon updater"])
        expect((await answer(place, verb.split(" "))).err).toMatch(/^ERROR: .{30}/);
    }),
  ]);

  twin("a page of one's own holds the plots", [
    write("p.csv", "step,v\n0,1\n1,2\n"),
    write("page.html", "<title>mine</title>{scripts}<b>{plot_divs}</b>"),
    write("bad.html", "<b></b>"),
    really("version"),
    differs("plots show p.csv --html-template page.html", "DVC's own scripts", async ({ code }, place) => {
      expect(code).toBe(0);
      const { readFileSync } = await import("node:fs");
      const html = readFileSync(join(place.repo, "dvc_plots", "index.html"), "utf8");
      expect(html).toMatch(/^<title>mine<\/title><script[\s\S]*<b><figure>[\s\S]*<\/b>$/);
      expect(await answer(place, ["plots", "show", "p.csv", "--html-template", "bad.html"])).toMatchObject({ code: 1 });
    }),
  ]);
});
