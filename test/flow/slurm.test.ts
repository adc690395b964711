import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { FlowError, FlowStoppedError, flow, type StepContext, type StepOptions } from "../../src/flow/index.ts";
import { attemptsOf, cardsOf } from "../../src/flow/keep/index.ts";
import { watchJob } from "../../src/flow/run/executors/slurm/jobs.ts";
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
}, 120_000);
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

/** Bytes beside the heap, which nobody but Slurm limits. */
const eat = ({ bytes }: { bytes: number }): number => {
  const all = Buffer.alloc(bytes, 1);
  for (;;) if (all.length < 10) return all.length;
};

/** The jobs of a flow that wait or run: "12 RUNNING". */
function queue(name: string): string {
  const lines = execFileSync("squeue", ["--noheader", "--format=%j|%i %T"], { encoding: "utf8" }).split("\n");
  const own = lines.filter((line) => line.startsWith(`${name}/`));
  return own.map((line) => line.split("|")[1]).join("\n");
}

/** Does not end in its first try; the second gives its number. */
const first = async ({ pids }: { pids: string }, { attempt }: StepContext): Promise<number> => {
  appendFileSync(pids, `${process.pid} `);
  if (attempt === 1) await new Promise((done) => setTimeout(done, 3_600_000));
  return attempt;
};

/** Runs a step whose first job is ended from outside and whose second one ends by itself; gives how the first one failed. */
async function endedOutside(name: string, end: (job: string) => unknown): Promise<string> {
  const pids = join(folder, `${name} pids`);
  const ended = flow(name, {}, (f) => f.step(first, { pids }, { run: "slurm", retry: { attempts: 2 } }));
  const running = ended.run();
  running.catch(() => {});
  await waitFor(() => existsSync(pids));
  await end(queue(name).split(" ")[0] ?? "");
  const { output, status } = await running;
  expect(output).toBe(2);
  const [failed, done] = attemptsOf(project, status.runId ?? "");
  expect([failed?.state, done?.state]).toEqual(["failed", "done"]);
  const [process] = readFileSync(pids, "utf8").split(" ");
  await waitFor(() => !existsSync(`/proc/${process}`) && queue(name) === "");
  return failed?.error?.message ?? "";
}

async function waitFor(isSo: () => boolean): Promise<void> {
  await vi.waitUntil(isSo, { timeout: 60_000, interval: 100 });
}

function scontrol(...args: readonly string[]): void {
  execFileSync("scontrol", args, { stdio: "pipe" });
}

async function failure(running: Promise<unknown>): Promise<FlowError> {
  const error: unknown = await running.catch((thrown: unknown) => thrown);
  if (!(error instanceof FlowError)) throw new Error(`no FlowError: ${error}`);
  return error;
}

it.concurrent("runs a map as one job array and its join as a job; tries, cards, logs and checkpoints are as anywhere", async () => {
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
}, 120_000);

it.concurrent("has all that can be known in the queue at once: maps in maps, maps of results, rounds, branches and their joins", async () => {
  const known = flow("known", { groups: [[1, 2], [3]], kind: "a" }, (f, p) => {
    const far = { run: "slurm" } as const;
    const one = f.step(edge, { values: [], more: 100 }, far);
    const groups = f.map(p.groups, (group) => {
      const inner = f.map(group, (x) => f.step(edge, { values: [one.at("value"), x] }, { ...far, name: "inner" }));
      return f.step(edge, { values: [], all: inner }, { ...far, name: "group" });
    });
    const each = f.map(groups, (group) => f.step(edge, { values: [group.at("value")] }, { ...far, name: "each" }));
    const rounds = f.loop(
      one,
      (state) => ({ next: f.step(edge, { values: [state.at("value")], more: 1 }, { ...far, name: "round" }) }),
      { max: 2 },
    );
    const branch = f.when(
      p.kind,
      {
        a: () => f.step(edge, { values: [], all: each }, { ...far, name: "a" }),
        b: () => f.step(edge, { values: [] }, { ...far, name: "b" }),
      },
      { otherwise: () => f.step(edge, { values: [] }, { ...far, name: "other" }) },
    );
    return { one, groups, each, rounds, branch };
  });
  const { output, status } = await known.run();
  const values = (all: readonly { readonly value: number }[]): readonly number[] => all.map(({ value }) => value);
  expect(values([output.one, ...output.groups, ...output.each])).toEqual([100, 203, 103, 203, 103]);
  expect(values([output.rounds, output.branch])).toEqual([102, 306]);
  expect(output.one.waited).toBe("");
  expect(output.groups.map(({ waited }) => waited)).toEqual([0, 1].map(() => expect.stringMatching(/^afterok:\d+/)));
  expect(output.each.map(({ waited }) => waited)).toEqual([0, 1].map(() => expect.stringMatching(/^aftercorr:\d+/)));
  expect([output.rounds.waited, output.branch.waited]).toEqual([0, 1].map(() => expect.stringMatching(/^afterok:\d+/)));
  // They ran in this run, and are kept under the keys that the flow itself makes.
  const states = new Set(status.steps.map(({ state }) => state));
  expect(states).toEqual(new Set(["done", "skipped"]));
  const again = (await known.run()).status.steps.map(({ state }) => state);
  expect(new Set(again)).toEqual(new Set(["cached", "skipped"]));
  expect(queue("known")).toBe("");
}, 120_000);

it.concurrent("submits what depends on a result as soon as that is there: a list, a branch, a round", async () => {
  const list = ({ n }: { n: number }): number[] => Array.from({ length: n }, (_, i) => i);
  const small = ({ value }: { value: number }): boolean => value < 2;
  const computed = flow("computed", { n: 2 }, (f, p) => {
    const far = { run: "slurm" } as const;
    const each = f.map(f.step(list, { n: p.n }), (x) => f.step(edge, { values: [x] }, far));
    const last = f.step(edge, { values: [], all: each }, { ...far, name: "last" });
    const branch = f.when(f.step(small, { value: last.at("value") }), {
      true: () => f.step(edge, { values: [], more: 7 }, { ...far, name: "yes" }),
      false: () => f.step(edge, { values: [], more: 8 }, { ...far, name: "no" }),
    });
    const round = f.loop(
      branch,
      (state) => {
        const next = f.step(edge, { values: [state.at("value")], more: 1 }, { ...far, name: "round" });
        return {
          next,
          until: f.step(({ value }: { value: number }) => value > 7, { value: next.at("value") }, { name: "enough" }),
        };
      },
      { max: 5 },
    );
    return { each, last, round };
  });
  const { output } = await computed.run();
  expect([output.each.map(({ value }) => value), output.last.value, output.round.value]).toEqual([[0, 1], 1, 8]);
  expect(output.last.waited).toMatch(/^afterok:\d+/);
}, 120_000);

it.concurrent("finds the jobs of a process that was killed, and submits none of them twice", async ({ expect }) => {
  const script = join(folder, "head.ts");
  const library = JSON.stringify(fileURLToPath(new URL("../../src/flow/index.ts", import.meta.url)));
  const marks = join(folder, "marks");
  mkdirSync(marks);
  writeFileSync(
    script,
    `import { appendFileSync, existsSync } from "node:fs";
import { flow } from ${library};
const wait = async ({ x, marks }) => {
  appendFileSync(marks + "/ran " + x, "x");
  process.stdout.write("begun " + x + "\\n");
  while (!existsSync(marks + "/go")) await new Promise((done) => setTimeout(done, 100));
  return x;
};
const sum = ({ xs, marks }) => {
  appendFileSync(marks + "/ran sum", "x");
  return xs.reduce((a, b) => a + b, 0);
};
const all = flow("left", { xs: [1, 2] }, (f, p) => {
  const marks = ${JSON.stringify(marks)};
  return f.step(sum, { marks, xs: f.map(p.xs, (x) => f.step(wait, { x, marks }, { run: "slurm" })) }, { run: "slurm" });
});
console.log("sum is", (await all.run()).output);
`,
  );
  const start = () => {
    const child = spawn(process.execPath, [script], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    return { child, out: () => out, ended: once(child, "exit") };
  };
  const begun = (out: () => string) =>
    expect.poll(out, { timeout: 60_000, interval: 100 }).toMatch(/begun 1[\s\S]*begun 2|begun 2[\s\S]*begun 1/);
  const first = start();
  await begun(first.out);
  await expect.poll(() => queue("left"), { timeout: 20_000, interval: 100 }).toMatch(/^\d+ PENDING/m);
  const before = queue("left");
  first.child.kill("SIGKILL");
  await first.ended;
  const second = start();
  // What they have printed is told again: they are followed.
  await begun(second.out);
  expect(queue("left")).toBe(before);
  writeFileSync(join(marks, "go"), "");
  await second.ended;
  expect(second.out()).toContain("sum is 3");
  expect(["1", "2", "sum"].map((name) => readFileSync(join(marks, `ran ${name}`), "utf8"))).toEqual(["x", "x", "x"]);
}, 120_000);

it.concurrent("tries again what Slurm ended at its time limit, and says so", async ({ expect }) => {
  const said = await endedOutside("limited", (id) => {
    scontrol("update", `JobId=${id}`, "TimeLimit=1");
    scontrol("update", `JobId=${id}`, "EndTime=now+1");
  });
  expect(said).toMatch(
    /^Slurm ended job \d+ of first at its time limit\. The partition sets it where the step has none; ask for more: \{ timeout: "8h" \}\. Its log is /,
  );
}, 120_000);

it("says what Slurm does not take, with what it was asked for; words of STEMMA_SBATCH and of the step go to sbatch", async () => {
  const refused = async (options: StepOptions): Promise<string> =>
    (await failure(flow("refused", {}, (f) => f.step(bad, {}, { run: "slurm", ...options })).run())).message;
  expect(await refused({ env: { SBATCH_PARTITION: "gpus" } })).toMatch(
    /Slurm did not take the job of bad: .*gpus.*Partitions here: main, urgent\. Name another: process\.env\.SBATCH_PARTITION/,
  );
  expect(await refused({ resources: { memory: "900TB", gpu: 5 } })).toMatch(
    /bad, which asks for 943718400 MB of memory, 5 GPUs: .*No node has that much/,
  );
  process.env["STEMMA_SBATCH"] = "--account=lab --partition='no such'";
  try {
    expect(await refused({})).toContain("no such");
  } finally {
    delete process.env["STEMMA_SBATCH"];
  }
}, 120_000);

it.concurrent("tries again what somebody else cancelled, and says so", async ({ expect }) => {
  const said = await endedOutside("cancelled", (id) => execFileSync("scancel", [id]));
  expect(said).toMatch(
    /^Slurm job \d+ of first ended without a result \(CANCELLED.*\): somebody cancelled it, by scancel/,
  );
}, 120_000);

it.concurrent("names the item that failed as the reason of what waited for it, and leaves none of that in the queue", async ({
  expect,
}) => {
  const odd = ({ x }: { x: number }): { value: number } => {
    if (x === 1) throw new RangeError("1 is bad");
    return { value: x };
  };
  const left = flow("left over", { xs: [0, 1] }, (f, p) => {
    const far = { run: "slurm" } as const;
    const each = f.map(p.xs, (x) => {
      const value = f.step(odd, { x }, far).at("value");
      return f.step(edge, { values: [value] }, { ...far, name: "next" });
    });
    return f.step(edge, { values: [], all: each }, { ...far, name: "join" });
  });
  await failure(left.run());
  const [run] = left.runs();
  const stood = Object.fromEntries(run?.status.steps.map(({ step, ...facts }) => [step, facts]) ?? []);
  expect(stood["odd"]).toMatchObject({ state: "failed", done: 1 });
  expect(stood["next"]?.reason).toMatch(/not run: odd\[1\] failed$/);
  expect(stood["join"]).toMatchObject({ state: "waiting", reason: "not run: odd[1] failed" });
  await waitFor(() => queue("left over") === "");
}, 120_000);

it.concurrent("waits for the outcome of a job that a shared folder shows late", async () => {
  const at = join(folder, "late");
  mkdirSync(at);
  // As the program of a task ends that has failed.
  const ran = spawnSync("sbatch", ["--parsable", "--wait", "--chdir=/tmp", "--output=/dev/null", "--wrap=exit 1"]);
  const id = String(ran.stdout).trim();
  const step = { id: "late", resources: null, timeoutMs: null };
  const ended = new Promise((done, failed) =>
    watchJob({
      id,
      step,
      specPath: join(at, "spec-0.json"),
      logPath: join(at, "log-0.txt"),
      print: () => {},
      ended: done,
      failed,
    }),
  );
  const outcome = { state: "done", key: "k", digest: "d" };
  setTimeout(() => writeFileSync(join(at, "spec-0.outcome.json"), JSON.stringify(outcome)), 5000);
  expect(await ended).toEqual(outcome);
}, 120_000);

it.concurrent("gives a job the GPUs that it asks for", async () => {
  const seen = ({ a }: { a: number }): string => `${process.env["SLURM_GPUS_ON_NODE"]} ${a}`;
  const gpus = flow("gpus", {}, (f) => f.step(seen, { a: 1 }, { run: "slurm", resources: { gpu: 2 } }));
  expect((await gpus.run()).output).toBe("2 1");
}, 120_000);

it.concurrent("tells the step's own error and the end of its log; a catch value stands for it", async () => {
  const error = await failure(flow("bad", {}, (f) => f.step(bad, {}, { run: "slurm" })).run());
  expect(error.message).toContain("step bad: it is bad");
  expect(error.message).toContain("before it");
  expect(error.cause).toMatchObject({ name: "RangeError" });
  const caught = flow("caught", {}, (f) => f.step(bad, {}, { run: "slurm", catch: 7 }));
  expect((await caught.run()).output).toBe(7);
}, 120_000);

it.concurrent("ends a busy loop at its timeout, a heap at its limit, and tells what Slurm killed for its memory", async () => {
  const late = flow("late", {}, (f) => f.step(spin, { marks: "late" }, { run: "slurm", timeout: 500 }));
  const full = flow("full", {}, (f) => f.step(heap, {}, { run: "slurm", resources: { memory: 64 } }));
  const eats = flow("eats", {}, (f) => f.step(eat, { bytes: 700_000_000 }, { run: "slurm" }));
  const [timeout, memory, killed] = await Promise.all([late, full, eats].map((one) => failure(one.run())));
  expect(timeout?.cause).toMatchObject({ code: "STEP_TIMEOUT" });
  expect(memory?.cause).toMatchObject({ code: "STEP_MEMORY" });
  expect(killed?.message).toMatch(
    /Slurm killed job \d+ of eat: it needed more memory than the cluster gives a job that asks/,
  );
}, 120_000);

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
    await expect.poll(() => queue("spins"), { timeout: 30_000, interval: 100 }).toContain("RUNNING");
    const before = performance.now();
    stop.abort(new Error("stop"));
    await expect(running).rejects.toThrow(FlowStoppedError);
    expect(performance.now() - before).toBeLessThan(1000);
    await expect.poll(() => queue("spins"), { timeout: 10_000, interval: 200 }).toBe("");
  } finally {
    useHost(here);
  }
}, 120_000);

it("tries again what a more urgent job took the place of, and says so", async () => {
  const said = await endedOutside("preempted", () =>
    execFileSync("sbatch", [
      "--partition=urgent",
      "--exclusive",
      "--chdir=/tmp",
      "--output=/dev/null",
      "--wrap=sleep 2",
    ]),
  );
  expect(said).toMatch(/^Slurm took job \d+ of first away for a more urgent one\./);
}, 120_000);

it("tries again what was on a node that failed, when there is one, and says so", async () => {
  const node = `NodeName=${hostname()}`;
  const isUp = (): boolean => {
    const state = execFileSync("sinfo", ["--noheader", "--format=%T"], { encoding: "utf8" }).trim();
    // It may come back by itself in this moment.
    if (state.startsWith("down")) spawnSync("scontrol", ["update", node, "State=RESUME"]);
    return !state.startsWith("down");
  };
  const said = await endedOutside("stranded", async () => {
    scontrol("update", node, "State=DOWN", "Reason=test");
    await waitFor(isUp);
  });
  expect(said).toMatch(/^The node of Slurm job \d+ of first failed\. Another try gets another node/);
}, 120_000);

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
}, 120_000);

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
