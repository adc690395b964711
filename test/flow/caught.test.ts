import { describe, expect, it } from "vitest";

import { flowLines, terminalOf } from "../../src/cli/flow/table.ts";
import { flowBundle, flowView } from "../../src/display/index.ts";
import { type FlowStatus, flow } from "../../src/flow/index.ts";
import { inProject } from "./support.ts";

inProject();

const load = (): number[] => [0, 1, 2, 3];
const invert = ({ x }: { x: number }): number => {
  if (x % 2 === 0) throw new RangeError(`${x} has no inverse\nnor a half`);
  return 1 / x;
};
const sum = ({ xs }: { xs: number[] }): number => xs.reduce((a, b) => a + b, 0);
const inline = { run: "inline" } as const;

const some = flow("some", {}, (f) => {
  const xs = f.step(load, {}, inline);
  return f.step(sum, { xs: f.map(xs, (x) => f.step(invert, { x }, { ...inline, catch: 0 })) }, inline);
});

function detail(status: FlowStatus, step: string): string | undefined {
  return flowView(status).graph.nodes.find(({ id }) => id === `step:${step}`)?.detail;
}

describe("a step whose catch value is used", () => {
  it("says so while it runs and after, in the drawing, its table and the shell's", async () => {
    const run = await some.run();
    for (const status of [run.status, flow.run(run.id).status]) {
      const words = "2 of 4 failed, their catch values are used: 0 has no inverse";
      expect(status.steps[1]).toMatchObject({ state: "done", done: 4, caught: 2, reason: words });
      expect(status.steps[0]).not.toHaveProperty("caught");
      expect(detail(status, "invert")).toBe(`! ${words}`);
      expect(flowView(status).sentence).toBe(`invert: ${words}`);
      expect(flowBundle(status)["text/plain"]).toContain(words);
      expect(flowLines(status, terminalOf({ columns: 200 } as NodeJS.WriteStream), 0).join("\n")).toContain(words);
    }
  });

  it("is told by status(), with what its items threw in the last run", async () => {
    await some.run();
    const [, invertNow] = some.status().steps;
    expect(invertNow).toMatchObject({ state: "stale", done: 2, total: 4 });
    expect(invertNow?.reason).toBe("failed the last time, its catch value was used: 0 has no inverse");
    const one = flow("one", { x: 2 }, (f, p) => f.step(invert, { x: p.x }, { ...inline, catch: -1 }));
    const run = await one.run();
    expect(run.status.steps[0]?.reason).toBe("failed, its catch value is used: 2 has no inverse");
    expect(one.status().steps[0]?.reason).toBe("failed the last time, its catch value was used: 2 has no inverse");
    await one.run({ x: 3 });
    expect(one.status().steps[0]?.reason).toBe("param x changed");
  });
});

describe("status() after a failure", () => {
  it("says what the step threw, until it has run with another end", async () => {
    const read = ({ path }: { path: string }): string => path.slice(0, 3);
    const check = ({ text }: { text: string }): string => {
      if (process.env["CAUGHT_TEST"] !== "fine") throw new Error("not fine");
      return text;
    };
    const checked = flow("checked", {}, (f) =>
      f.step(check, { text: f.step(read, { path: "abc" }, inline) }, { ...inline, retry: { attempts: 2 } }),
    );
    await expect(checked.run()).rejects.toThrow("not fine");
    const [, failed] = checked.status().steps;
    expect([failed?.state, failed?.reason]).toEqual(["stale", "failed the last time: not fine"]);
    expect(flowView(checked.status()).sentence).toBe("1 step runs again: failed the last time: not fine.");
    process.env["CAUGHT_TEST"] = "fine";
    const fine = await checked.run();
    expect(fine.status.steps[1]?.reason).toBe("failed the last time: not fine");
    expect(fine.step("check").tasks[0]?.reason).toBe("failed the last time: not fine");
    expect(checked.status().steps.map(({ state }) => state)).toEqual(["cached", "cached"]);
  });
});
