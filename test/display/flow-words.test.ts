import { describe, expect, it } from "vitest";
import { flowBundle, flowView } from "../../src/display/index.ts";
import { definePlan, type FlowStatus, flow, type StepStatus, type TaskRecord } from "../../src/flow/index.ts";
import { inProject } from "../flow/support.ts";

inProject();

const one = ({ x }: { x: number }): number => x;
const all = ({ xs }: { xs: readonly number[] }): number => xs.length;
const isSmall = ({ x }: { x: number }): boolean => x < 1;

const { plan } = definePlan({ name: "words", params: { xs: [1, 2, 3] } }, (f, p) => {
  const sum = f.step(all, { xs: f.map(p.xs, (x) => f.step(one, { x })) });
  return f.when(f.step(isSmall, { x: sum }), {
    true: () => f.step(one, { x: sum }, { name: "yes" }),
    false: () => f.step(one, { x: sum }, { name: "no" }),
  });
});

type Change = Partial<Omit<StepStatus, "step">>;

function status(steps: Readonly<Record<string, Change>>, more: Partial<FlowStatus> = {}): FlowStatus {
  const stands = plan.steps.map(({ id }): StepStatus => {
    const usual = { state: "done", reason: "never ran", done: 1, cached: 0, total: 1, error: null } as const;
    return { step: id, ...usual, ...steps[id] };
  });
  const times = { startMs: 0, endMs: 1000, runId: "r".repeat(32) };
  return { plan, state: "done", steps: stands, tasks: [], ...times, error: null, notes: [], ...more };
}

const skipped: Change = { state: "skipped", reason: "its branch was not taken", done: 0, total: 0 };
const kept: Change = { state: "cached", reason: "same code and inputs as on 3 May, 14:02", cached: 1 };
const error = (message: string) => ({ name: "Error", code: "", message });

function detail(view: ReturnType<typeof flowView>, step: string): string | undefined {
  return view.graph.nodes.find(({ id }) => id === `step:${step}`)?.detail;
}

describe("the words of a flow", () => {
  it("don't count a branch that was not taken among what ran again", () => {
    expect(flowView(status({ yes: skipped })).sentence).toBe("");
    const again = status({
      one: { ...kept, done: 3, cached: 3, total: 3 },
      all: kept,
      isSmall: kept,
      no: kept,
      yes: skipped,
    });
    expect(flowView(again).sentence).toBe("Nothing ran again: 4 steps cached, same code and inputs.");
  });

  it("count the new items of a map, and say nothing of them where all are new", () => {
    const some = status({
      one: { reason: "new item", done: 5, cached: 3, total: 5 },
      all: { reason: "input one changed" },
      ...{ isSmall: kept, no: kept, yes: skipped },
    });
    expect(detail(flowView(some), "one")).toBe("✓ 2 new items");
    expect(flowView(some).sentence).toBe("2 steps ran again: one (2 new items), all (input one changed).");
    const first = status({ one: { reason: "new item", done: 2000, total: 2000 }, yes: skipped });
    expect(detail(flowView(first), "one")).toBe("✓ done");
    expect(flowView(first).sentence).toBe("");
  });

  it("don't tell as news that a step runs which is never kept", () => {
    const each: Change = { reason: "runs each time (cache: false)" };
    expect(flowView(status({ one: each, all: kept, isSmall: kept, no: kept, yes: skipped })).sentence).toBe("");
    expect(detail(flowView(status({ one: each })), "one")).toBe("✓ runs each time (cache: false)");
  });

  it("tell n of m where a map runs", () => {
    const running = (reason: string) =>
      status({ one: { state: "running", reason, done: 1200, total: 2000 } }, { state: "running", endMs: null });
    expect(detail(flowView(running("never ran")), "one")).toBe("1,200 of 2,000");
    expect(detail(flowView(running("helper h() changed")), "one")).toBe("1,200 of 2,000 · helper h() changed");
  });

  it("tell an error once, without the place that the picture shows", () => {
    const message = 'flow "words", step one, item 1: größe is -1\nat cell 3, line 2: throw …\ninputs: { x: 2 }';
    const failed: Change = { state: "failed", done: 2, total: 3, error: error(message) };
    const left: Change = { state: "waiting", reason: "", done: 0 };
    const view = flowView(
      status(
        { one: failed, all: left, isSmall: left, yes: left, no: left },
        { state: "failed", error: error(message) },
      ),
    );
    expect(view.sentence).toBe("one, item 1, failed: größe is -1");
    expect(detail(view, "one")).toBe("item 1: größe is -1");
    expect(detail(view, "all")).toBe("not run");
  });

  it("have one word for what a run that is over left out, as text, in HTML and in the picture", () => {
    const left: Change = { state: "waiting", reason: "not run: one[1] failed", done: 0 };
    const failed: Change = { state: "failed", done: 2, total: 3, error: error("größe is -1") };
    const over = status({ one: failed, all: left, isSmall: { ...left, reason: "" } }, { state: "failed" });
    const bundle = flowBundle(over);
    for (const text of [bundle["text/plain"], bundle["text/html"]]) {
      expect(text).toContain("not run");
      expect(text).not.toContain("waiting");
    }
    expect(detail(flowView(over), "isSmall")).toBe("not run");
    const live = flowBundle(status({ all: { ...left, reason: "" } }, { state: "running", endMs: null }));
    expect(live["text/plain"]).toMatch(/all +waiting/);
  });

  it("name the steps of sub-flows behind these, and steps of one name by their ids", () => {
    const load = (): number => 1;
    const nums = flow("nums", {}, (f) => f.step(load));
    const twice = flow("twice", {}, (f) => [
      f.use(nums),
      f.use(nums, {}, { name: "two" }),
      f.step(load),
      f.step(load, {}, { name: "a load" }),
      f.step(load, {}, { name: "a load" }),
    ]);
    const text = String(flowBundle(twice.status())["text/plain"]);
    const names = text.split("\n").flatMap((line) => /^(\S.*?) {2,}stale/.exec(line)?.[1] ?? []);
    expect(names).toEqual(["nums-load", "two-load", "load", "a_load", "a_load-2"]);
  });
});

describe("the cards of a flow", () => {
  const rows = Array.from({ length: 10_000 }, (_, day) => ({ day, note: "x".repeat(100) }));
  const spec = { mark: "line", data: { values: rows } };
  const card = (parts: readonly { readonly kind: string }[]) => [{ step: "all", indices: [], parts }];

  it("have the first rows of a table of 10,000, and their number", () => {
    const { cards = [] } = flowView(
      status({}, { cards: card([{ kind: "table", title: null, rows } as { kind: string }]) }),
    );
    expect(cards[0]?.parts).toEqual([{ kind: "table", title: null, rows: rows.slice(0, 20), total: 10_000 }]);
  });

  it("name a chart that is too large for a notebook; a page has more room", () => {
    const parts = [{ kind: "markdown", text: "first" }, { kind: "vega", spec } as { kind: string }];
    const kinds = (room?: number) =>
      flowView(status({}, { cards: card(parts) }), 0, room).cards?.[0]?.parts.map(({ kind }) => kind);
    expect(kinds()).toEqual(["markdown", "more"]);
    expect(kinds(10_000_000)).toEqual(["markdown", "vega"]);
  });
});

describe("the bars of a map of 10,000", () => {
  const tasks = Array.from({ length: 10_000 }, (_, item): TaskRecord => {
    const startMs = Math.floor(item / 4) * 10;
    return { step: "one", item, state: item === 5000 ? "failed" : "done", startMs, endMs: startMs + 9 };
  });
  const last: TaskRecord = { step: "all", item: null, state: "done", startMs: 25_000, endMs: 25_001 };

  it("cover all of its time, keep what failed, and leave room for the steps after it", () => {
    for (const state of ["running", "done"] as const) {
      const bars = flowView(status({}, { state, tasks: [...tasks, last] })).tasks;
      const own = bars.filter(({ step }) => step === "one");
      expect(bars.length).toBeLessThan(1100);
      expect(Math.min(...own.map(({ startMs }) => startMs ?? 1))).toBe(0);
      expect(Math.max(...own.map(({ endMs }) => endMs ?? 0))).toBe(24_999);
      expect(own.filter((bar) => bar.state === "failed")).toEqual([
        { step: "one", item: 5000, state: "failed", startMs: 12_500, endMs: 12_509 },
      ]);
      expect(bars.filter(({ step }) => step === "all")).toHaveLength(1);
    }
  });

  it("start with those that were drawn first, whatever order they ended in", () => {
    const one = flowView(status({}, { tasks: tasks.toReversed() })).tasks.filter(({ state }) => state === "done");
    expect(one[0]?.startMs).toBe(0);
  });
});
