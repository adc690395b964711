import { describe, expect, it } from "vitest";
import { flowMimeType, graphMimeType, runsMimeType } from "../../src/display/bundle.ts";
import {
  dataBundle,
  flowBundle,
  flowView,
  graphBundle,
  graphView,
  runBundle,
  runsBundle,
} from "../../src/display/index.ts";
import type { LineageGraph } from "../../src/lineage/index.ts";
import { comparison, grid, point, run, seirFlow } from "./sample.ts";

const md5 = "3f2a91".padEnd(32, "0");
const lineage: LineageGraph = {
  nodes: [
    { id: "artifact:r1/fit.json", of: { kind: "artifact", run: "r1", path: "fit.json" } },
    { id: "run:r1", of: { kind: "run", id: "r1" } },
    { id: `data:cases.csv@${md5}`, of: { kind: "data", path: "data/cases.csv", md5, bytes: 120 } },
  ],
  edges: [
    { from: `data:cases.csv@${md5}`, to: "run:r1" },
    { from: "run:r1", to: "artifact:r1/fit.json" },
    { from: "run:r1", to: "artifact:r1/fit.json" },
  ],
};

describe("fallbacks", () => {
  it("show hostile names as text", () => {
    const evil = `<img src=x onerror="alert('1')">`;
    const bundle = runsBundle(
      comparison([run({ id: "a", name: evil, params: { [evil]: evil } }), run({ id: "b" })], { experiment: evil }),
    );
    expect(bundle["text/html"]).not.toContain("<img");
    expect(bundle["text/html"]).toContain("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;");
    expect(bundle[runsMimeType]).toMatchObject({ experiment: evil });
  });

  it("line up in a terminal", () => {
    const runs = [
      run({ id: "a", name: "wise-otter", params: { beta: "1.66" }, metrics: { rmse: point(18.42) } }),
      run({ id: "b", name: "x", params: { beta: "1.5" }, metrics: { rmse: point(135.5) } }),
    ];
    expect(runsBundle(comparison(runs))["text/plain"]).toBe(
      [
        "seir · 2 runs · 1 of 1 params differ",
        "Run           beta  rmse ↓    Time",
        "wise-otter ★  1.66   *18.4  0.41 s",
        "x              1.5   135.5  0.41 s",
      ].join("\n"),
    );
  });

  it("say in one sentence that there are no runs", () => {
    expect(runsBundle(comparison([]))["text/plain"]).toBe("seir · 0 runs\nNo runs yet: track() makes one.");
  });

  it("stop at 50 rows and count the rest", () => {
    const text = String(runsBundle(grid(2_000))["text/plain"]);
    expect(text.split("\n").length).toBe(54);
    expect(text).toContain("500 of 2000 runs");
    expect(text).toContain("450 more runs are not shown here.");
  });

  it("cut a name of 80 letters in a terminal", () => {
    const text = String(runsBundle(comparison([run({ id: "a", name: "n".repeat(80) })]))["text/plain"]);
    expect(text).toContain(`${"n".repeat(47)}…`);
  });

  it("show all params of a single run", () => {
    expect(runBundle({ run: run({ id: "a", params: { beta: "1" } }) })["text/plain"]).toContain("beta");
  });

  it("draw versioned data in one line", () => {
    expect(dataBundle({ path: "data/ä.csv", md5, bytes: 412 })["text/plain"]).toBe(`data/ä.csv · 412 B · md5 ${md5}`);
    expect(dataBundle({ path: "pics", md5: `${md5}.dir`, bytes: 12_345, files: 3 })["text/plain"]).toContain(
      "3 files · 12.3 kB",
    );
  });
});

describe("lineage", () => {
  const view = graphView(lineage, {
    title: "wise-otter",
    runs: [run({ id: "r1", name: "wise-otter", metrics: { rmse: point(18.421) } })],
  });

  it("names what its nodes stand for and keeps each edge once", () => {
    expect(view.nodes.map(({ kind, label, detail, run }) => [kind, label, detail, run])).toEqual([
      ["artifact", "fit.json", "wise-otter", "r1"],
      ["run", "wise-otter", "rmse 18.42", "r1"],
      ["data", "cases.csv", "3f2a91 · 120 B", null],
    ]);
    expect(view.edges.length).toBe(2);
  });

  it("is a table in the order of time", () => {
    expect(graphBundle(view)["text/plain"]).toBe(
      [
        "wise-otter · 3 nodes",
        "Kind      Name        What            Comes from",
        "data      cases.csv   3f2a91 · 120 B",
        "run       wise-otter  rmse 18.42      cases.csv",
        "artifact  fit.json    wise-otter      wise-otter",
      ].join("\n"),
    );
    expect(graphBundle(view)[graphMimeType]).toBe(view);
  });

  it("ends for a circle, and says when nothing is known", () => {
    const circle = { ...view, edges: [...view.edges, { from: "artifact:r1/fit.json", to: "run:r1" }] };
    expect(String(graphBundle(circle)["text/plain"]).split("\n").length).toBe(5);
    expect(graphBundle(graphView({ nodes: [], edges: [] }))["text/plain"]).toContain("Nothing is known");
  });

  it("draws the items of a map, their results, runs and files as stacks, but never what it is about", () => {
    const items = [0, 1, 2, 3];
    const step = (index: number) => ({ kind: "step", flow: "f", step: "fitOne", key: `k${index}` }) as const;
    const tags = { "stemma.flow.step": "fitOne" };
    const records = items.map((index) =>
      run({ id: `r${index}`, parentId: "p", tags, status: index === 2 ? "FAILED" : "FINISHED" }),
    );
    const graph: LineageGraph = {
      nodes: items.flatMap((index) => [
        { id: `step:${index}`, of: step(index) },
        { id: `value:${index}`, of: { kind: "value", digest: `d${index}`, name: `fitOne[${index}]` } as const },
        { id: `run:r${index}`, of: { kind: "run", id: `r${index}` } as const },
        { id: `artifact:r${index}/fit.json`, of: { kind: "artifact", run: `r${index}`, path: "fit.json" } as const },
      ]),
      edges: items.flatMap((index) => [
        { from: `step:${index}`, to: `value:${index}` },
        { from: `run:r${index}`, to: `artifact:r${index}/fit.json` },
      ]),
    };
    const texts = (focus?: string) =>
      graphView(graph, { runs: records, ...(focus === undefined ? {} : { focus }) }).nodes.map(
        ({ kind, label, detail, state }) => `${kind} ${label}: ${detail}, ${state}`,
      );
    expect(texts()).toEqual([
      "map fitOne × 4: 4 steps, done",
      "value fitOne × 4: 4 results, done",
      "run fitOne × 4: 4 runs, 1 failed, failed",
      "artifact fit.json × 4: 4 files, done",
    ]);
    expect(graphView(graph, { runs: records }).edges.length).toBe(2);
    expect(texts("run:r0")).toContain("run run-r0: seir, done");
  });

  it("keeps 200 of more nodes and counts all", () => {
    const many = Array.from({ length: 900 }, (_, index) => ({
      id: `run:${index}`,
      of: { kind: "run", id: `${index}` } as const,
    }));
    const wide = graphView({ nodes: many, edges: [{ from: "run:0", to: "run:899" }] });
    expect([wide.nodes.length, wide.edges.length, wide.total]).toEqual([200, 0, 900]);
    expect(graphView({ nodes: many, edges: [] }, { nodes: 1000 }).nodes.length).toBe(900);
  });
});

describe("a flow", () => {
  it("is files and params, steps, maps with their progress, and its run", () => {
    const { nodes, edges } = flowView(seirFlow(), 4_200).graph;
    expect(nodes.map(({ kind, label, state }) => `${kind} ${label} ${state}`)).toEqual([
      "data cases.csv done",
      "value betas done",
      "step load cached",
      "map fitOne × 9 running",
      "step pick waiting",
      "run fit-seir running",
    ]);
    expect(nodes[3]?.progress).toEqual({ done: 7, total: 9 });
    expect(edges.map(({ from, to }) => `${from} > ${to}`)).toEqual([
      "file:data/cases.csv > step:load",
      "step:load > step:fitOne",
      "param:betas > step:fitOne",
      "step:fitOne > step:pick",
      "step:pick > run:abcdef0123456789abcdef0123456789",
    ]);
  });

  it("counts items, and the time so far", () => {
    const view = flowView(seirFlow(), 4_200);
    expect([view.done, view.total, view.cached, view.elapsedMs]).toEqual([8, 11, 1, 3_200]);
  });

  it("says what runs again and why", () => {
    expect(flowView(seirFlow()).sentence).toBe("2 steps run again: helper scale() changed.");
  });

  it("says nothing of a first run, which needs no reason", () => {
    const steps = seirFlow().steps.map((step, at) =>
      at === 0 ? { ...step, state: "done" as const, reason: "" } : { ...step, reason: "never ran" },
    );
    expect(flowView(seirFlow({ steps })).sentence).toBe("");
    expect(flowView(seirFlow({ steps, state: "defined" })).sentence).toBe("2 steps did not run yet.");
  });

  it("says which step failed", () => {
    const { steps } = seirFlow();
    const error = { name: "RangeError", code: "THROWN", message: "beta is -1\n at fitOne" };
    const failed = steps.map((step) => (step.step === "fitOne" ? { ...step, state: "failed" as const, error } : step));
    expect(flowView(seirFlow({ state: "failed", steps: failed })).sentence).toBe("fitOne failed: beta is -1");
  });

  it("says that nothing ran again when all is cached", () => {
    const steps = seirFlow().steps.map((step) => ({
      ...step,
      state: "cached" as const,
      reason: "same code and inputs",
    }));
    expect(flowView(seirFlow({ state: "done", steps })).sentence).toBe(
      "Nothing ran again: 3 steps cached, same code and inputs.",
    );
  });

  it("is a table of steps in a terminal", () => {
    const bundle = flowBundle(seirFlow({ endMs: 4_200 }));
    expect(bundle["text/plain"]).toBe(
      [
        "fit-seir · running · 8 of 11 done · 1 cached · 3.2 s",
        "2 steps run again: helper scale() changed.",
        "Step    State    Done    Time  Why",
        "load    cached    1/1          same code and inputs",
        "fitOne  running   7/9  0.80 s  helper scale() changed",
        "pick    waiting   0/1          waits for fitOne",
      ].join("\n"),
    );
    expect(bundle[flowMimeType]).toMatchObject({ kind: "flow" });
  });
});
