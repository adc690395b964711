import { describe, expect, it } from "vitest";
import { flowMimeType } from "../../src/display/bundle.ts";
import { flowBundle, flowView } from "../../src/display/index.ts";
import { definePlan, type FlowStatus, flow, type StepState } from "../../src/flow/index.ts";

const half = ({ x }: { x: number }): number => x / 2;
const small = ({ x }: { x: number }): boolean => x < 1;
const inner = flow("inner", { x: 1 }, (f, p) => f.step(half, { x: p.x }));

const { plan } = definePlan({ name: "shapes", params: { x: 100 } }, (f, p) => {
  const start = f.use(inner, { x: p.x });
  const end = f.loop(start, (x) => ({ next: f.step(half, { x }, { name: "round" }) }), { max: 5, atMax: "last" });
  f.note("halved until it is small");
  const isSmall = f.step(small, { x: end });
  return f.when(isSmall, {
    true: () => f.step(half, { x: end }, { name: "yes" }),
    false: () => f.step(half, { x: end }, { name: "no" }),
  });
});

function status(states: Readonly<Record<string, StepState>>, more: Partial<FlowStatus> = {}): FlowStatus {
  const steps = plan.steps.map(({ id, maps }) => {
    const state = states[id] ?? "waiting";
    const done = state === "done" ? (maps.length > 0 ? 3 : 1) : 0;
    const total = state === "skipped" ? 0 : maps.length === 0 ? 1 : state === "done" ? 3 : null;
    return { step: id, state, reason: "", done, cached: 0, total, error: null };
  });
  const times = { startMs: 0, endMs: 1000, runId: "r".repeat(32) };
  return { plan, state: "done", steps, tasks: [], ...times, error: null, notes: [], ...more };
}

const ended = status({ "inner-half": "done", round: "done", small: "done", yes: "skipped", no: "done" });

describe("the shapes of a flow", () => {
  const { graph } = flowView(ended);
  const node = (id: string) => graph.nodes.find((one) => one.id === id);

  it("say which branch was taken, and dim the other", () => {
    expect(graph.nodes.filter(({ kind }) => kind === "choice")).toMatchObject([
      { detail: "took false", state: "done" },
    ]);
    expect(node("step:yes")).toMatchObject({ state: "skipped", label: "yes", detail: "branch not taken" });
  });

  it("lead through the choice to both branches", () => {
    const choice = graph.nodes.find(({ kind }) => kind === "choice")?.id ?? "";
    expect(graph.edges).toContainEqual({ from: "step:small", to: choice });
    for (const to of ["step:yes", "step:no"]) expect(graph.edges).toContainEqual({ from: choice, to });
    expect(graph.edges.every(({ from, to }) => from !== to)).toBe(true);
  });

  it("name both branches before one is taken", () => {
    const waiting = flowView(status({})).graph.nodes.find(({ kind }) => kind === "choice");
    expect(waiting).toMatchObject({ detail: "true / false", state: "waiting" });
  });

  it("count rounds, against the most that there may be", () => {
    expect(node("step:round")).toMatchObject({ label: "round ↻ 3" });
    const running = flowView(status({ round: "running" })).graph.nodes.find(({ id }) => id === "step:round");
    expect(running).toMatchObject({ label: "round ↻", progress: { done: 0, total: 5 } });
  });

  it("put sub-flows and loops into boxes", () => {
    expect(graph.groups).toMatchObject([
      { label: "inner", nodes: ["step:inner-half"] },
      { label: "↻ at most 5 rounds", nodes: ["step:round"] },
    ]);
  });

  it("carry the author's notes", () => expect(flowView(ended).notes?.join()).toContain("halved until it is small"));
});

describe("what steps print and show", () => {
  const image = { kind: "image", base64: "A".repeat(39_000), title: null };
  const cards = Array.from({ length: 12 }, (_, at) => ({ step: "round", indices: [at], parts: [image] }));
  const logs = [{ step: "round", indices: [2], state: "failed" as const, lines: ["\u001b[33m-1\u001b[39m"] }];

  it("stays under 200 kB with the newest cards, whatever steps show", () => {
    const tasks = Array.from({ length: 10_000 }, (_, item) => ({
      ...{ step: "round", item, state: "done" as const, startMs: item, endMs: item + 1 },
    }));
    const bundle = flowBundle({ ...ended, cards, logs, tasks });
    expect(JSON.stringify(bundle[flowMimeType]).length).toBeLessThan(200_000);
    const shown = flowView({ ...ended, cards }).cards ?? [];
    expect(shown.at(-1)?.task).toBe("round 11");
  });

  it("is small while a map of 10,000 runs: it is drawn many times", () => {
    const tasks = Array.from({ length: 10_000 }, (_, item) => ({
      ...{ step: "round", item, state: "done" as const, startMs: item, endMs: item + 1 },
    }));
    expect(JSON.stringify(flowView({ ...ended, state: "running", tasks })).length).toBeLessThan(40_000);
  });

  it("is without a terminal's colours", () => {
    expect(flowView({ ...ended, state: "failed", logs }).logs).toMatchObject([{ task: "round 2", lines: ["-1"] }]);
  });
});
