import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { parseDvcLock } from "../../src/format/index.ts";
import { dryRun, type PipelineEvent, reproduce, reproduceTracked } from "../../src/pipeline/index.ts";
import { findProject, type Project } from "../../src/store/index.ts";
import { track } from "../../src/track/index.ts";

const base = mkdtempSync(join(tmpdir(), "stemma-pipeline-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A project with files; `.dvc` and git are there. */
function project(files: Readonly<Record<string, string>>): Project {
  const root = mkdtempSync(join(base, "project-"));
  execFileSync("git", ["init", "-q"], { cwd: root });
  mkdirSync(join(root, ".dvc"));
  writeFileSync(join(root, ".dvc", "config"), "");
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  return findProject(root);
}

/** Stages that wait for each other's beginning: they end only when both run at once. */
const meeting = (name: string, other: string): string =>
  `touch ${name}.here; i=0; while [ ! -e ${other}.here ] && [ $i -lt 600 ]; do sleep 0.05; i=$((i+1)); done; [ -e ${other}.here ] && echo ${name} > ${name}`;

const diamond = `stages:
  last:
    cmd: cat left right > last
    deps: [left, right]
    outs: [last]
  left:
    cmd: ${meeting("left", "right")}
    deps: [first]
    outs: [left]
  right:
    cmd: ${meeting("right", "left")}
    deps: [first]
    outs: [right]
  first:
    cmd: echo 1 > first
    outs: [first]
`;

it("runs independent stages at once, and writes the lock as one after the other would", async () => {
  const at = project({ "dvc.yaml": diamond });
  const { reproduced } = await reproduce(at, { jobs: 4 });
  expect(reproduced.map((stage) => stage.name)[0]).toBe("first");
  expect(readFileSync(join(at.root, "last"), "utf8")).toBe("left\nright\n");
  const lock = parseDvcLock(readFileSync(join(at.root, "dvc.lock"), "utf8"), "dvc.lock");
  expect([...lock.stages.keys()]).toEqual(["first", "left", "right", "last"]);
});

it("lets siblings of a failed stage end, and starts nothing that needs it", async () => {
  const failing = diamond.replace("cat left right > last", "touch never").replace("echo left > left", "exit 7");
  const at = project({ "dvc.yaml": failing });
  const events: PipelineEvent[] = [];
  const run = reproduce(at, { jobs: 4, onError: "keep-going", onEvent: (event) => events.push(event) });
  await expect(run).rejects.toThrow("failed to reproduce 'left'");
  const failed = events.find((event) => event.kind === "failed");
  expect(failed?.kind === "failed" && failed.skipped.map((stage) => stage.name)).toEqual(["last"]);
  expect(existsSync(join(at.root, "right"))).toBe(true);
  expect(existsSync(join(at.root, "never"))).toBe(false);
  expect(readFileSync(join(at.root, "dvc.lock"), "utf8")).toContain("  right:\n");
});

it("stops a command with all that it started, and leaves the lock of what was done", async () => {
  const at = project({
    "dvc.yaml": `stages:
  a: {cmd: echo 1 > a, outs: [a]}
  b:
    cmd: (sleep 600; touch late) & echo $! > pid; wait
    deps: [a]
    outs: [b]
`,
  });
  const stop = new AbortController();
  const run = reproduce(at, { jobs: 2, signal: stop.signal });
  await appears(at.root, "pid");
  stop.abort(new Error("interrupted"));
  await expect(run).rejects.toThrow("interrupted");
  const pid = Number(readFileSync(join(at.root, "pid"), "utf8"));
  expect(stateOf(pid)).toMatch(/^(Z.*)?$/);
  expect([...parseDvcLock(readFileSync(join(at.root, "dvc.lock"), "utf8"), "dvc.lock").stages.keys()]).toEqual(["a"]);
});

it("leaves a whole lock when it is killed", async () => {
  const stages = Array.from({ length: 40 }, (_, i) => `  s${i}: {cmd: echo ${i} > o${i}, outs: [o${i}]}\n`).join("");
  const at = project({ "dvc.yaml": `stages:\n${stages}` });
  const main = join(import.meta.dirname, "..", "..", "src", "cli", "main.ts");
  const child = spawn(process.execPath, [main, "repro", "-q"], { cwd: at.root, stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("close", resolve));
  await appears(at.root, "o20");
  child.kill("SIGKILL");
  await ended;
  const { stages: done } = parseDvcLock(readFileSync(join(at.root, "dvc.lock"), "utf8"), "dvc.lock");
  expect(done.size).toBeGreaterThan(10);
  const { reproduced } = await reproduce(at);
  expect(reproduced.length).toBe(40 - done.size);
});

it("says beforehand what will run, may run and comes from the cache, and why", async () => {
  const text = (cmd: string): string => `stages:
  a: {cmd: ${cmd}, deps: [in], outs: [a]}
  b: {cmd: cat a > b, deps: [a], outs: [b]}
  c: {cmd: echo c > c, outs: [c]}
  cold: {cmd: cat a > cold, deps: [a], outs: [cold], frozen: true}
`;
  const at = project({ "dvc.yaml": text("cat in > a"), in: "1" });
  writeFileSync(join(at.root, "cold"), "x");
  await reproduce(at);
  writeFileSync(join(at.root, "in"), "2");
  const plan = async (): Promise<object> =>
    Object.fromEntries((await dryRun(at)).map(({ address, verdict, reason }) => [address, `${verdict}: ${reason}`]));
  const unchanged = { c: "unchanged: null", cold: "unchanged: null" };
  expect(await plan()).toEqual({ a: "will run: in is modified", b: "may run: needs a", ...unchanged });
  await reproduce(at);
  writeFileSync(join(at.root, "in"), "1");
  expect(await plan()).toEqual({ a: "cached: in is modified", b: "may run: needs a", ...unchanged });
  writeFileSync(join(at.root, "dvc.yaml"), text("cat in in > a"));
  expect(await plan()).toEqual({ a: "will run: changed command", b: "may run: needs a", ...unchanged });
  expect(existsSync(join(at.root, "stemma"))).toBe(false);
});

it("keeps a pipeline as a run with a nested run for each stage, which its commands find", async () => {
  const at = project({
    "dvc.yaml": `stages:
  fit:
    cmd: echo $MLFLOW_RUN_ID > id && echo '{"acc":0.5,"n":{"f1":1}}' > m.json
    deps: [in]
    params: [lr, net]
    outs: [id]
    metrics: [{m.json: {cache: false}}]
  bad: {cmd: exit 3, deps: [id], outs: [bad]}
`,
    "params.yaml": "lr: 0.1\nnet: {layers: [1, 2]}\n",
    in: "1",
  });
  const cwd = process.cwd();
  process.chdir(at.root);
  try {
    await expect(reproduceTracked(at, { experiment: "pipes", runName: "first" })).rejects.toThrow(
      "failed to reproduce 'bad'",
    );
    const runs = new Map(track.runs("pipes").map((run) => [run.name, run] as const));
    expect([...runs.values()].map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual([
      "bad FAILED",
      "first FAILED",
      "fit FINISHED",
    ]);
    expect(runs.get("fit")?.id).toBe(readFileSync(join(at.root, "id"), "utf8").trim());
    expect(runs.get("fit")?.metrics).toMatchObject({ acc: { value: 0.5 }, "n.f1": { value: 1 } });
    expect(runs.get("fit")?.params).toMatchObject({ lr: expect.anything() });
  } finally {
    process.chdir(cwd);
  }
});

/** As `ps` has it: empty for a process that is gone, Z for one that nobody has buried yet. */
function stateOf(pid: number): string {
  return spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
}

/** Resolves when a file is in a folder, and not empty where it is written in two steps. */
function appears(folder: string, name: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!existsSync(join(folder, name)) || readFileSync(join(folder, name), "utf8") === "") return;
      watcher.close();
      resolve();
    };
    const watcher = watch(folder, look);
    look();
  });
}
