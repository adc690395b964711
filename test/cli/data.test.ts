import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyFolder, stemma } from "./stemma.ts";

/** A git repository with `x.csv` and the folder `d`, both added, in a subfolder. */
function added(): string {
  const root = emptyFolder();
  execFileSync("git", ["init", "-q"], { cwd: root });
  const folder = join(root, "sub dir");
  mkdirSync(join(folder, "d"), { recursive: true });
  writeFileSync(join(folder, "x.csv"), "a,b\n1,2\n");
  writeFileSync(join(folder, "d", "größe"), "5\n");
  expect(stemma(folder, "add", "x.csv", "d").code).toBe(0);
  return folder;
}

describe("stemma add", () => {
  it("says what to commit, from the folder it was called in", () => {
    const root = emptyFolder();
    execFileSync("git", ["init", "-q"], { cwd: root });
    writeFileSync(join(root, "my data.csv"), "");
    const ended = stemma(root, "add", "my data.csv");
    expect(ended).toEqual({
      code: 0,
      out: "\nTo track the changes with git, run:\n\n\tgit add 'my data.csv.dvc' .gitignore\n",
      err: "",
    });
    expect(existsSync(join(root, "stemma"))).toBe(false);
  });

  it("ends with 1 and a sentence when the file is not there, as dvc does", () => {
    const ended = stemma(emptyFolder(), "add", "none.csv");
    expect(ended.code).toBe(1);
    expect(ended.err).toMatch(/^ERROR: .*none\.csv.*\n$/);
  });
});

describe("stemma status", () => {
  it("shows what differs in dvc's words", () => {
    const folder = added();
    expect(stemma(folder, "status").out).toBe("Data and pipelines are up to date.\n");
    writeFileSync(join(folder, "x.csv"), "other\n");
    rmSync(join(folder, "d"), { recursive: true });
    expect(stemma(folder, "status").out).toBe(
      "d.dvc:\n\tchanged outs:\n\t\tdeleted:            d\nx.csv.dvc:\n\tchanged outs:\n\t\tmodified:           x.csv\n",
    );
    expect(JSON.parse(stemma(folder, "status", "--json", "x.csv.dvc").out)).toEqual({
      "x.csv.dvc": [{ "changed outs": { "x.csv": "modified" } }],
    });
  });

  it("ends with 1 when it is quiet and something changed, else with 0", () => {
    const folder = added();
    expect(stemma(folder, "status", "-q")).toEqual({ code: 0, out: "", err: "" });
    writeFileSync(join(folder, "x.csv"), "other\n");
    expect(stemma(folder, "status", "-q")).toEqual({ code: 1, out: "", err: "" });
    expect(stemma(folder, "status").code).toBe(0);
  });

  it("ends with 253 outside a repository, with 1 for data that nothing records", () => {
    expect(stemma(emptyFolder(), "status").code).toBe(253);
    expect(stemma(added(), "status", "none.csv").code).toBe(1);
  });
});

describe("stemma checkout", () => {
  it("restores what is missing and keeps what is in no version", () => {
    const folder = added();
    rmSync(join(folder, "d"), { recursive: true });
    expect(stemma(folder, "checkout")).toEqual({ code: 0, out: "A       d/\n", err: "" });
    expect(readFileSync(join(folder, "d", "größe"), "utf8")).toBe("5\n");
    writeFileSync(join(folder, "x.csv"), "mine\n");
    const kept = stemma(folder, "checkout", "x.csv");
    expect([kept.code, kept.err]).toEqual([
      255,
      "ERROR: x.csv would be overwritten, and its content is in no version. Keep it with stemma add, or drop it with --force.\n",
    ]);
    expect(readFileSync(join(folder, "x.csv"), "utf8")).toBe("mine\n");
    expect(stemma(folder, "checkout", "--force", "x.csv").out).toBe("M       x.csv\n");
    expect(readFileSync(join(folder, "x.csv"), "utf8")).toBe("a,b\n1,2\n");
  });
});
