import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FlowError, FlowStoppedError, flow, type StepContext } from "../../src/flow/index.ts";
import { attemptsOf, cardsOf } from "../../src/flow/keep/index.ts";
import { host, useHost } from "../../src/host/index.ts";
import { findProject } from "../../src/store/index.ts";
import { type Slurm, startSlurm } from "../support/services/index.ts";
import { inProject } from "./support.ts";

const folder = inProject();
const project = findProject(folder);
let cluster: Slurm;

beforeAll(async () => {
  cluster = await startSlurm();
  Object.assign(process.env, cluster.env);
}, 60_000);
afterAll(async () => {
  delete process.env["SLURM_CONF"];
  await cluster.close();
});

interface Edge {
  readonly values: readonly number[];
  readonly more?: number;
  readonly all?: readonly { readonly value: number }[];
}

const job = async ({ x }: { x: number }, { card, random, checkpoint, attempt }: StepContext) => {
  process.stdout.write(`item ${x} ü\n`);
  card.markdown(`# ${x}`);
  const before = (await checkpoint.load()) as number | undefined;
  if (x === 2 && before === undefined) {
    await checkpoint.save(5);
    throw new Error("not yet");
  }
  const { SLURM_ARRAY_JOB_ID: array = "", SLURM_ARRAY_TASK_ID: task = "", SLURM_CPUS_PER_TASK: cpu = "" } = process.env;
  return { x, array, task, cpu, random: random(), before, attempt };
};
const sum = ({ xs }: { xs: readonly { readonly x: number }[] }) => ({
  sum: xs.reduce((total, { x }) => total + x, 0),
  job: process.env["SLURM_JOB_ID"] ?? null,
});
const edge = ({ values, more = 0, all = [] }: Edge): { value: number; waited: string } => ({
  value: [more, ...values.filter(Number.isFinite), ...all.map(({ value }) => value)].reduce((total, x) => total + x, 0),
  waited: process.env["SLURM_JOB_DEPENDENCY"] ?? "",
});
const spin = ({ marks }: { marks: string }): string => {
  process.stdout.write("spins\n");
  for (;;) if (marks === "") return marks;
};
const bad = (): number => {
  process.stderr.write("before it\n");
  throw new RangeError("it is bad");
};
const heap = (): number => {
  const all: object[] = [];
  for (;;) all.push({ at: all.length, more: [1, 2, 3] });
};

const queue = (): string => execFileSync("squeue", ["--noheader", "--format=%i %T %m %c"], { encoding: "utf8" });

async function failure(running: Promise<unknown>): Promise<FlowError> {
  const error: unknown = await running.catch((thrown: unknown) => thrown);
  if (!(error instanceof FlowError)) throw new Error(`no FlowError: ${error}`);
  return error;
}

it("runs a map as one job array and its join as a job; tries, cards, logs and checkpoints are as anywhere", async () => {
  const many = flow("many", { xs: [1, 2, 3] }, (f, p) => {
    const jobs = f.map(p.xs, (x) =>
      f.step(job, { x }, { run: "slurm", resources: { cpu: 2, memory: 300 }, retry: { attempts: 2 } }),
    );
    return { jobs, sum: f.step(sum, { xs: jobs }, { run: "slurm" }) };
  });
  const { output, status } = await many.run();
  expect(output.sum.sum).toBe(6);
  expect(output.sum.job).toMatch(/^\d+$/);
  const [one, two, three] = output.jobs;
  expect([one, three].map((made) => made?.task)).toEqual(["0", "2"]);
  expect(one?.array).toBe(three?.array);
  expect(output.jobs.map(({ cpu }) => cpu)).toEqual(["2", "2", "2"]);
  // The one that failed was tried again, alone, from its checkpoint.
  expect(two).toMatchObject({ task: "", before: 5, attempt: 2 });
  expect(new Set(output.jobs.map(({ random }) => random)).size).toBe(3);
  const attempts = attemptsOf(project, status.runId ?? "").filter(({ step }) => step === "job");
  expect(attempts.map(({ indices, attempt, state }) => `${indices} ${attempt} ${state}`)).toEqual([
    "0 1 done",
    "1 1 failed",
    "1 2 done",
    "2 1 done",
  ]);
  expect(attempts[0]?.log()).toContain("item 1 ü\n");
  expect(cardsOf(project, status.runId ?? "", "job").map(({ parts }) => parts)).toEqual([
    [{ kind: "markdown", text: "# 1" }],
    [{ kind: "markdown", text: "# 2" }],
    [{ kind: "markdown", text: "# 3" }],
  ]);
  const again = await many.run();
  expect(again.status.steps.every(({ state }) => state === "cached")).toBe(true);
}, 60_000);

it("gives Slurm the edges as dependencies: what needs only what is in its queue waits there", async () => {
  const edges = flow("edges", { xs: [1, 2], more: 100 }, (f, p) => {
    const one = f.step(edge, { values: [], more: p.more }, { run: "slurm" });
    const two = f.map(p.xs, (x) => {
      const inner = f.step(edge, { values: [one.at("value"), x] }, { run: "slurm", name: "inner" });
      return f.step(edge, { values: [inner.at("value")], more: x }, { run: "slurm", name: "outer" });
    });
    const last = f.step(edge, { values: [], all: two }, { run: "slurm", name: "last" });
    return { one, two, last };
  });
  const { output, status } = await edges.run();
  const { one, two, last } = output;
  expect([one.value, two.map(({ value }) => value), last.value]).toEqual([100, [102, 104], 206]);
  expect(one.waited).toBe("");
  expect(two.map(({ waited }) => waited)).toEqual([
    expect.stringMatching(/^aftercorr:\d+/),
    expect.stringMatching(/^aftercorr:\d+/),
  ]);
  expect(last.waited).toMatch(/^afterok:\d+/);
  // They ran in this run, and are kept under the keys that the flow itself makes.
  expect(status.steps.map(({ state }) => state)).toEqual(["done", "done", "done", "done"]);
  expect((await edges.run()).status.steps.map(({ state }) => state)).toEqual(["cached", "cached", "cached", "cached"]);
  expect(queue()).toBe("");
}, 60_000);

it("tells the step's own error and the end of its log; a catch value stands for it", async () => {
  const error = await failure(flow("bad", {}, (f) => f.step(bad, {}, { run: "slurm" })).run());
  expect(error.message).toContain("step bad: it is bad");
  expect(error.message).toContain("before it");
  expect(error.cause).toMatchObject({ name: "RangeError" });
  const caught = flow("caught", {}, (f) => f.step(bad, {}, { run: "slurm", catch: 7 }));
  expect((await caught.run()).output).toBe(7);
}, 60_000);

it("ends a busy loop at its timeout, and a heap at its limit", async () => {
  const late = flow("late", {}, (f) => f.step(spin, { marks: "late" }, { run: "slurm", timeout: 500 }));
  const full = flow("full", {}, (f) => f.step(heap, {}, { run: "slurm", resources: { memory: 64 } }));
  const [timeout, memory] = await Promise.all([failure(late.run()), failure(full.run())]);
  expect(timeout.cause).toMatchObject({ code: "STEP_TIMEOUT" });
  expect(memory.cause).toMatchObject({ code: "STEP_MEMORY" });
}, 60_000);

it("takes its jobs back within a second when the flow is stopped", async () => {
  const here = host();
  const stop = new AbortController();
  useHost({ ...here, stopSignal: () => stop.signal });
  try {
    const marks = ["a", "b", "c"];
    const spins = flow("spins", { marks }, (f, p) =>
      f.map(p.marks, (mark) => f.step(spin, { marks: mark }, { run: "slurm" })),
    );
    const running = spins.run();
    running.catch(() => {});
    await expect.poll(queue, { timeout: 20_000, interval: 200 }).toContain("RUNNING");
    const before = performance.now();
    stop.abort(new Error("stop"));
    await expect(running).rejects.toThrow(FlowStoppedError);
    expect(performance.now() - before).toBeLessThan(1000);
    await expect.poll(queue, { timeout: 10_000, interval: 200 }).toBe("");
  } finally {
    useHost(here);
  }
}, 60_000);

it("says that a job was cancelled by somebody else", async () => {
  const spins = flow("cancelled", {}, (f) => f.step(spin, { marks: "cancelled" }, { run: "slurm" }));
  const running = failure(spins.run());
  await expect.poll(queue, { timeout: 20_000, interval: 200 }).toContain("RUNNING");
  execFileSync("scancel", [queue().split(" ")[0] ?? ""]);
  expect((await running).message).toMatch(/Slurm job \d+ ended without a result \(CANCELLED|was stopped|SIGTERM/);
}, 60_000);

it("leaves tasks that stemma exec runs anywhere: the result is kept, the exit code is 0 or 1", async () => {
  const slurm = join(project.stemmaFolder, "slurm");
  const specs = readdirSync(slurm, { recursive: true, encoding: "utf8" })
    .filter((path) => /spec-\d+\.json$/.test(path))
    .map((path) => join(slurm, path));
  const exec = (spec: string) =>
    spawnSync(process.execPath, [fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url)), "exec", spec], {
      cwd: "/",
      encoding: "utf8",
    });
  // One that was sent ahead reads what the tasks before it left, which is gone with the run.
  const specOf = (step: string): string =>
    specs.find((path) => {
      const { context, late } = JSON.parse(readFileSync(path, "utf8"));
      return context.step === step && late === null;
    }) ?? "";
  const sumSpec = specOf("sum");
  // Only hashes: no input stands in it.
  expect(readFileSync(sumSpec, "utf8")).not.toContain("random");
  const done = exec(sumSpec);
  expect(done.stderr).toMatch(/^sum: done in \d+\.\d s\n$/);
  expect(done.status).toBe(0);
  const failed = exec(specOf("bad"));
  expect([failed.status, failed.stderr]).toEqual([1, "before it\nERROR: bad: it is bad\n"]);
  const none = exec(join(folder, "none.json"));
  expect([none.status, none.stderr]).toEqual([1, expect.stringContaining("none.json is no task of a flow")]);
}, 60_000);

it("says in a sentence that there is no Slurm", async () => {
  const path = process.env["PATH"];
  mkdirSync(join(folder, "empty"));
  process.env["PATH"] = join(folder, "empty");
  try {
    const error = await failure(flow("no slurm", {}, (f) => f.step(sum, { xs: [] }, { run: "slurm" })).run());
    expect(error.message).toContain('sbatch is not on this machine: { run: "slurm" } needs Slurm\'s programs.');
    expect(existsSync(join(folder, "empty"))).toBe(true);
  } finally {
    process.env["PATH"] = path;
  }
});
