import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { definePlan, type FlowBuilder, flow, type StepOptions } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

const folder = inProject();
const id = ({ x }: { x: number }): number => x;

const policy = (options: StepOptions): object =>
  definePlan("o", {}, (f) => f.step(id, { x: 1 }, options)).plan.steps[0] ?? {};

describe("the options of a step", () => {
  it("are in the plan as plain numbers and texts", () => {
    const options: StepOptions = {
      retry: { attempts: 3, wait: "2s", backoff: 2 },
      catch: { x: null },
      resources: { cpu: 2, memory: "4GB", gpu: 1 },
      run: "process",
      env: ["HOME"],
      card: true,
      tags: ["slow"],
      seed: 7,
    };
    expect(policy(options)).toMatchObject({
      retry: { attempts: 3, waitMs: 2000, backoff: 2 },
      catch: { value: { x: null } },
      resources: { cpu: 2, memoryMb: 4096, gpu: 1 },
      run: "process",
      env: ["HOME"],
      card: true,
      tags: ["slow"],
      seed: 7,
    });
  });

  it.each<[StepOptions, string]>([
    [{ retry: { attempts: 0 } }, "retry.attempts is 0; it takes 1 to 100 tries"],
    [{ retry: { attempts: 2, backoff: 0.5 } }, "retry.backoff is 0.5; it takes a number from 1"],
    [{ run: "cluster" as "auto" }, 'run is "cluster"; it takes "auto", "inline", "thread", "process" or "slurm"'],
    [{ resources: { memory: "4 gigs" } }, 'resources.memory is "4 gigs"; write MB as a number, or "512MB", "4GB"'],
    [{ seed: -1 }, "seed is -1; it takes a whole number from 0"],
    [{ catch: new Date(0) }, "catch is a Date; JSON cannot say that"],
    [{ retry: { attempts: 2, delay: "1s" } } as StepOptions, 'retry has no option "delay" (options: attempts, wait'],
    [{ retry: 3 } as never, "retry takes a record of options (attempts, wait, backoff), and got 3"],
    [{ resources: { mem: 4 } } as StepOptions, 'resources has no option "mem" (options: cpu, memory, gpu)'],
    [{ timeOut: "5m" } as StepOptions, 'Did you mean "timeout"?'],
    [{ timeout: 0 }, "timeout is 0; it takes a span above 0, up to 24 days"],
    [{ timeout: "60d" }, 'timeout is "60d"; it takes a span above 0, up to 24 days'],
    [{ retry: { attempts: 2, wait: "-1s" } }, 'retry.wait is "-1s"; write milliseconds, or "30s"'],
    [{ cache: "no" } as never, 'cache is "no"; it takes true or false'],
    [{ card: 1 } as never, "card is 1; it takes true or false"],
    [{ name: "" }, 'name is ""; it takes a text'],
    [{ retries: 3 } as StepOptions, 'has no option "retries" (options: name, retry, timeout'],
  ])("%j is refused with what it takes", (options, told) => expect(() => policy(options)).toThrow(told));

  it("that a result depends on make the step run again, and say so", async () => {
    writeFileSync(join(folder, "weights.bin"), "1");
    process.env["FLOW_MODE"] = "a";
    const define = (seed: number) =>
      flow("declared", {}, (f) => f.step(id, { x: 1 }, { files: ["weights.bin"], env: ["FLOW_MODE"], seed }));
    const made = define(1);
    const why = (): unknown =>
      made.status().steps.map(({ state, reason }) => [state, reason.replace(/ as on .*/, "")])[0];
    await made.run();
    expect(why()).toEqual(["cached", "same code and inputs"]);
    writeFileSync(join(folder, "weights.bin"), "22");
    expect(why()).toEqual(["stale", "file weights.bin changed"]);
    writeFileSync(join(folder, "weights.bin"), "1");
    process.env["FLOW_MODE"] = "b";
    expect(why()).toEqual(["stale", "variable FLOW_MODE changed"]);
    process.env["FLOW_MODE"] = "a";
    expect(define(2).status().steps[0]?.reason).toBe("seed changed");
    const packaged = flow("packaged", {}, (f) => f.step(id, { x: 1 }, { packages: ["no-such-package"] }));
    await expect(packaged.run()).rejects.toThrow("Package no-such-package is not installed");
  });
});

describe("an option that nobody reads", () => {
  const list = [1];
  it.each<[string, (f: FlowBuilder) => unknown, string]>([
    [
      "f.map()",
      (f) => f.map(list, (x) => f.step(id, { x }), { maximum: 3 } as never),
      'f.map() has no option "maximum"',
    ],
    [
      "f.loop()",
      (f) => f.loop(0, (x) => ({ next: f.step(id, { x }) }), { max: 3, atmax: "last" } as never),
      'Did you mean "atMax"?',
    ],
    [
      "f.when()",
      (f) => f.when(f.step(id, { x: 1 }), {}, { else: () => 1 } as never),
      'f.when() has no option "else" (options: otherwise, name)',
    ],
    [
      "f.use()",
      (f) =>
        f.use(
          flow("used", {}, (g) => g.step(id, { x: 1 })),
          {},
          { as: "a" } as never,
        ),
      '"as"',
    ],
    ["f.exec()", (f) => f.exec("echo {x}", { inputs: { x: 1 } } as never), 'f.exec() has no option "inputs"'],
  ])("of %s is refused", (_, body, told) => expect(() => flow("o", {}, body)).toThrow(told));

  it("of a flow is refused", () => {
    const define = (more: object) => flow({ name: "o", ...more }, (f) => f.step(id, { x: 1 }));
    expect(() => define({ cron: "0 4 * * *" })).toThrow('flow "o" has no option "cron" (options: name, params, tags');
    expect(() => define({ tags: ["a"] })).toThrow('flow "o": tags is ["a"]; it takes a record: { team: "north" }');
    expect(() => define({ project: 3 })).toThrow('flow "o": project is 3; it takes a text');
  });
});

describe("what is no step", () => {
  class Model {}
  function* count({ n }: { n: number }): Generator<number> {
    for (let i = 0; i < n; i++) yield i;
  }
  it.each<[string, unknown, string]>([
    ["a class", Model, "f.step(({ x }) => new Model(x), { x })"],
    ["a generator", count, "(inputs) => [...count(inputs)]"],
    ["what a function gave", { x: 1 }, "give it the function itself"],
    ["a name", "fit", '{ name: "fit" }'],
    ["a flow", flow("step", {}, (f) => f.step(id, { x: 1 })), "write f.use(flow, { param: ref })"],
  ])("is refused with what to write: %s", (_, fn, told) =>
    expect(() => flow("o", {}, (f) => f.step(fn as never, {}))).toThrow(told),
  );

  it("is refused as an input, too", () => {
    const given = (x: unknown) => () => flow("o", {}, (f) => f.step(id, { x } as never));
    expect(given(id)).toThrow("input x is a function. Let the step's code use it by its name");
    expect(given(Promise.resolve(1))).toThrow("input x is a promise. Await it before flow()");
  });
});

describe("the options of a flow", () => {
  it("are in the plan; a schedule by name is cron's", () => {
    const { plan } = flow(
      { name: "all", params: { x: 1 }, tags: { team: "epi" }, schedule: "daily", project: "flu", seed: 3 },
      (f, p) => [f.step(id, { x: p.x }), f.step(id, { x: p.x }, { name: "other" })],
    );
    expect(plan).toMatchObject({ tags: { team: "epi" }, schedule: "0 0 * * *", project: "flu" });
    const seeds = plan.steps.map(({ seed }) => seed);
    expect(new Set(seeds).size).toBe(2);
    expect(() => flow({ name: "s", schedule: "*/5 24 * * 1-5" }, (f) => f.step(id, { x: 1 }))).toThrow(
      'schedule is "*/5 24 * * 1-5", whose hour is 24; it goes from 0 to 23',
    );
    for (const fine of ["*/90 0-23/2 1,31 1-12 7", "0 4 * JAN MON-FRI"])
      expect(flow({ name: "s", schedule: fine }, (f) => f.step(id, { x: 1 })).plan.schedule).toBe(fine);
    expect(() => flow({ name: "s", schedule: "now and then" }, (f) => f.step(id, { x: 1 }))).toThrow(
      'schedule is "now and then"; write "hourly", "daily", "weekly" or five fields of cron',
    );
  });
});
