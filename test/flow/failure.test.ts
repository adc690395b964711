import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { flowView } from "../../src/display/index.ts";
import {
  FlowError,
  type FlowStatus,
  FlowStoppedError,
  flow,
  type WatchedRun,
  watchFlows,
} from "../../src/flow/index.ts";
import { flowWatchKey } from "../../src/flow/status/watch.ts";
import { host, useHost } from "../../src/host/index.ts";
import { track } from "../../src/track/index.ts";
import { inProject } from "./support.ts";

inProject();

const invert = ({ x }: { x: number }): number => {
  if (x === 0) throw new RangeError("0 has no inverse");
  return 1 / x;
};
const spin = ({ x }: { x: number }): number => {
  for (;;) if (Number.isNaN(x)) return x;
};
const counted = ({ file, good }: { file: string; good: number }): string => {
  appendFileSync(file, "x");
  const tries = readFileSync(file, "utf8").length;
  if (tries < good) throw new Error(`try ${tries} failed`);
  return `try ${tries}`;
};
const after = ({ xs }: { xs: number[] }): number => {
  writeFileSync("after.txt", "ran");
  return xs.length;
};

async function failure(work: Promise<unknown>): Promise<FlowError> {
  const error: unknown = await work.then(
    () => null,
    (thrown) => thrown,
  );
  if (!(error instanceof FlowError)) throw new Error(`no FlowError: ${error}`);
  return error;
}

describe("a failing step", () => {
  it("names the flow, the step, the item, its inputs and the cause", async () => {
    const inverse = flow("inverse", { xs: [1, 0] }, (f, p) => f.map(p.xs, (x) => f.step(invert, { x })));
    const error = await failure(inverse.run());
    expect(error.message).toBe(
      [
        'flow "inverse", step invert, item 1: 0 has no inverse',
        `at ${import.meta.filename}, line 20: if (x === 0) throw new RangeError("0 has no inverse");`,
        "inputs: { x: 0 }",
      ].join("\n"),
    );
    expect([error.step, error.item]).toEqual(["invert", 1]);
    expect(error.cause).toMatchObject({ name: "RangeError", message: "0 has no inverse" });
    expect((error.cause as Error).stack).toMatch(/step invert\.js:\d+/);
  });

  it("is the reason why the rest did not run, as it is drawn and as it is kept", async () => {
    const second = ({ x }: { x: number }): number => x;
    const left = flow("left", { xs: [2, 0, 3] }, (f, p) => {
      const all = f.map(p.xs, (x) => f.step(second, { x: f.step(invert, { x }) }), { max: 1 });
      return f.step(after, { xs: all });
    });
    let live: WatchedRun | null = null;
    watchFlows({
      defined: () => {},
      begun(run) {
        live = run;
        return { changed: () => {}, end: () => {} };
      },
    });
    try {
      await failure(left.run());
    } finally {
      Reflect.deleteProperty(globalThis, Symbol.for(flowWatchKey));
    }
    const [kept] = left.runs();
    for (const status of [(live as WatchedRun | null)?.status, kept?.status]) {
      expect(status?.steps.slice(1).map(({ step, state, reason }) => [step, state, reason])).toEqual([
        ["second", "stopped", "2 of 3 not run: invert[1] failed"],
        ["after", "waiting", "not run: invert[1] failed"],
      ]);
      const drawn = flowView(status as FlowStatus).graph.nodes.map(({ label, detail }) => `${label}: ${detail}`);
      expect(drawn).toContain("after: not run: invert[1] failed");
    }
  });

  it("fails its run and its parent's, and nothing below it runs", async () => {
    const below = flow("below", { xs: [2, 0] }, (f, p) =>
      f.step(after, { xs: f.map(p.xs, (x) => f.step(invert, { x })) }),
    );
    await failure(below.run());
    expect(existsSync("after.txt")).toBe(false);
    const runs = track.runs("below");
    expect([...runs].map((run) => `${run.name.replace(/^\w+-\w+$/, "parent")} ${run.status}`).sort()).toEqual([
      "invert 0 FINISHED",
      "invert 1 FAILED",
      "parent FAILED",
    ]);
  });

  it("keeps what finished, so that a run after the repair does the rest", async () => {
    const values = flow("values", { xs: [4, 5, 0] }, (f, p) => f.map(p.xs, (x) => f.step(invert, { x }), { max: 1 }));
    await failure(values.run());
    const run = await values.run({ xs: [4, 5, 8] });
    expect(run.output).toEqual([0.25, 0.2, 0.125]);
    expect(run.status.steps[0]).toMatchObject({ cached: 2, done: 3 });
  });

  it("is tried as often as retry says", async () => {
    const tries = flow("tries", {}, (f) =>
      f.step(counted, { file: "tries.txt", good: 3 }, { retry: { attempts: 3, wait: 1 } }),
    );
    expect((await tries.run()).output).toBe("try 3");
    const fewer = flow("fewer", {}, (f) => f.step(counted, { file: "fewer.txt", good: 3 }, { retry: { attempts: 2 } }));
    expect((await failure(fewer.run())).message).toContain("try 2 failed");
  });

  it("returns no function, no class instance, no promise in a record", async () => {
    const bad = (): unknown => ({ model: { fit: () => 1 } });
    expect((await failure(flow("function", {}, (f) => f.step(bad, {})).run())).message).toContain(
      'flow "function", step bad: result.model.fit is a function. Return plain data',
    );
    const url = (): unknown => [new URL("http://a.b")];
    for (const run of ["thread", "inline"] as const) {
      const error = await failure(flow(`url-${run}`, {}, (f) => f.step(url, {}, { run })).run());
      expect(error.message).toContain("result[0] is an instance of URL");
    }
  });

  it("asks for a part that a result does not have, and is told what there is", async () => {
    const made = (): { a: number; b?: { c: number } } => ({ a: 1 });
    const part = flow("part", {}, (f) =>
      f.step(invert, {
        x: f
          .step(made, {})
          .at("b")
          .at("c" as never),
      }),
    );
    expect((await failure(part.run())).message).toContain('made has no "b"; it has a');
  });

  it("goes over what is no list", async () => {
    const over = flow("over", { xs: 5 as unknown as number[] }, (f, p) => f.map(p.xs, (x) => f.step(invert, { x })));
    expect((await failure(over.run())).message).toBe('flow "over": f.map() goes over a list, and p.xs is 5');
  });

  it("reads a file that is not there", async () => {
    const read = ({ path }: { path: string }): string => readFileSync(path, "utf8");
    const file = flow("file", {}, (f) => f.step(read, { path: f.file("no such file.csv") }));
    expect((await failure(file.run())).message).toContain("no such file.csv is not in");
    expect(file.status().steps[0]?.reason).toContain("no such file.csv is not in");
  });

  it("ends its thread by process.exit and says so", async () => {
    const leave = (): number => process.exit(3);
    expect((await failure(flow("leave", {}, (f) => f.step(leave, {})).run())).message).toContain(
      "ended its thread (exit code 3)",
    );
  });
});

describe("a failure", () => {
  const flaky = ({ file }: { file: string }): number => {
    appendFileSync(file, "x");
    throw new Error("flaky");
  };
  const late = async ({ file }: { file: string }): Promise<number> => {
    while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 5));
    throw new Error("for good");
  };

  it("does not wait for a step that waits for its next try", async () => {
    const file = "flaky.txt";
    const retry = { attempts: 2, wait: "1h" };
    const both = flow("both", {}, (f) =>
      f.step(after, { xs: [f.step(flaky, { file }, { retry }), f.step(late, { file })] }),
    );
    expect((await failure(both.run())).message).toContain("step late: for good");
    expect(readFileSync(file, "utf8")).toBe("x");
  });

  it("does not wait for a step that another flow of this process executes", async () => {
    const slow = async ({ open, begun }: { open: string; begun: string }): Promise<number> => {
      writeFileSync(begun, "");
      while (!existsSync(open)) await new Promise((resolve) => setTimeout(resolve, 5));
      return 1;
    };
    const shared = { open: "open.txt", begun: "begun.txt" };
    const first = flow("first", {}, (f) => f.step(slow, shared)).run();
    await expect.poll(() => existsSync(shared.begun), { timeout: 10_000 }).toBe(true);
    const second = flow("second", {}, (f) =>
      f.step(after, { xs: [f.step(slow, shared), f.step(late, { file: shared.begun })] }),
    );
    expect((await failure(second.run())).message).toContain("step late: for good");
    writeFileSync(shared.open, "");
    expect((await first).output).toBe(1);
  });
});

describe("time", () => {
  it("ends a busy loop in a thread at its timeout", async () => {
    const busy = flow("busy", {}, (f) => f.step(spin, { x: 1 }, { timeout: 300 }));
    expect((await failure(busy.run())).cause).toMatchObject({ code: "STEP_TIMEOUT" });
  });

  it("does not wait for a step of this thread beyond its timeout", async () => {
    const never = (): Promise<number> => new Promise(() => {});
    const inline = flow("never", {}, (f) => f.step(never, {}, { timeout: 50, run: "inline" }));
    expect((await failure(inline.run())).cause).toMatchObject({ code: "STEP_TIMEOUT" });
  });
});

describe("the stop button", () => {
  it("stops a busy loop, ends the runs as KILLED, and the rest runs the next time", async () => {
    const here = host();
    const stop = new AbortController();
    useHost({ ...here, stopSignal: () => stop.signal });
    const work = ({ x }: { x: number }): number => {
      for (;;) if (x < 9) return x;
    };
    const long = flow("long", { xs: [1, 2, 9, 9] }, (f, p) => f.map(p.xs, (x) => f.step(work, { x }), { max: 1 }));
    const running = long.run();
    const seen = setInterval(() => {
      // The flow's own run and that of the item that never ends.
      const running = [...track.runs("long")].filter((run) => run.status === "RUNNING");
      const ended = [...track.runs("long")].filter((run) => run.status === "FINISHED");
      if (ended.length === 2 && running.length === 2) stop.abort(new Error("stop"));
    }, 20);
    await expect(running).rejects.toThrow(FlowStoppedError);
    clearInterval(seen);
    useHost(here);
    const states = [...track.runs("long")].map((run) => run.status).sort();
    expect(states).toEqual(["FINISHED", "FINISHED", "KILLED", "KILLED"]);
    expect((await long.run({ xs: [1, 2, 3] })).status.steps[0]).toMatchObject({ cached: 2, done: 3 });
  });
});
