import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findProject, LockedError, md5, withLock } from "../../../src/store/index.ts";
import { addData, lockRepository } from "../../../src/version/index.ts";
import { tool } from "../../support/tools.ts";
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

async function repository(): Promise<string> {
  const folder = newFolder();
  git(folder, "init", "-q");
  await real.run({ argv: ["init", "-q"], cwd: folder, env });
  return folder;
}

async function realStatus(folder: string): Promise<string> {
  return (await real.run({ argv: ["status", "--json"], cwd: folder, env })).out;
}

it("real dvc and stemma add and commit in one repository at once, and both find it clean", async () => {
  const folder = await repository();
  const play = async (warm: Warm, who: string): Promise<readonly Ended[]> => {
    const ended: Ended[] = [];
    for (let round = 0; round < 5; round++) {
      mkdirSync(join(folder, who), { recursive: true });
      for (let i = 0; i < 20; i++) writeFileSync(join(folder, who, String(i)), `${who} ${round} ${i}`);
      writeFileSync(join(folder, `${who}-${round}.csv`), `${round}\n`);
      ended.push(await warm.run({ argv: ["--wait-for-lock", "add", who, `${who}-${round}.csv`], cwd: folder, env }));
      ended.push(await warm.run({ argv: ["--wait-for-lock", "commit", "-f", `${who}.dvc`], cwd: folder, env }));
    }
    return ended;
  };
  const [theirs, own] = await Promise.all([play(real, "theirs"), play(ours, "ours")]);
  expect([...theirs, ...own].filter(({ code }) => code !== 0)).toEqual([]);
  expect(await realStatus(folder)).toBe("{}\n");
  expect((await ours.run({ argv: ["status", "--json"], cwd: folder, env })).out).toBe("{}\n");
  const ignored = readFileSync(join(folder, ".gitignore"), "utf8").trim().split("\n");
  expect(new Set(ignored).size).toBe(ignored.length);
  expect(ignored).toHaveLength(12);
});

it("stemma waits 3 s for a lock that real dvc holds, says who has it, and real dvc for one of stemma's", async () => {
  const folder = await repository();
  writeFileSync(join(folder, "x.csv"), "1\n");
  const lock = join(folder, ".dvc", "tmp", "lock");
  const holder = `import sys, zc.lockfile; l = zc.lockfile.LockFile(${JSON.stringify(lock)}); print("held", flush=True); sys.stdin.read()`;
  const child = spawn(tool("python"), ["-c", holder], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const project = findProject(folder);
  await expect(addData(project, "x.csv", { waitMs: 100 })).rejects.toThrow(`The process ${child.pid}`);
  const waited = ours.run({ argv: ["--wait-for-lock", "add", "-q", "x.csv"], cwd: folder, env });
  child.stdin.end();
  await once(child, "exit");
  expect((await waited).code).toBe(0);
  await lockRepository(project, async () => {
    const refused = await real.run({ argv: ["add", "x.csv"], cwd: folder, env });
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("Unable to acquire lock")]);
  });
  expect((await real.run({ argv: ["add", "-q", "x.csv"], cwd: folder, env })).code).toBe(0);
});

it("keeps off what a stage of real dvc is writing while its command runs", async () => {
  const folder = await repository();
  writeFileSync(join(folder, "out.csv"), "1\n");
  const project = findProject(folder);
  const users = { write: { [join(folder, "out.csv")]: { pid: process.ppid, cmd: "dvc repro" } }, read: {} };
  mkdirSync(join(folder, ".dvc", "tmp"), { recursive: true });
  writeFileSync(join(folder, ".dvc", "tmp", "rwlock"), JSON.stringify(users));
  await expect(addData(project, "out.csv")).rejects.toThrow(LockedError);
  users.write[join(folder, "out.csv")] = { pid: 2 ** 22 - 1, cmd: "a process that is gone" };
  writeFileSync(join(folder, ".dvc", "tmp", "rwlock"), JSON.stringify(users));
  await addData(project, "out.csv");
});

it("locks by links where DVC is set to, against real dvc too", async () => {
  const folder = await repository();
  await real.run({ argv: ["config", "core.hardlink_lock", "true"], cwd: folder, env });
  writeFileSync(join(folder, "x.csv"), "1\n");
  const project = findProject(folder);
  await lockRepository(project, async () => {
    const refused = await real.run({ argv: ["add", "x.csv"], cwd: folder, env });
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("Unable to acquire lock")]);
  });
  await addData(project, "x.csv");
  expect(await realStatus(folder)).toBe("{}\n");
  expect(readdirSync(join(folder, ".dvc", "tmp")).filter((name) => name.endsWith(".lock"))).toEqual([]);
});

it("gives a lock to callers of one process one after the other, and to a call inside of one at once", async () => {
  const path = join(newFolder(), "lock");
  let inside = 0;
  let most = 0;
  const work = async (): Promise<string> => {
    most = Math.max(most, ++inside);
    await withLock(path, async () => new Promise((resolve) => setImmediate(resolve)));
    inside -= 1;
    return md5("x");
  };
  await Promise.all([1, 2, 3, 4].map(() => withLock(path, work)));
  expect(most).toBe(1);
});
