import { describe, expect, it } from "vitest";
import { runsTable } from "../../src/display/bundle.ts";
import { runsView } from "../../src/display/index.ts";
import { comparison, grid, point, run } from "./sample.ts";

const bytes = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

describe("a comparison's view", () => {
  it("has the differing params first and says the value of an equal one once", () => {
    const view = runsView(grid(3));
    expect(view.params).toEqual([
      { name: "beta", differs: true, value: null },
      { name: "gamma", differs: true, value: null },
      { name: "sigma", differs: false, value: "0.5" },
    ]);
    expect(view.runs[0]?.params).toEqual({ beta: "1", gamma: "0" });
  });

  it("takes a param that one run lacks for a differing one", () => {
    const view = runsView(comparison([run({ id: "a", params: { x: "1" } }), run({ id: "b" })]));
    expect(view.params).toEqual([{ name: "x", differs: true, value: null }]);
  });

  it("marks the smallest error and the greatest accuracy, and nothing where no goal is known", () => {
    const metrics = (loss: number, accuracy: number) => ({
      val_loss: point(loss),
      accuracy: point(accuracy),
      r0: point(loss),
    });
    const view = runsView(
      comparison([run({ id: "a", metrics: metrics(1, 0.5) }), run({ id: "b", metrics: metrics(2, 0.9) })]),
    );
    expect(view.metrics).toEqual([
      { name: "accuracy", goal: "max", best: "b" },
      { name: "val_loss", goal: "min", best: "a" },
      { name: "r0", goal: null, best: null },
    ]);
  });

  it("never marks NaN or a failed run as best", () => {
    const view = runsView(
      comparison([
        run({ id: "a", metrics: { rmse: point(Number.NaN) } }),
        run({ id: "b", metrics: { rmse: point(1) }, status: "FAILED" }),
        run({ id: "c", metrics: { rmse: point(5) } }),
        run({ id: "d", metrics: { rmse: point(7) } }),
      ]),
    );
    expect(view.metrics[0]?.best).toBe("c");
    expect(view.runs[0]?.metrics).toEqual({ rmse: "NaN" });
  });

  it("gives each of six runs a colour of its own, and the same one when runs are added behind", () => {
    const six = runsView(grid(6)).runs.map((row) => row.colour);
    expect(new Set(six).size).toBe(6);
    expect(
      runsView(grid(9))
        .runs.slice(0, 6)
        .map((row) => row.colour),
    ).toEqual(six);
  });

  it("keeps 500 of 2,000 runs in 200 kB and says how many there are", () => {
    const view = runsView(grid(2_000));
    expect(view.total).toBe(2_000);
    expect(view.runs.length).toBe(500);
    expect(bytes(view)).toBeLessThanOrEqual(200_000);
  });

  it("stays under 200 kB with a thousand differing params of long text, and counts them", () => {
    const params = (index: number) =>
      Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`param-${at}`, `${index} ${"ä".repeat(500)}`]));
    const view = runsView(
      comparison(Array.from({ length: 60 }, (_, index) => run({ id: `${index}`, params: params(index) }))),
    );
    expect(bytes(view)).toBeLessThanOrEqual(200_000);
    expect(view.columns.params).toBe(1_000);
    expect(view.runs.length).toBeGreaterThan(0);
  });

  it("thins a million points and keeps the first and the last", () => {
    const view = runsView(grid(1, 1_000_000));
    const points = view.curves[0]?.series[0]?.points ?? [];
    expect(points.length).toBe(240);
    expect([points[0], points.at(-1)]).toEqual([
      [0, 100],
      [999_999, 100 / 1_000_000],
    ]);
    expect(bytes(view)).toBeLessThanOrEqual(200_000);
  });

  it("stays under 200 kB with curves of 500 runs in 8 metrics", () => {
    const base = grid(500, 300);
    const rmse = base.histories["rmse"] ?? {};
    const histories = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`loss${index}`, rmse]));
    const metrics = Object.fromEntries(Object.keys(histories).map((name) => [name, point(1)]));
    const view = runsView({ ...base, runs: base.runs.map((one) => ({ ...one, metrics })), histories });
    expect(bytes(view)).toBeLessThanOrEqual(200_000);
  });

  it("has the first sentence of a failed run's error", () => {
    const tags = { "stemma.error": "Error: step too large at t = 6.5. Make it smaller.\n  at fit (cell:3)" };
    expect(runsView(comparison([run({ id: "a", status: "FAILED", tags })])).runs[0]?.error).toBe(
      "step too large at t = 6.5.",
    );
  });

  it("is empty without runs", () => {
    const view = runsView(comparison([]));
    expect([view.runs, view.params, view.metrics, view.total]).toEqual([[], [], [], 0]);
  });
});

describe("a comparison's cells", () => {
  const view = runsView(
    comparison(
      [
        run({
          id: "a",
          name: "wise-otter",
          params: { beta: "0.30000000000000004" },
          metrics: { rmse: point(18.4213) },
        }),
        run({ id: "b", name: "bold-finch", params: { beta: "1.5" }, metrics: { rmse: point(35.118) } }),
        run({ id: "c", name: "grim-shrew", params: { beta: "2" }, status: "FAILED" }),
      ],
      { baseline: "b" },
    ),
  );
  const table = runsTable(view);

  it("are run, params, metric, difference to the baseline, time", () => {
    expect(table.columns.map((column) => column.title)).toEqual(["Run", "beta", "rmse ↓", "Δ baseline", "Time"]);
    expect(table.rows.map((row) => row.cells.map((cell) => cell.text))).toEqual([
      ["wise-otter ★", "0.3", "18.42", "−16.70", "0.41 s"],
      ["bold-finch baseline", "1.5", "35.12", "0", "0.41 s"],
      ["grim-shrew failed", "2", "–", "–", "0.41 s"],
    ]);
  });

  it("say which is best, better and quiet", () => {
    expect(table.rows[0]?.cells.map((cell) => cell.mark)).toEqual(["none", "none", "best", "better", "none"]);
    expect(table.rows[1]?.cells[3]?.mark).toBe("quiet");
  });

  it("show equal columns only when asked, else say them once", () => {
    const equal = runsView(grid(2));
    expect(runsTable(equal).same).toEqual(["sigma 0.5"]);
    expect(runsTable(equal, { all: true }).columns.map((column) => column.title)).toContain("sigma");
  });

  it("says the digest of the data once, short, beside the data's name", () => {
    const digest = (at: number) => String(at).repeat(32);
    const used = (id: string, at: number, params = {}) =>
      run({
        id,
        params: { "data.md5": digest(at), "data.rev": "v1", ...params },
        inputs: [
          { name: "cases.csv", digest: digest(at), sourceType: "", source: "", schema: null, profile: null, tags: {} },
        ],
      });
    const titles = (...runs: ReturnType<typeof run>[]) =>
      runsTable(runsView(comparison(runs))).columns.map(({ title }) => title);
    expect(runsTable(runsView(comparison([used("a", 1), used("b", 1)]))).same).toEqual([
      "data.rev v1",
      "data cases.csv 1111",
    ]);
    expect(titles(used("a", 1), used("b", 2))).toEqual(["Run", "Time", "Data"]);
    // A digest of something else is a param like others.
    expect(titles(used("a", 1), used("b", 2, { "weights.md5": digest(3) }))).toEqual([
      "Run",
      "weights.md5",
      "Time",
      "Data",
    ]);
  });
});
