import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { FlowError, flow, watchFlows } from "../../src/flow/index.ts";
import { SharedGpus } from "../../src/flow/run/executors/gpu-claims.ts";
import { gpusHere, gpusIn } from "../../src/flow/run/executors/gpus.ts";
import { Room, type Seat } from "../../src/flow/run/executors/room.ts";
import { flowWatchKey } from "../../src/flow/status/watch.ts";
import { inProject } from "./support.ts";

const folder = inProject();
const names = ["PATH", "STEMMA_GPUS", "CUDA_VISIBLE_DEVICES"] as const;
const before = names.map((name) => [name, process.env[name]] as const);

// As NVIDIA's driver 535 prints it on a machine with two GPUs, and with one that is divided.
const two = `GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-3b8e5e5c-1c4e-9b7a-aa0c-4a6a0ff2c1de)
`;
const divided = `GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)
  MIG 3g.20gb     Device  0: (UUID: MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f)
  MIG 3g.20gb     Device  1: (UUID: MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-3b8e5e5c-1c4e-9b7a-aa0c-4a6a0ff2c1de)
`;

/** A machine with this output of nvidia-smi -L. */
function machine(name: string, list: string, code = 0): void {
  const bin = join(folder, name);
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "list"), list);
  writeFileSync(join(bin, "nvidia-smi"), `#!/bin/sh\ncat '${bin}/list'\nexit ${code}\n`, { mode: 0o755 });
  process.env["PATH"] = `${bin}:${process.env["PATH"]}`;
}

function restore(): void {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
beforeEach(() => {
  delete process.env["STEMMA_GPUS"];
  delete process.env["CUDA_VISIBLE_DEVICES"];
});
afterEach(restore);

interface Used {
  readonly gpus: string | undefined;
  readonly order: string | undefined;
}

/** Says in a file when it begins and ends, and what it sees. */
const used = async ({ marks, item }: { marks: string; item: number }): Promise<Used> => {
  const gpus = process.env["CUDA_VISIBLE_DEVICES"];
  appendFileSync(marks, `+${gpus}\n`);
  // Items under 1 let another one begin beside them: until two have been there at a time, somebody waits.
  const isAlone = (): boolean => item < 1 && !/^\+.*\n\+/m.test(readFileSync(marks, "utf8"));
  for (let left = 400; left > 0 && isAlone(); left--) await new Promise((done) => setTimeout(done, 50));
  await new Promise((done) => setTimeout(done, 60));
  appendFileSync(marks, `-${gpus}\n`);
  return { gpus, order: process.env["CUDA_DEVICE_ORDER"] };
};

/** The most that ran at a time; no GPU twice. */
function atOnce(marks: string): number {
  const running: string[] = [];
  let most = 0;
  for (const line of readFileSync(marks, "utf8").trim().split("\n")) {
    const name = line.slice(1);
    if (line.startsWith("+")) {
      expect(running).not.toContain(name);
      running.push(name);
    } else running.splice(running.indexOf(name), 1);
    most = Math.max(most, running.length);
  }
  return most;
}

async function failure(running: Promise<unknown>): Promise<FlowError> {
  const error: unknown = await running.catch((thrown: unknown) => thrown);
  if (!(error instanceof FlowError)) throw new Error(`no FlowError: ${error}`);
  return error;
}

it.each(["auto", "thread"] as const)(
  "hands out the GPUs that nvidia-smi lists, one to each task (run: %s)",
  async (run) => {
    machine("two", two);
    const marks = join(folder, `marks ${run}`);
    const items = [0, 0.1, 0.2, 0.3, 0.4];
    const { output } = await flow(`gpus ${run}`, { items }, (f, p) =>
      f.map(p.items, (item) => f.step(used, { marks, item }, { run, resources: { gpu: 1 } })),
    ).run();
    expect(new Set(output.map(({ gpus }) => gpus))).toEqual(new Set(["0", "1"]));
    expect(output[0]?.order).toBe("PCI_BUS_ID");
    expect(atOnce(marks)).toBe(2);
  },
);

it("gives a command its GPUs, and a task that asks for two both", async () => {
  process.env["STEMMA_GPUS"] = "4,GPU-ab";
  const command = flow("gpu command", {}, (f) => ({
    both: f.exec("echo $CUDA_VISIBLE_DEVICES > {out}", { outs: { out: "both.txt" } }, { resources: { gpu: 2 } }),
    inline: f.exec(
      "echo $CUDA_VISIBLE_DEVICES > {out}",
      { outs: { out: "one.txt" } },
      { run: "inline", resources: { gpu: 1 } },
    ),
  }));
  const { both, inline } = (await command.run()).output;
  expect(readFileSync(both.out, "utf8")).toBe("4,GPU-ab\n");
  expect(readFileSync(inline.out, "utf8")).toMatch(/^(4|GPU-ab)\n$/);
});

function gpuUser(name: string, items: number): { readonly child: ChildProcess; readonly ended: Promise<unknown> } {
  const script = fileURLToPath(new URL("./fixtures/gpu-user.ts", import.meta.url));
  const child = spawn(process.execPath, [script, name, String(items)], { cwd: folder, stdio: ["ignore", 2, 2] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, ended: once(child, "exit") };
}

const until = (isSo: () => boolean): Promise<unknown> => vi.waitUntil(isSo, { timeout: 20_000, interval: 20 });

it.each([
  ["0", 1],
  ["0,1", 2],
])(
  "shares the GPUs %s with another process: each is one task's at a time, and none waits for all of the other",
  async (gpus, most) => {
    process.env["STEMMA_GPUS"] = gpus;
    for (const file of ["go", "gpus.txt"]) rmSync(join(folder, file), { force: true });
    const both = ["a", "b"].map((name) => gpuUser(name + gpus, 5));
    await until(() => ["a", "b"].every((name) => existsSync(join(folder, `${name + gpus} is ready`))));
    writeFileSync(join(folder, "go"), "");
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([
      [0, null],
      [0, null],
    ]);
    const log = readFileSync(join(folder, "gpus.txt"), "utf8");
    const marks = join(folder, "marks of two");
    writeFileSync(marks, log.replaceAll(/ .*/g, ""));
    expect(atOnce(marks)).toBeLessThanOrEqual(most);
    const users = [...log.matchAll(/^\+\S+ (.)/gm)].map(([, name]) => name);
    expect(users).toHaveLength(10);
    expect(users.slice(0, 8)).toContain("a");
    expect(users.slice(0, 8)).toContain("b");
    if (most === 1) expect(users.filter((name, i) => i > 0 && name !== users[i - 1]).length).toBeGreaterThan(4);
  },
);

it("has the GPU of a process that was killed", async () => {
  process.env["STEMMA_GPUS"] = "7";
  writeFileSync(join(folder, "go"), "");
  rmSync(join(folder, "gpus.txt"), { force: true });
  const { child, ended } = gpuUser("holder", 1);
  await until(() => existsSync(join(folder, "gpus.txt")));
  const seen = ({ n }: { n: number }): string => `${process.env["CUDA_VISIBLE_DEVICES"]} ${n}`;
  const next = flow("next", { n: 1 }, (f, p) => f.step(seen, { n: p.n }, { run: "thread", resources: { gpu: 1 } }));
  const reasons: (string | undefined)[] = [];
  watchFlows({
    defined: () => {},
    begun: (run) => ({ changed: () => reasons.push(run.status.steps[0]?.reason), end: () => {} }),
  });
  const running = next.run();
  await until(() => reasons.includes("waits for a GPU that another process has"));
  child.kill("SIGKILL");
  await ended;
  expect((await running).output).toBe("7 1");
  expect(reasons.at(-1)).toBe("never ran");
  Reflect.deleteProperty(globalThis, Symbol.for(flowWatchKey));
});

it("lets who asked first have it first, and chooses what others cannot use", () => {
  const [a, b, c] = ["a", "b", "c"].map((name) => new SharedGpus(name)) as [SharedGpus, SharedGpus, SharedGpus];
  expect(a.take(["8", "9"], 2)).toEqual(["8", "9"]);
  expect([b.take(["8"], 1), c.take(["8", "9"], 2)]).toEqual([null, null]);
  a.give(["8", "9"]);
  expect(a.take(["8", "9"], 1)).toBeNull();
  expect(c.take(["8", "9"], 2)).toBeNull();
  expect(b.take(["8"], 1)).toEqual(["8"]);
  expect(a.take(["8", "9"], 1)).toBeNull();
  b.give(["8"]);
  expect(c.take(["8", "9"], 2)).toEqual(["8", "9"]);
  c.give(["9"]);
  expect(a.take(["8", "9"], 1)).toEqual(["9"]);
  expect(b.take(["8"], 1)).toBeNull();
  a.give(["9"]);
  c.give(["8"]);
  const d = new SharedGpus("d");
  expect(d.take(["8", "9"], 1)).toEqual(["9"]);
  d.give(["9"]);
});

it("counts GPUs in its own process where the machine's list cannot be had, and says so", async () => {
  vi.stubEnv("TMPDIR", join(folder, "is ready", "nowhere"));
  writeFileSync(join(folder, "is ready"), "");
  const warned = once(process, "warning") as Promise<[Error]>;
  expect(new SharedGpus().take(["0", "1"], 1)).toEqual(["0"]);
  expect((await warned)[0].message).toMatch(/^GPUs are counted in this process alone: /);
  vi.unstubAllEnvs();
});

it("knows parts of GPUs, and the variables that name some of them", async () => {
  expect(gpusIn(divided).names).toEqual([
    "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f",
    "MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb",
    "1",
  ]);
  const found = async (env: NodeJS.ProcessEnv): Promise<readonly string[]> => (await gpusHere(env)).names;
  expect(await found({ CUDA_VISIBLE_DEVICES: "1, 3" })).toEqual(["1", "3"]);
  expect(await found({ STEMMA_GPUS: "2", CUDA_VISIBLE_DEVICES: "1" })).toEqual(["2"]);
  expect(await found({ CUDA_VISIBLE_DEVICES: "0,-1,2" })).toEqual(["0"]);
  expect(await found({ CUDA_VISIBLE_DEVICES: "NoDevFiles" })).toEqual([]);
});

it("says before anything runs that a step asks for more GPUs than there are, and why there are none", async () => {
  const marks = join(folder, "marks of nothing");
  writeFileSync(marks, "");
  const wants = (name: string) =>
    flow(name, {}, (f) => {
      const first = f.step(used, { marks, item: 1 });
      return f.step(({ all }: { all: Used }) => all, { all: first }, { name: "fit", resources: { gpu: 3 } });
    }).run();
  const said = async (name: string): Promise<string> =>
    String(await wants(name).catch((error: Error) => error.message));
  process.env["STEMMA_GPUS"] = "0,1";
  expect(await said("few")).toContain(
    "fit asks for 3 GPUs, and there are 2 here (STEMMA_GPUS=0,1). Ask for fewer: { resources: { gpu: 2 } }",
  );
  delete process.env["STEMMA_GPUS"];
  process.env["PATH"] = join(folder, "nothing");
  expect(await said("no driver")).toContain("there are none here (nvidia-smi is not on the PATH)");
  restore();
  machine("broken", "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", 9);
  expect(await said("broken driver")).toContain("(nvidia-smi: NVIDIA-SMI has failed because it couldn't communicate");
  expect(readFileSync(marks, "utf8")).toBe("");
});

it("fails the task of a map or a branch when its turn comes", async () => {
  process.env["STEMMA_GPUS"] = "0";
  const marks = join(folder, "marks of a map");
  const items = [1];
  const error = await failure(
    flow("map of two", { items }, (f, p) =>
      f.map(p.items, (item) => f.step(used, { marks, item }, { resources: { gpu: 2 } })),
    ).run(),
  );
  expect(error.message).toContain("step used, item 0: used asks for 2 GPUs, and there is 1 here");
});

it("runs no two tasks that do not have room in memory together; one that asks for more than there is runs alone, which is told", async () => {
  const most = Math.floor(totalmem() / 1024 / 1024);
  const marks = join(folder, "marks of memory");
  const run = await flow("memory", { items: [1, 2, 3] }, (f, p) =>
    f.map(p.items, (item) => f.step(used, { marks, item }, { run: "thread", resources: { memory: most * 0.6 } })),
  ).run();
  expect(run.output).toHaveLength(3);
  const lines = readFileSync(marks, "utf8")
    .trim()
    .split("\n")
    .map(([sign]) => sign);
  expect(lines.join("")).toBe("+-+-+-");
  const large = await flow("large", {}, (f) =>
    f.step(used, { marks, item: 5 }, { run: "thread", resources: { memory: most * 3, cpu: 999 } }),
  ).run();
  expect(large.status.notes.join("\n")).toMatch(
    /used asks for 999 CPUs and gets \d+, there is no more here: it runs alone\nused asks for \d+ MB of memory/,
  );
});

const none = { names: [], source: "", env: {} };
const gpu = { names: ["0"], source: "", env: {} };
const { signal } = new AbortController();

it("lets nobody wait behind one that waits for something else, and nobody take away what one waits for", async () => {
  const room = new Room({ inline: 1, worker: 3, cpu: 3, memory: 100 }, new SharedGpus("a test"));
  const order: string[] = [];
  const enter = (name: string, take: Partial<Record<"worker" | "cpu" | "memory", number>>, gpus = 0): Promise<Seat> =>
    room.enter({ take, gpus }, { here: gpus > 0 ? gpu : none, signal }).then((seat) => {
      order.push(name);
      return seat;
    });
  const first = await enter("gpu 1", { worker: 1, cpu: 1 }, 1);
  const second = enter("gpu 2", { worker: 1, cpu: 2 }, 1);
  const other = await enter("cpu", { worker: 1, cpu: 2 });
  void enter("gpu 3", { worker: 1, cpu: 1 }, 1);
  first.leave();
  // It has its GPU now and waits for cores: what would take the GPU stays behind it.
  void enter("late", { worker: 1, cpu: 1 });
  await Promise.resolve();
  expect(order).toEqual(["gpu 1", "cpu"]);
  other.leave();
  await second;
  await Promise.resolve();
  // One more has no GPU now, and keeps no core from anybody.
  expect(order).toEqual(["gpu 1", "cpu", "gpu 2", "late"]);
});
