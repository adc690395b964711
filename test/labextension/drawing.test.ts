import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { curvePaths } from "../../labextension/src/drawing/curve-path.ts";
import { curveSpec, extentOf } from "../../labextension/src/drawing/curve-spec.ts";
import { cutText } from "../../labextension/src/drawing/cut-text.ts";
import { kin, layoutGraph, layoutKey } from "../../labextension/src/drawing/graph-layout.ts";
import { labelPlaces } from "../../labextension/src/drawing/label-places.ts";
import { foremostRows, timelineRows } from "../../labextension/src/drawing/timeline-bars.ts";
import { filterOf } from "../../labextension/src/model/filter.ts";
import { flowView } from "../../src/display/index.ts";
import { seirFlow } from "../display/sample.ts";

describe("a name in a node", () => {
  it("loses its middle where it is too long, and never its end", () => {
    expect(cutText("fit × 12", 12)).toBe("fit × 12");
    expect(cutText("Bezeichnung der Messreihe × 120", 24)).toBe("Bezeichnung der…he × 120");
    expect(cutText("天気😀天気😀天気", 6)).toBe("天気😀…天気");
  });

  it("has as many letters as there is room for", () =>
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 3, max: 40 }), (text, letters) => {
        expect([...cutText(text, letters)].length).toBe(Math.min(letters, [...text].length));
      }),
    ));
});

describe("names at the ends of curves", () => {
  const space = { gap: 13, height: 150 };

  it("stand at their curves where there is room", () =>
    expect([
      ...labelPlaces(
        [
          { key: "a", at: 10 },
          { key: "b", at: 100 },
        ],
        space,
      ),
    ]).toEqual([
      ["a", 10],
      ["b", 100],
    ]));

  it("move apart around their middle where they would touch", () =>
    expect([
      ...labelPlaces(
        [
          { key: "a", at: 50 },
          { key: "b", at: 52 },
        ],
        space,
      ),
    ]).toEqual([
      ["a", 44.5],
      ["b", 57.5],
    ]));

  it("never touch, never leave the chart, and keep the order of the curves", () =>
    fc.assert(
      fc.property(fc.array(fc.double({ min: -20, max: 200, noNaN: true }), { maxLength: 30 }), (heights) => {
        const labels = heights.map((at, index) => ({ key: `${index}`, at }));
        const places = [...labelPlaces(labels, space)];
        const tops = places.map(([, top]) => top);
        expect(places.length).toBe(Math.min(heights.length, 12));
        expect(tops.every((top) => top >= 0 && top <= space.height + 1e-6)).toBe(true);
        expect(tops.every((top, index) => index === 0 || top - (tops[index - 1] ?? 0) >= space.gap - 1e-6)).toBe(true);
        const wanted = places.map(([key]) => heights[Number(key)] ?? 0);
        expect(wanted).toEqual([...wanted].sort((a, b) => a - b));
      }),
    ));
});

describe("curves", () => {
  const series = [
    {
      run: "a",
      name: "wise-otter",
      colour: "var(--x)",
      dashed: false,
      points: [
        [0, 10],
        [5, 2],
      ],
    },
    {
      run: "b",
      name: "calm-heron",
      colour: "var(--y)",
      dashed: true,
      points: [
        [0, 8],
        [9, 4],
      ],
    },
  ] as const;

  it("share the scale that spans them all", () =>
    expect(extentOf(series)).toEqual({ steps: [0, 9], values: [1.68, 10.32] }));

  it("have room around a single value and around none", () => {
    expect(extentOf([{ run: "a", points: [[3, 0]] }])).toEqual({ steps: [3, 4], values: [-1, 1] });
    expect(extentOf([])).toEqual({ steps: [0, 1], values: [0, 1] });
  });

  it("are a Vega-Lite 5 spec with a name for each", () => {
    const spec = JSON.stringify(curveSpec("rmse", series, { width: 800, height: 150 }));
    expect(spec).toContain("vega-lite/v5.json");
    expect(spec.match(/"place":/g)?.length).toBe(2);
  });

  it("are lines inside their box", () =>
    expect(
      curvePaths(
        [
          {
            run: "a",
            points: [
              [0, 0],
              [10, 1],
            ],
          },
        ],
        { width: 60, height: 14 },
      ).get("a"),
    ).toBe("M0.0,13.5L60.0,0.5"));
});

describe("a graph", () => {
  const view = flowView(seirFlow()).graph;

  it("is laid out from left to right without two nodes in one place", async () => {
    const { places, paths, width } = await layoutGraph(view);
    const at = (id: string) => places[id] ?? { x: Number.NaN, y: 0, width: 0, height: 0 };
    for (const { from, to } of view.edges) {
      expect(at(from).x + at(from).width / 2).toBeLessThan(at(to).x - at(to).width / 2);
      expect(paths[`${from}\n${to}`]).toMatch(/^M[\d.]+ [\d.]+C/);
    }
    expect(new Set(Object.values(places).map(({ x, y }) => `${x} ${y}`)).size).toBe(view.nodes.length);
    expect(width).toBeGreaterThan(500);
  });

  it("is laid out anew only when its shape changes, not its states", () => {
    expect(layoutKey({ ...view, nodes: view.nodes.map((node) => ({ ...node, state: "done" as const })) })).toBe(
      layoutKey(view),
    );
    expect(layoutKey({ ...view, edges: view.edges.slice(1) })).not.toBe(layoutKey(view));
  });

  it("tells what a node came from and led to, also in a circle", () => {
    expect([...kin(view, "step:load")].sort()).toEqual(
      ["file:data/cases.csv", "run:abcdef0123456789abcdef0123456789", "step:fitOne", "step:load", "step:pick"].sort(),
    );
    const circle = { ...view, edges: [...view.edges, { from: "step:pick", to: "step:load" }] };
    expect(kin(circle, "step:load").size).toBe(6);
  });
});

describe("a timeline", () => {
  it("has one mark for all items of a step that were kept", () => {
    const flow = seirFlow();
    const kept = [0, 1, 2].map(
      (item) => ({ step: "load", item, state: "cached", startMs: null, endMs: null }) as const,
    );
    const load = timelineRows(flowView({ ...flow, tasks: kept }, 3_000)).find(({ step }) => step === "load");
    expect(load?.bars).toEqual([{ key: "load-kept", left: 0, width: 0, state: "cached" }]);
    expect(load).toMatchObject({ cached: true, spentMs: null });
  });

  it("is cropped to what failed or ran, in the order of the graph", () => {
    const rows = timelineRows(flowView(seirFlow(), 3_000));
    expect(foremostRows(rows, 2).map(({ step }) => step)).toEqual(["load", "fitOne"]);
    expect(foremostRows(rows, 1).map(({ step }) => step)).toEqual(["fitOne"]);
  });

  it("has a row a step, bars in their part of the time, and what waits", () => {
    const rows = timelineRows(flowView(seirFlow(), 3_000));
    expect(rows.map((row) => [row.step, row.spentMs, row.cached])).toEqual([
      ["load", null, true],
      ["fitOne", 2_000, false],
      ["pick", null, false],
    ]);
    expect(rows[1]?.bars.map(({ left, width }) => [left, width])).toEqual([
      [0, 0.4],
      [0.45, 0.55],
    ]);
  });
});

describe("the filter box", () => {
  it("takes MLflow's grammar as it is", () => expect(filterOf(" metrics.rmse < 40 ")).toBe("metrics.rmse < 40"));
  it("looks for plain words in names", () =>
    expect(filterOf("wise-otter's")).toBe("attributes.run_name LIKE '%wise-otters%'"));
  it("asks for all when it is empty", () => expect(filterOf("  ")).toBe(""));
});
