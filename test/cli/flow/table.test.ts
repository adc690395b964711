import { describe, expect, it } from "vitest";
import { flowLines } from "../../../src/cli/flow/table.ts";
import { textWidth } from "../../../src/cli/text-width.ts";
import { definePlan, type FlowStatus, type StepState } from "../../../src/flow/index.ts";

const { plan } = definePlan({ name: "fit", params: {} }, (f) => f.step(() => 1, {}));

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
    expect(lines[0]).toBe("fit  running · 5 of 12 done · 3.5 s · run r");
    expect(lines[2]).toMatch(/^ {2}● fitOne +3\/10 +running +2\.5 s +helper scale\(\) changed \(cell 4\)$/);
    expect(lines.at(-1)).toBe("    fitOne/3 │ rmse 0.3");
  });

  it.each([20, 40, 60])("is never wider than %i letters", (width) => {
    for (const line of flowLines(status, { width, colours: false }, 3500))
      expect(textWidth(line)).toBeLessThanOrEqual(width);
  });

  it("tells why a step would run where that does not fit beside it: below", () => {
    const stale = { ...status, state: "defined" as const, logs: [], steps: [step("日本語", "stale", { done: 0 })] };
    expect(flowLines(stale, { width: 39, colours: false }, 0).slice(1)).toEqual([
      "  ○ 日本語  stale",
      "      helper scale() changed (cell 4)",
    ]);
  });

  it("tells a failure without the names that stand beside it", () => {
    const error = { name: "Error", code: "FLOW_FAILED", message: 'flow "fit", step fitOne, item 1.2: beta: 5\nat x' };
    const steps = [step("fitOne", "failed", { error })];
    expect(flowLines({ ...status, logs: [], steps }, { width: 80, colours: false }, 0)[1]).toMatch(
      / item 1\.2: beta: 5$/,
    );
  });

  it("says of a step that runs for the first time nothing", () => {
    const steps = [step("load", "done", { reason: "never ran" })];
    expect(flowLines({ ...status, logs: [], steps }, { width: 80, colours: false }, 0).join()).not.toContain("never");
  });

  it("keeps how far it is in sight where the flow's name is long", () => {
    const long = { ...status, plan: { ...plan, name: "ein sehr langer Name für einen Flow 日本語" } };
    expect(flowLines(long, { width: 40, colours: false }, 3500)[0]).toBe("ein seh…  running · 5 of 12 done · 3.5 s");
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
