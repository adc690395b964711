import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { git, newFolder } from "./dvc.ts";
import { type Ended, type Warm, warmDvc, warmStemma } from "./warm.ts";

let real: Warm;
let ours: Warm;

beforeAll(async () => {
  [real, ours] = await Promise.all([warmDvc(), warmStemma()]);
});
afterAll(() => Promise.all([real.close(), ours.close()]));

const env = Object.fromEntries(
  Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined),
);

// The stage `slow` tells through one pipe that it runs, and ends when somebody reads the other.
const pipeline = `stages:
  slow:
    cmd: echo 1 > out.txt; echo here > begun; cat go
    deps: [in.txt]
    outs: [out.txt]
  other:
    cmd: echo 2 > other.txt
    deps: [in.txt]
    outs: [other.txt]
`;

async function repository(): Promise<string> {
  const folder = newFolder();
  git(folder, "init", "-q");
  await real.run({ argv: ["init", "-q"], cwd: folder, env });
  writeFileSync(join(folder, "in.txt"), "1\n");
  writeFileSync(join(folder, "dvc.yaml"), pipeline);
  execFileSync("mkfifo", ["begun", "go"], { cwd: folder });
  return folder;
}

/** Works while a tool runs the stage `slow`. */
async function meanwhile(folder: string, first: Warm, work: () => Promise<void>): Promise<Ended> {
  const ran = first.run({ argv: ["repro", "slow"], cwd: folder, env });
  await readFile(join(folder, "begun"));
  await work();
  await writeFile(join(folder, "go"), "");
  return ran;
}

function users(folder: string): unknown {
  return JSON.parse(readFileSync(join(folder, ".dvc", "tmp", "rwlock"), "utf8"));
}

it("real dvc runs other stages while one of stemma's runs, and keeps off what that one uses", async () => {
  const folder = await repository();
  const dvc = (...argv: readonly string[]): Promise<Ended> => real.run({ argv, cwd: folder, env });
  const ran = await meanwhile(folder, ours, async () => {
    const user = { pid: expect.any(Number), cmd: expect.stringContaining("stemma") };
    expect(users(folder)).toEqual({
      write: { [join(folder, "out.txt")]: user },
      read: { [join(folder, "in.txt")]: [user] },
    });
    expect((await dvc("repro", "other")).code).toBe(0);
    const refused = await dvc("repro", "-f", "slow");
    expect([refused.code, refused.err]).toEqual([255, expect.stringContaining("is busy, it is being blocked by")]);
    expect((await dvc("commit", "-f", "slow")).err).toContain("is busy");
  });
  expect([ran.code, ran.err]).toEqual([0, expect.any(String)]);
  expect(users(folder)).toEqual({});
  expect((await dvc("status", "--json")).out).toBe("{}\n");
});

it("stemma runs other stages while one of real dvc's runs, and keeps off what that one uses", async () => {
  const folder = await repository();
  const stemma = (...argv: readonly string[]): Promise<Ended> => ours.run({ argv, cwd: folder, env });
  const ran = await meanwhile(folder, real, async () => {
    expect((await stemma("repro", "other")).code).toBe(0);
    const refused = await stemma("repro", "-f", "slow");
    expect([refused.code, refused.err]).toEqual([255, expect.stringContaining("is working in this repository")]);
    expect(existsSync(join(folder, "out.txt"))).toBe(true);
  });
  expect(ran.code).toBe(0);
  expect(users(folder)).toEqual({});
  expect((await stemma("status", "--json")).out).toBe("{}\n");
});

it("what a killed process said it uses is nobody's", async () => {
  const folder = await repository();
  const gone = { pid: 2 ** 22 - 1, cmd: "dvc repro" };
  const path = join(folder, "other.txt");
  mkdirSync(join(folder, ".dvc", "tmp"), { recursive: true });
  writeFileSync(
    join(folder, ".dvc", "tmp", "rwlock"),
    JSON.stringify({ write: { [path]: gone }, read: { [path]: [gone] } }),
  );
  expect((await ours.run({ argv: ["repro", "other"], cwd: folder, env })).code).toBe(0);
  expect(users(folder)).toEqual({});
});

it("says what to do about a list of users that cannot be read", async () => {
  const folder = await repository();
  mkdirSync(join(folder, ".dvc", "tmp"), { recursive: true });
  writeFileSync(join(folder, ".dvc", "tmp", "rwlock"), '{"write": [');
  const { code, err } = await ours.run({ argv: ["repro", "other"], cwd: folder, env });
  expect([code, err]).toEqual([
    255,
    expect.stringContaining("JSON structure is corrupted. When no stage is running, delete it."),
  ]);
  expect((await real.run({ argv: ["repro", "other"], cwd: folder, env })).err).toContain("JSON structure is corrupted");
});
