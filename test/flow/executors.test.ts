import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type FlowBuilder,
  FlowError,
  FlowStoppedError,
  flow,
  type Ref,
  type StepOptions,
} from "../../src/flow/index.ts";
import { host, useHost } from "../../src/host/index.ts";
import { isAlive } from "../../src/store/index.ts";
import { inProject } from "./support.ts";

const folder = inProject();

type Run = "inline" | "thread" | "process";

interface Work {
  readonly x: number;
  /** What item 1 does. */
  readonly how: string;
  /** Folder for what it leaves behind. */
  readonly marks: string;
}

/** Ten times its item; item 1 does as it is told. */
const work = async ({ x, how, marks }: Work): Promise<number> => {
  appendFileSync(join(marks, `ran ${x}`), "x");
  if (x !== 1) return x * 10;
  const tries = readFileSync(join(marks, "ran 1"), "utf8").length;
  if (how === "throw" || how === "catch") throw new RangeError("item 1 is bad");
  if (how === "retry" && tries < 3) throw new Error(`try ${tries}`);
  if (how === "repaired" && !existsSync(join(marks, "repaired"))) throw new Error("not yet");
  if (how === "kill") process.exit(7);
  if (how === "hang") await new Promise(() => {});
  if (how === "spin") for (;;) if (marks === "") break;
  return 10;
};
const sum = ({ xs }: { xs: number[] }): number => xs.reduce((total, x) => total + x, 0);

type Wire = (f: FlowBuilder, step: (x: Ref<number> | number) => Ref<number>) => Ref<unknown>;

const shapes: Readonly<Record<string, { readonly wire: Wire; readonly output: unknown }>> = {
  line: { wire: (f, step) => f.step(sum, { xs: [step(0), step(1)] }), output: 10 },
  map: { wire: (f, step) => f.map([0, 1, 2], (x) => step(x)), output: [0, 10, 20] },
  join: { wire: (f, step) => f.step(sum, { xs: f.map([0, 1, 2], (x) => step(x)) }), output: 30 },
  nested: {
    wire: (f, step) =>
      f.map(
        [
          [0, 2],
          [1, 3],
        ],
        (xs) => f.step(sum, { xs: f.map(xs, (x) => step(x)) }),
      ),
    output: [20, 40],
  },
};

let flows = 0;

function shaped(shape: string, run: Run, { how, options = {} }: { how: string; options?: StepOptions }) {
  const marks = join(folder, `marks ${flows++}`);
  mkdirSync(marks);
  const { wire } = shapes[shape] ?? { wire: () => expect.fail(shape) };
  const defined = flow(`${shape} ${run} ${how} ${flows}`, {}, (f) =>
    wire(f, (x) => f.step(work, { x, how, marks }, { ...options, run }) as Ref<number>),
  );
  const ran = (item: number): number => readFileSync(join(marks, `ran ${item}`), "utf8").length;
  return { defined, marks, ran };
}

async function failure(running: Promise<unknown>): Promise<FlowError> {
  const error: unknown = await running.then(
    () => null,
    (thrown) => thrown,
  );
  if (!(error instanceof FlowError)) throw new Error(`no FlowError: ${error}`);
  return error;
}

const all = Object.entries(shapes).map(([shape, { output }]) => ({ shape, output }));

/** Every shape at once: they wait for each other's threads and processes, as flows do. */
const each = (work: (one: (typeof all)[number]) => Promise<void>): Promise<unknown> => Promise.all(all.map(work));

describe.each(["inline", "thread", "process"] as const)(
  "steps run %s, in a line, a map, a join and nested maps",
  (run) => {
    it("give their value", () =>
      each(async ({ shape, output }) => {
        expect((await shaped(shape, run, { how: "value" }).defined.run()).output).toEqual(output);
      }));

    it("fail with their own error; what finished is kept, and the rest runs the next time", () =>
      each(async ({ shape, output }) => {
        const { defined, marks, ran } = shaped(shape, run, { how: "repaired" });
        const error = await failure(defined.run());
        expect(error.message).toContain(": not yet\n");
        expect(error.step).toBe(shape === "line" ? "work-2" : "work");
        writeFileSync(join(marks, "repaired"), "");
        expect((await defined.run()).output).toEqual(output);
        expect([ran(0), ran(1)]).toEqual([1, 2]);
      }));

    it("are tried again, after a wait", () =>
      each(async ({ shape, output }) => {
        const retry = { attempts: 3, wait: 1, backoff: 2 };
        const { defined, ran } = shaped(shape, run, { how: "retry", options: { retry } });
        expect((await defined.run()).output).toEqual(output);
        expect(ran(1)).toBe(3);
      }));

    it("end at their timeout", () =>
      each(async ({ shape }) => {
        const how = run === "inline" ? "hang" : "spin";
        const error = await failure(shaped(shape, run, { how, options: { timeout: 400 } }).defined.run());
        expect(error.cause).toMatchObject({ code: "STEP_TIMEOUT" });
      }));

    it("give their catch value, which is not kept", () =>
      each(async ({ shape, output }) => {
        const { defined, ran } = shaped(shape, run, { how: "catch", options: { catch: 10 } });
        expect((await defined.run()).output).toEqual(output);
        const again = await defined.run();
        expect(again.output).toEqual(output);
        expect([ran(0), ran(1)]).toEqual([1, 2]);
        const [caught] = again.status.steps.filter((step) => step.caught !== undefined);
        expect(caught?.caught).toBe(1);
        expect(caught?.reason).toMatch(/^(1 of \d )?failed, its catch value is used: item 1 is bad$/);
      }));

    it("stop within a second", async () => {
      const here = host();
      const stop = new AbortController();
      useHost({ ...here, stopSignal: () => stop.signal });
      try {
        const { defined, marks } = shaped("nested", run, { how: run === "inline" ? "hang" : "spin" });
        const running = defined.run();
        running.catch(() => {});
        await expect.poll(() => existsSync(join(marks, "ran 1")), { timeout: 20_000 }).toBe(true);
        const before = performance.now();
        stop.abort(new Error("stop"));
        await expect(running).rejects.toThrow(FlowStoppedError);
        expect(performance.now() - before).toBeLessThan(1000);
      } finally {
        useHost(here);
      }
    });
  },
);

describe.each(["thread", "process"] as const)("a %s that ends under its step", (run) => {
  it("fails the step in words, and is one try", () =>
    each(async ({ shape }) => {
      const { defined, ran } = shaped(shape, run, { how: "kill", options: { retry: { attempts: 2 } } });
      const error = await failure(defined.run());
      expect(error.message).toContain(`ended its ${run} (exit code 7)`);
      expect(ran(1)).toBe(2);
    }));
});

const stray = async (): Promise<void> => {
  void Promise.reject(new RangeError("nobody caught it"));
  await new Promise(() => {});
};

describe("an error that nobody caught", () => {
  it.each(["thread", "process"] as const)("fails the step that runs in a %s, by its own words", async (run) => {
    const error = await failure(flow(`stray ${run}`, {}, (f) => f.step(stray, {}, { run })).run());
    expect(error.message).toContain("step stray: nobody caught it");
    expect(error.cause).toMatchObject({ name: "RangeError" });
  });
});

const memory = ({ how }: { how: string }): number => {
  const all: unknown[] = [];
  for (;;) all.push(how === "heap" ? { at: all.length, more: [1, 2, 3] } : Buffer.alloc(5_000_000, 1));
};
const signalled = ({ signal }: { signal: NodeJS.Signals }): Promise<void> => {
  process.kill(process.pid, signal);
  return new Promise(() => {});
};

describe("a process", () => {
  it("has the memory that its step asks for, in the heap and beside it", async () => {
    const step = { resources: { memory: 100 } };
    const full = (how: string): Promise<FlowError> =>
      failure(flow(`full ${how}`, {}, (f) => f.step(memory, { how }, step)).run());
    const [heap, bytes] = await Promise.all([full("heap"), full("bytes")]);
    for (const error of [heap, bytes]) {
      expect(error.cause).toMatchObject({ code: "STEP_MEMORY" });
      expect(error.message).toContain('its limit of 100 MB. Give it more: { resources: { memory: "200MB" } }');
    }
  });

  it("may crash: the step failed by it, and the flow is told how", async () => {
    const crash = (signal: NodeJS.Signals): Promise<FlowError> =>
      failure(flow(`crash ${signal}`, {}, (f) => f.step(signalled, { signal }, { run: "process" })).run());
    const [fault, killed] = await Promise.all([crash("SIGSEGV"), crash("SIGKILL")]);
    expect(fault.message).toContain("ended by a crash (SIGSEGV) in code below JavaScript");
    expect(killed.message).toContain("killed (SIGKILL), by hand or by the system for want of memory");
    expect(fault.cause).toMatchObject({ code: "STEP_CRASHED" });
  });

  it("takes what its step started with it, when the step is over its time, ends its process or crashes", async () => {
    const ends = ["hangs", "exits", "crashes"].map(async (how) => {
      const file = join(folder, `grandchild of what ${how}`);
      const options = { run: "process", timeout: how === "hangs" ? 600 : "1m" } as const;
      await failure(flow(how, {}, (f) => f.step(parent, { file, how }, options)).run());
      const pid = Number(readFileSync(file, "utf8"));
      await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
    });
    await Promise.all(ends);
  });
});

const parent = async ({ file, how }: { file: string; how: string }): Promise<void> => {
  const child = spawn("sleep", ["1000"], { stdio: "ignore" });
  writeFileSync(file, String(child.pid));
  if (how === "exits") process.exit(3);
  if (how === "crashes") process.kill(process.pid, "SIGSEGV");
  await new Promise(() => {});
};
