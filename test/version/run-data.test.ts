import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import { track } from "../../src/track/index.ts";
import { version } from "../../src/version/index.ts";

const base = mkdtempSync(join(tmpdir(), "stemma-run-data-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

let folder = base;
beforeEach(() => {
  folder = mkdtempSync(join(base, "project-"));
  process.chdir(folder);
  git("init", "-q");
});

function git(...args: readonly string[]): string {
  const who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
  return execFileSync("git", [...who, ...args], { cwd: folder, encoding: "utf8" }).trim();
}

it("the data of a run comes back by one call, long after", async () => {
  writeFileSync("cases.csv", "day,cases\n1,3\n");
  const cases = await version("cases.csv");
  git("add", "-A");
  git("commit", "-q", "-m", "cases");
  const head = git("rev-parse", "HEAD");
  const run = await track("seir", { beta: 0.3 }, (open) => open.input(cases));
  expect(run.record().params).toEqual({ beta: "0.3", "data.md5": cases.md5, "data.rev": head });
  writeFileSync("cases.csv", "day,cases\n1,4\n");
  await version("cases.csv");
  for (const input of [run.inputs[0], run.record().inputs[0]]) {
    if (input === undefined) throw new Error("The run has no input");
    await version.checkout(input);
    expect(readFileSync("cases.csv", "utf8")).toBe("day,cases\n1,3\n");
  }
  await version.checkout(run.record().params["data.rev"] ?? "");
  expect(readFileSync("cases.csv", "utf8")).toBe("day,cases\n1,3\n");
});

it("data that version() takes and reads in a run is its input without a call, each named apart", async () => {
  mkdirSync("données");
  writeFileSync("données/cas #1.csv", "a\n1\n");
  writeFileSync("plain.csv", "a\n2\n");
  await version("données/cas #1.csv");
  const plain = await version("plain.csv");
  const run = await track("seir", {}, async (open) => {
    await version("plain.csv");
    await version.read("données/cas #1.csv");
    open.input(plain);
    await version("made.csv", [{ a: 1 }]);
  });
  expect(run.inputs.map(({ path }) => path)).toEqual(["plain.csv", "données/cas #1.csv"]);
  // Nothing is committed to git, so no commit is named.
  expect(run.record().params).toEqual({
    "data.md5": plain.md5,
    "data.données/cas _1.csv.md5": run.inputs[1]?.md5,
  });
  expect(run.record().inputs.map(({ name, schema }) => [name, schema !== null])).toEqual([
    ["plain.csv", true],
    ["cas #1.csv", false],
  ]);
});

it("two versions of one file, and the same data twice, are no conflict of params", async () => {
  writeFileSync("cases.csv", "a\n1\n");
  const old = await version("cases.csv");
  writeFileSync("cases.csv", "a\n2\n");
  const now = await version("cases.csv");
  const run = await track("seir", {}, (open) => {
    for (const data of [old, now, old, now]) open.input(data);
  });
  expect(run.record().params).toEqual({ "data.md5": old.md5, "data.cases.csv.md5": now.md5 });
  expect(run.inputs).toHaveLength(2);
});
