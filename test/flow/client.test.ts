import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { flowRunsBundle, flowTaskBundle } from "../../src/display/index.ts";
import { flow, GoneValueError, NoSuchRunError, type StepContext } from "../../src/flow/index.ts";
import { findProject } from "../../src/store/index.ts";
import { openRuns } from "../../src/track/index.ts";
import { inProject } from "./support.ts";

const project = findProject(inProject());

const load = ({ n }: { n: number }): number[] => Array.from({ length: n }, (_, i) => i);
const fit = ({ x }: { x: number }, ctx: StepContext): { x: number; y: Float64Array } => {
  ctx.log(`fits ${x}`);
  ctx.card.markdown(`**${x}** is fitted`);
  return { x, y: Float64Array.of(x, x * x) };
};
const pick = ({ fits }: { fits: { x: number }[] }): number => Math.max(-1, ...fits.map(({ x }) => x));

const flowOf = (name: string) =>
  flow(name, { n: 3 }, (f, p) => {
    const xs = f.step(load, { n: p.n });
    return f.step(pick, { fits: f.map(xs, (x) => f.step(fit, { x })) });
  });

describe("a kept run", () => {
  it("tells each task's input, output, log, seed and card, also of those that were cached", async () => {
    const small = flowOf("small");
    const first = await small.run();
    const again = await small.run();
    for (const { id } of [first, again]) {
      const run = flow.run(id);
      expect(run).toMatchObject({ flow: "small", state: "done", params: { n: 3 }, error: null, origin: null });
      expect(await run.output).toBe(2);
      const task = run.step("fit").tasks[2];
      expect(await task?.input).toEqual({ x: 2 });
      expect(await task?.output).toEqual({ x: 2, y: Float64Array.of(2, 4) });
      expect(task?.log).toBe("fits 2\n");
      expect(task?.card?.parts).toEqual([{ kind: "markdown", text: "**2** is fitted" }]);
      expect(run.cards.map(({ indices, madeBy }) => [indices, madeBy])).toEqual(
        [0, 1, 2].map((item) => [[item], id === again.id ? first.id : null]),
      );
      expect(task).toMatchObject({ item: 2, indices: [2], cached: id === again.id });
      expect(await run.step("pick").task?.input).toMatchObject({ fits: [{ x: 0 }, { x: 1 }, { x: 2 }] });
    }
    expect(first.step("fit").task?.seed).toBe(again.step("fit").task?.seed);
  });

  it("knows branches that were not taken, caught failures and rounds", async () => {
    const inline = { run: "inline" } as const;
    const half = ({ x }: { x: number }): number => x / 2;
    const small = ({ x }: { x: number }): boolean => x < 2;
    const fail = (): number => {
      throw new Error("never");
    };
    const shaped = flow("shaped", { x: 9 }, (f, p) => {
      const end = f.loop(
        p.x,
        (x) => {
          const next = f.step(half, { x }, inline);
          return { next, until: f.step(small, { x: next }, inline) };
        },
        { max: 5 },
      );
      const caught = f.step(fail, {}, { ...inline, catch: -1 });
      const branch = f.when(f.step(small, { x: end }, { ...inline, name: "ask" }), {
        true: () => f.step(half, { x: caught }, { ...inline, name: "yes" }),
        false: () => f.step(half, { x: end }, { ...inline, name: "no" }),
      });
      return { end, branch };
    });
    const live = await shaped.run();
    const run = flow.run(live.id);
    expect(await run.output).toEqual({ end: 1.125, branch: -0.5 });
    expect(run.step("half").tasks.map(({ indices }) => indices)).toEqual([[0], [1], [2]]);
    expect(await run.step("half").item(2)?.input).toEqual({ x: 2.25 });
    expect(await run.step("fail").output).toBe(-1);
    expect(run.step("fail").task).toMatchObject({ state: "done", error: { message: expect.stringMatching("never") } });
    const states = (steps: readonly { step: string; state: string; total: number | null }[]): readonly string[] =>
      steps.map(({ step, state, total }) => `${step} ${state} ${total}`);
    expect(states(run.status.steps)).toEqual(states(live.status.steps));
    expect(run.status.state).toBe("done");
  });

  it("has tags that are added and taken away, here and in its run of track", async () => {
    const tagged = flow({ name: "tagged", params: { n: 1 }, tags: { team: "epi" }, project: "seir" }, (f, p) =>
      f.step(load, { n: p.n }, { run: "inline" }),
    );
    const run = await tagged.run();
    await run.tags.add("best");
    await run.tags.add("stage", "prod");
    expect(flow.run(run.id).tags.all()).toEqual({ team: "epi", best: true, stage: "prod" });
    expect(inspect(run.tags)).toBe("{ team: 'epi', best: true, stage: 'prod' }");
    expect(() => flow.run(undefined as unknown as string)).toThrow(
      "named by its id, or how that begins, and not by undefined",
    );
    const ids = (query: Parameters<typeof flow.runs>[0]): readonly string[] => flow.runs(query).map(({ id }) => id);
    expect(ids({ tags: ["best", "stage:prod"] })).toEqual([run.id]);
    expect(ids({ tags: { stage: "test" } })).toEqual([]);
    expect((await openRuns(project).run(run.id))?.tags).toMatchObject({
      ...{ best: "true", stage: "prod", team: "epi", "stemma.project": "seir" },
      "stemma.namespace": run.namespace,
    });
    await run.tags.remove("best");
    expect(run.tags.has("best")).toBe(false);
    expect((await openRuns(project).run(run.id))?.tags).not.toHaveProperty("best");
    await expect(run.tags.add("stemma.flow", "x")).rejects.toThrow("give it a name of your own");
  });

  it("is found by its beginning, and nothing else is", async () => {
    const { id } = await flowOf("found").run({ n: 0 });
    expect(flow.run(id.slice(0, 12)).id).toBe(id);
    expect(() => flow.run("nope")).toThrow(new NoSuchRunError("nope"));
    expect(() => flow.run("")).toThrow(NoSuchRunError);
    expect(() => flow.runs({ state: "faild" as never })).toThrow('state is "faild"; a run is running, done, failed');
    expect(() => flow.runs({ name: "x" } as never)).toThrow('flow.runs() has no option "name"');
    expect(() => flow.run(id).step("fitt")).toThrow('has no step "fitt". Did you mean "fit"? It has load, fit, pick.');
    expect(flow.run(id).step("fit").tasks).toEqual([]);
    expect(await flow.run(id).output).toBe(-1);
  });

  it("says what is not kept any more", async () => {
    const going = flow("going", { n: 77 }, (f, p) => f.step(load, { n: p.n }, { run: "inline" }));
    const first = await going.run();
    const last = await going.run({ n: 78 });
    expect(flow.gc({ flow: "going", keepRuns: 1, dry: true }).runs).toEqual([first.id]);
    const task = flow.run(first.id).step("load").task;
    expect(going.gc({ keepRuns: 1 })).toMatchObject({ runs: [first.id], results: 1 });
    await expect(task?.output).rejects.toThrow(GoneValueError);
    expect(() => flow.run(first.id)).toThrow(NoSuchRunError);
    expect(await flow.run(last.id).output).toHaveLength(78);
    expect(() => flow.gc({ flow: "going" })).toThrow("keepRuns");
    const left = flow.runs().length;
    expect(() => flow.gc({ keepRuns: -1 })).toThrow(
      "gc() got keepRuns -1; it takes a whole number from 0. Nothing was taken",
    );
    expect(() => flow.gc({ keepRuns: Number.NaN })).toThrow("gc() got keepRuns NaN");
    expect(() => flow.gc({ olderThan: -1 })).toThrow("olderThan");
    expect(() => flow.gc({ keepRuns: 0, flows: "going" } as never)).toThrow('gc() has no option "flows"');
    expect(flow.runs()).toHaveLength(left);
  });

  it("draws itself: a list, and a task with its log", async () => {
    const run = await flowOf("drawn").run({ n: 4 });
    const list = flow.runs({ flow: "drawn" });
    expect(flowRunsBundle(list)["text/plain"]).toMatch(
      new RegExp(`drawn · 1 run\\nRun +State +Began +Time +Params\\n${run.id.slice(0, 8)} +done .*n=4`),
    );
    // "just now" stays on its line, also in a narrow window.
    expect(flowRunsBundle(list)["text/html"]).toMatch(/<td style="text-align:left;white-space:nowrap[^>]*>just now</);
    const [, task] = run.step("fit").tasks;
    expect(flowTaskBundle(task as never)["text/plain"]).toMatch(/^fit 1 · .*\nwhy [\s\S]*seed [\s\S]*fits 1$/);
  });
});

describe("namespaces", () => {
  afterEach(() => {
    flow.namespace(null);
    vi.unstubAllEnvs();
  });

  it("tell whose runs are listed: a user's, a deployment's, everybody's", async () => {
    const shared = flow("shared", {}, (f) => f.step(load, { n: 5 }, { run: "inline" }));
    vi.stubEnv("STEMMA_USER", "anna");
    const annas = await shared.run();
    vi.stubEnv("STEMMA_USER", "ben");
    await shared.run();
    vi.stubEnv("STEMMA_NAMESPACE", "production:shared");
    const deployed = await shared.run();
    expect(deployed.namespace).toBe("production:shared");
    expect(shared.runs().map(({ id }) => id)).toEqual([deployed.id]);
    vi.stubEnv("STEMMA_NAMESPACE", "");
    expect(shared.runs()).toHaveLength(3);
    expect(flow.namespace("user:anna")).toBe("user:anna");
    expect(shared.runs().map(({ id, namespace }) => [id, namespace])).toEqual([[annas.id, "user:anna"]]);
    expect(shared.runs({ namespace: null })).toHaveLength(3);
    expect(shared.runs({ namespace: "production:shared", state: "done", limit: 1 })).toHaveLength(1);
  });
});

describe("a task that waits for its next try", () => {
  it("is no failed one for who looks from outside", async () => {
    const again = ({ x }: { x: number }, ctx: StepContext): number => {
      if (ctx.attempt === 1) throw new RangeError("not yet");
      return x;
    };
    const made = flow("again", {}, (f) => f.step(again, { x: 1 }, { retry: { attempts: 3, wait: 1500 } }));
    const going = made.run();
    const task = () => flow.runs({ flow: "again" })[0]?.step("again").tasks[0];
    await vi.waitFor(() => expect(task()?.attempts).toHaveLength(1), { timeout: 20_000, interval: 20 });
    const [run] = flow.runs({ flow: "again" });
    expect(task()).toMatchObject({ state: "running", reason: "try 2 of 3 comes; the last one failed: not yet" });
    expect(task()?.attempts[0]?.state).toBe("failed");
    expect(run?.status.steps[0]).toMatchObject({ state: "running", error: null });
    expect((await going).output).toBe(1);
    expect(task()).toMatchObject({ state: "done" });
  });
});

describe("a run of another process", () => {
  it("is seen while it runs and when it was killed; who defines the flow again goes on from its checkpoint", async () => {
    const file = join(import.meta.dirname, "fixtures", "client-run.ts");
    const child = spawn(process.execPath, [file, "run"], { stdio: ["ignore", "pipe", "inherit"] });
    for await (const text of child.stdout) if (String(text).includes("from 0")) break;
    const [running] = flow.runs({ flow: "held" });
    expect(running).toMatchObject({ state: "running", endMs: null });
    expect(running?.step("first")).toMatchObject({ state: "done" });
    expect(await running?.step("first").output).toBe(20);
    expect(running?.status.state).toBe("running");
    const printed = (): string | undefined => running?.step("hold").log;
    await vi.waitFor(() => expect(printed()).toBe("from 0\n"), { timeout: 20_000, interval: 100 });
    expect(running?.status.logs).toEqual([{ step: "hold", indices: [], state: "running", lines: ["from 0"] }]);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(running?.state).toBe("lost");
    expect(printed()).toBe("from 0\n");
    expect(running?.status.error?.message).toContain("resume()");
    await expect(running?.resume()).rejects.toThrow('flow "held" is not defined in this process');
    writeFileSync("go", "");
    const told = execFileSync(process.execPath, [file, "resume", running?.id ?? ""], { encoding: "utf8" });
    const resumed = { output: 40, log: "from 20\n", origin: running?.id, cached: true };
    expect(JSON.parse(told.trim().split("\n").at(-1) ?? "")).toEqual(resumed);
    expect(flow.runs({ flow: "held" }).map(({ state }) => state)).toEqual(["done", "lost"]);
  });
});

it("logs what the machine does in the run and in each step, when it is asked for", async () => {
  const busy = async ({ ms }: { ms: number }): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return ms;
  };
  const measured = flow("measured", { ms: 30 }, (f, p) => f.step(busy, { ms: p.ms }, { run: "inline" }));
  const run = await measured.run({}, { systemMetrics: true });
  const store = openRuns(project);
  const record = await store.run(run.id);
  const { runs } = await store.searchRuns({
    experimentIds: [record?.experimentId ?? ""],
    filter: `tags."mlflow.parentRunId" = '${run.id}'`,
  });
  expect(
    [record, ...runs].map((one) => Object.keys(one?.metrics ?? {}).some((name) => name.startsWith("system/"))),
  ).toEqual([true, true]);
  expect(runs[0]?.tags["stemma.flow.seed"]).toBe(String(run.step("busy").task?.seed));
});
