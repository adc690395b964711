import { describe, expect, it } from "vitest";
import { readParams } from "../../../src/cli/flow/params.ts";
import { flowLines } from "../../../src/cli/flow/table.ts";
import { definePlan, type FlowStatus, type StepState } from "../../../src/flow/index.ts";

const params = {
  beta: 0.3,
  betas: [0.1],
  names: ["a"],
  fast: false,
  name: "x",
  learningRate: 1,
  grid: { n: 1 },
  any: null,
};
const { plan } = definePlan({ name: "fit", params }, (f) => f.step(() => 1, {}));
const read = (...args: readonly string[]) => readParams(plan, args);

describe("params on a command line", () => {
  it("have the type of their default", () => {
    expect(read("--beta", "-0.5", "--name", "0.5", "--any", "3")).toEqual({ beta: -0.5, name: "0.5", any: 3 });
    expect(read("--grid", '{"n":2}', "--any=text")).toEqual({ grid: { n: 2 }, any: "text" });
  });

  it("are lists by commas or as JSON", () => {
    expect(read("--betas", "0.1,0.2", "--names=a, b")).toEqual({ betas: [0.1, 0.2], names: ["a", "b"] });
    expect(read("--betas", "[1]", "--names", '["a,b"]')).toEqual({ betas: [1], names: ["a,b"] });
    expect(read("--betas", "")).toEqual({ betas: [] });
  });

  it("are switches where the default is true or false", () => {
    expect(read("--fast", "--beta", "1")).toEqual({ fast: true, beta: 1 });
    expect(read("--no-fast")).toEqual({ fast: false });
    expect(read("--fast", "false")).toEqual({ fast: false });
  });

  it("may be written with hyphens", () => expect(read("--learning-rate", "2")).toEqual({ learningRate: 2 }));

  it.each([
    [["--gamma", "1"], 'Flow "fit" has no param --gamma. It has --beta, '],
    [["--beta", "abc"], '--beta: want a number, got "abc".'],
    [["--beta"], "--beta: want a number, got nothing."],
    [["--beta", "Infinity"], '--beta: want a number, got "Infinity".'],
    [["--betas", '["1"]'], "--betas: want a list, such as [0.1]"],
    [["--grid", "[1]"], '--grid: want a record as JSON, such as {"n":1}'],
    [["--fast=yes"], '--fast: want true or false, got "yes".'],
    [["stray"], '"stray" is no param of flow "fit"'],
  ])("refuses %j in words", (args, words) => expect(() => read(...args)).toThrow(words));
});

describe("a flow in a terminal", () => {
  const step = (id: string, state: StepState, more: object = {}) => ({
    ...{ step: id, state, reason: "helper scale() changed (cell 4)", done: 1, cached: 0, total: 1, error: null },
    ...more,
  });
  const status: FlowStatus = {
    ...{ plan, state: "running", startMs: 0, endMs: null, runId: "r", error: null, notes: [] },
    steps: [step("load", "done"), step("fitOne", "running", { done: 3, total: 10 }), step("report", "skipped")],
    tasks: [{ step: "fitOne", item: 0, state: "running", startMs: 1000, endMs: null }],
    logs: [{ step: "fitOne", indices: [3], state: "running", lines: ["a\u001b[2Jb", "rmse 0.3"] }],
  };

  it("shows what runs, how far, how long and why", () => {
    const lines = flowLines(status, { width: 100, colours: false }, 3500);
    expect(lines[0]).toBe("fit  running · 5 of 12 done · 3.5 s");
    expect(lines[2]).toMatch(/^ {2}● fitOne +3\/10 +running +2\.5 s +helper scale\(\) changed \(cell 4\)$/);
    expect(lines.at(-1)).toBe("    fitOne/3 │ rmse 0.3");
  });

  it.each([20, 40, 60])("is never wider than %i letters", (width) => {
    for (const line of flowLines(status, { width, colours: false }, 3500))
      expect([...line].length).toBeLessThanOrEqual(width);
  });

  it("lets no step's text steer the terminal", () => {
    expect(flowLines(status, { width: 100, colours: false }, 0).join("\n")).not.toContain("\u001b");
  });

  it("keeps what runs and failed of 500 steps in sight", () => {
    const steps = Array.from({ length: 500 }, (_, at) =>
      step(`s${at}`, at === 250 ? "failed" : at === 251 ? "running" : "done"),
    );
    const lines = flowLines({ ...status, steps }, { width: 80, colours: false }, 0);
    expect(lines.filter((line) => /s25[01]/.test(line))).toHaveLength(2);
    expect(lines.length).toBeLessThan(40);
  });
});
