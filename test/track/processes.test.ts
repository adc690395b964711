import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRuns, type RunRecord, type RunStore } from "../../src/track/index.ts";

const face = join(import.meta.dirname, "../../src/track/index.ts");
let folder: string;
let store: RunStore;
const children = new Set<ChildProcess>();

// A test that is given up does not come to its own kill: a child that spins would do so for ever.
function endChildren(): void {
  for (const process of children) process.kill("SIGKILL");
  children.clear();
}
afterEach(endChildren);
process.once("exit", endChildren);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stemma-processes-"));
  store = openRuns(folder);
});

function child(body: string): ChildProcess {
  const program = `import { track } from ${JSON.stringify(face)};\n${body}`;
  const started = spawn(process.execPath, ["--input-type=module", "-e", program], {
    cwd: folder,
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.add(started);
  return started;
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new TypeError("the child has no stdout");
  const [line] = await once(createInterface(stdout), "line");
  return String(line);
}

async function onlyRun(): Promise<RunRecord> {
  const experiments = await store.experiments();
  const { runs } = await store.searchRuns({ experimentIds: experiments.map(({ id }) => id) });
  expect(runs).toHaveLength(1);
  return runs[0] as RunRecord;
}

describe("a run of another process", () => {
  it("that is killed keeps every point that a busy loop had acknowledged, and is KILLED for the next reader", async () => {
    // A frame is at most 256 points: of 2560 calls all but the last 255 are acknowledged, without any timer having fired.
    const process = child(`
      const run = await track("seir", { beta: 0.3 });
      for (let i = 0; i < 2560; i++) run.log({ rmse: i }, { step: i });
      const { writeSync } = await import("node:fs");
      writeSync(1, run.id + "\\n");
      for (let end = Date.now() + 60_000; Date.now() < end; );`);
    const id = await firstLine(process);
    expect((await store.run(id))?.status).toBe("RUNNING");
    const seen = (await store.metricHistory(id, "rmse")).length;
    expect(seen).toBeGreaterThan(2560 - 256);
    process.kill("SIGKILL");
    await once(process, "exit");
    const run = await store.run(id);
    expect(run?.status).toBe("KILLED");
    expect(run?.endMs).toBeGreaterThanOrEqual(run?.startMs ?? Infinity);
    expect(run?.params).toEqual({ beta: "0.3" });
    const points = await store.metricHistory(id, "rmse");
    expect(points.map(({ step }) => step)).toEqual(Array.from({ length: seen }, (_, i) => i));
    expect(readdirSync(join(folder, "stemma", "tail"))).toEqual([]);
  });

  it("has each point in the file when a call with sync returns", async () => {
    const process = child(`
      const { writeSync } = await import("node:fs");
      const run = await track({ experiment: "seir", sync: "call" });
      for (let i = 0; i < 7; i++) run.log({ rmse: i });
      writeSync(1, run.id + "\\n");
      for (let end = Date.now() + 60_000; Date.now() < end; );`);
    const id = await firstLine(process);
    process.kill("SIGKILL");
    await once(process, "exit");
    expect(await store.metricHistory(id, "rmse")).toHaveLength(7);
  });

  it("loses nothing when the process ends without ending it, and is KILLED", async () => {
    const process = child(`const run = await track("seir"); run.log({ rmse: 1 });`);
    await once(process, "exit");
    expect(process.exitCode).toBe(0);
    expect(await onlyRun()).toMatchObject({ status: "KILLED", metrics: { rmse: { value: 1 } } });
  });

  it("lives on while its process does, however long its lease has run out", async () => {
    const process = child(`
      const run = await track("seir");
      console.log(run.id);
      process.stdin.once("data", () => run.end().then(() => process.exit(0)));`);
    const id = await firstLine(process);
    const { openDatabase, findProject } = await import("../../src/store/index.ts");
    openDatabase(findProject(folder)).write((sql) => sql.run("UPDATE lease SET expires = 0"));
    expect((await store.run(id))?.status).toBe("RUNNING");
    process.stdin?.write("\n");
    await once(process, "exit");
    expect((await store.run(id))?.status).toBe("FINISHED");
  });

  it("and one of a second process are written at the same time, each whole", async () => {
    const body = (name: string): string => `
      await track({ experiment: "seir", name: ${JSON.stringify(name)} }, async (run) => {
        for (let i = 0; i < 20000; i++) { run.log({ a: i, b: -i }, { step: i }); if (i % 5000 === 0) await run.artifact("a" + i, "x"); }
      });`;
    const children = [child(body("one")), child(body("two"))];
    const codes = await Promise.all(children.map(async (process) => (await once(process, "exit"))[0]));
    expect(codes).toEqual([0, 0]);
    const experiment = await store.experimentByName("seir");
    const { runs } = await store.searchRuns({ experimentIds: [experiment?.id ?? ""], orderBy: ["run_name"] });
    expect(runs.map(({ name, status }) => [name, status])).toEqual([
      ["one", "FINISHED"],
      ["two", "FINISHED"],
    ]);
    for (const { id } of runs) {
      expect(await store.metricHistory(id, "a")).toHaveLength(20_000);
      expect((await store.metricHistory(id, "b")).at(-1)).toMatchObject({ value: -19_999, step: 19_999 });
    }
  });

  it("with a million points has them all, in chunks, when it has ended", async () => {
    const process = child(`
      const run = await track("seir");
      for (let i = 0; i < 1_000_000; i++) run.log({ rmse: i / 3 }, { step: i });
      await run.end();
      console.log(run.id);`);
    const [id] = await Promise.all([firstLine(process), once(process, "exit")]);
    expect(process.exitCode).toBe(0);
    const points = await store.metricHistory(id, "rmse");
    expect(points).toHaveLength(1_000_000);
    expect(points.every(({ step, value }, i) => step === i && value === i / 3)).toBe(true);
    expect(readdirSync(join(folder, "stemma", "tail"))).toEqual([]);
  });

  it("that one of two ended as FAILED stays that, and the other hears of it and keeps its points", async () => {
    const first = child(`
      const run = await track("seir");
      run.log({ rmse: 1 });
      console.log(run.id);
      process.stdin.once("data", async () => {
        run.log({ rmse: 2 });
        await run.end().catch((error) => console.log(error.message));
        process.exit();
      });`);
    const lines = createInterface({ input: first.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    const { value: id } = await lines.next();
    await store.updateRun(String(id), { status: "FAILED", endMs: 5 });
    first.stdin?.write("\n");
    const { value: said } = await lines.next();
    expect(said).toContain("was ended as FAILED by somebody else and stays that, not FINISHED");
    expect(await onlyRun()).toMatchObject({ status: "FAILED", endMs: 5, metrics: { rmse: { value: 2, step: 1 } } });
  });
});
