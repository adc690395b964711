import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as aq from "arquero";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Comparison, type RunRecord, track } from "../../../src/track/index.ts";
import { run as record } from "../../display/sample.ts";
import { parseCsv, parseLatex } from "./read-text.ts";

const before = process.cwd();
beforeEach(() => process.chdir(mkdtempSync(join(tmpdir(), "stemma vergleich "))));
afterEach(() => process.chdir(before));

async function threeRuns(): Promise<Comparison> {
  for (const [name, beta, rmse] of [
    ["slow", 0.2, 30],
    ["good", 0.3, 18.5],
    ["odd_50%", 0.4, 20.25],
  ] as const) {
    await track({ experiment: "seir", name, params: { beta, model: "SEIR", fast: beta > 0.25 } }, (run) => {
      for (let step = 0; step < 3; step++) run.log({ rmse: rmse + 2 - step, r0: beta * 10 }, { step });
      run.log({ "system/cpu_utilization_percentage": 10 });
    });
  }
  return track.compare("seir", { baseline: "slow" });
}

function of(runs: readonly RunRecord[]): Comparison {
  return new Comparison({ experiment: "seir", runs, total: runs.length, baseline: null, histories: {} });
}

describe("a comparison", () => {
  it("can be asked", async () => {
    const comparison = await threeRuns();
    expect([...comparison].map(({ name }) => name)).toEqual(["good", "odd_50%", "slow"]);
    expect(comparison.differing).toEqual(["beta", "fast"]);
    expect(comparison.metrics).toEqual(["r0", "rmse"]);
    expect(comparison.best("rmse")?.name).toBe("good");
    expect(comparison.best("r0", { goal: "max" })?.name).toBe("odd_50%");
    expect(() => comparison.best("r0")).toThrow('write best("r0", { goal: "min" })');
    expect(comparison.baseline?.name).toBe("slow");
    expect(comparison.delta().map(({ run, metrics, params }) => [run.name, metrics["rmse"], params])).toEqual([
      ["good", -11.5, { beta: { from: "0.2", to: "0.3" }, fast: { from: "false", to: "true" } }],
      ["odd_50%", -9.75, { beta: { from: "0.2", to: "0.4" }, fast: { from: "false", to: "true" } }],
    ]);
    expect(comparison.delta("good")).toHaveLength(2);
    expect(() => comparison.delta("none")).toThrow("none");
    expect(
      comparison
        .curves("rmse")
        .filter(({ run }) => run === "good")
        .map(({ step, value }) => [step, value]),
    ).toEqual([
      [0, 20.5],
      [1, 19.5],
      [2, 18.5],
    ]);
    expect(comparison.curves("nothing")).toEqual([]);
  });

  it("takes a baseline that its filter leaves out", async () => {
    await threeRuns();
    const comparison = track.compare("seir", { filter: "params.beta != '0.2'", baseline: "slow" });
    expect(comparison.runs.map(({ name }) => name)).toEqual(["slow", "good", "odd_50%"]);
    expect(() => track.compare("seir", { baseline: "nobody" })).toThrow("nobody");
  });

  it("is columns, typed, for arquero", async () => {
    const comparison = await threeRuns();
    const table = comparison.toArquero(aq);
    expect(table.columnNames()).toEqual([
      "run",
      "id",
      "status",
      "start",
      "seconds",
      "beta",
      "fast",
      "model",
      "r0",
      "rmse",
    ]);
    expect(table.filter((d: { readonly beta: number }) => d.beta > 0.25).array("rmse")).toEqual([18.5, 20.25]);
    expect(comparison.toColumns({ params: ["fast"], metrics: [] })["fast"]).toEqual([true, true, false]);
    expect((await comparison.toArquero()).numRows()).toBe(3);
  });

  it("is a Markdown table of what differs", async () => {
    expect((await threeRuns()).toMarkdown()).toBe(
      [
        "| run | beta | fast | r0 | rmse ↓ |",
        "| :-- | --: | :-- | --: | --: |",
        "| good | 0.3000 | true | 3 | **18.50** |",
        "| odd\\_50% | 0.4000 | true | 4 | 20.25 |",
        "| slow | 0.2000 | false | 2 | 30.00 |",
        "",
      ].join("\n"),
    );
  });

  it("is a LaTeX table", async () => {
    expect((await threeRuns()).toLaTeX({ metrics: ["rmse"] })).toBe(
      [
        "\\begin{tabular}{lrlr}",
        "  \\toprule",
        "  run & beta & fast & rmse $\\downarrow$ \\\\",
        "  \\midrule",
        "  good & 0.3000 & true & \\textbf{18.50} \\\\",
        "  odd\\_50\\% & 0.4000 & true & 20.25 \\\\",
        "  slow & 0.2000 & false & 30.00 \\\\",
        "  \\bottomrule",
        "\\end{tabular}",
        "",
      ].join("\n"),
    );
  });
});

describe("printed tables", () => {
  const hostile = fc.string({ unit: fc.constantFrom(..."aß \\{}$&#%_~^<>|\"',\n*`[]−∞".split("")), maxLength: 8 });

  it("give back every name and text from CSV", () =>
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 4 }), (texts) => {
        const runs = texts.map((text, i) =>
          record({ id: String(i), name: text, params: { [`p ${texts[0]}`]: `x${text}` } }),
        );
        const [head, ...rows] = parseCsv(of(runs).toCSV());
        expect(head?.at(-1)).toBe(`p ${texts[0]}`);
        expect(rows.map((row) => [row[0], row.at(-1)])).toEqual(texts.map((text) => [text, `x${text}`]));
      }),
    ));

  it("are LaTeX that a strict reader takes, with every text in it", () =>
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 4 }), (texts) => {
        const runs = texts.map((text, i) => record({ id: String(i), name: text, params: { p: `${text}${i}` } }));
        const rows = parseLatex(of(runs).toLaTeX());
        expect(rows.slice(1).map(([name]) => name)).toEqual(texts.map((text) => text.replace(/\s+/g, " ").trim()));
      }),
    ));

  it("keep metrics and params of one name apart, and tell odd numbers", () => {
    const point = (value: number) => ({ value, step: 0, timeMs: 0 });
    const runs = [
      record({
        id: "a",
        params: { loss: "mse", id: "7" },
        metrics: { loss: point(Number.NaN), big: point(1e12 + 0.5) },
      }),
      record({ id: "b", params: { loss: "mae" }, metrics: { loss: point(Number.POSITIVE_INFINITY), big: point(-0) } }),
      record({ id: "c", status: "FAILED" }),
    ];
    expect(Object.keys(of(runs).toColumns())).toEqual(
      expect.arrayContaining(["params.loss", "metrics.loss", "params.id", "id", "big"]),
    );
    const text = of(runs).toMarkdown();
    expect(text).toContain("| status |");
    expect(text).toContain("metrics.loss ↓");
    expect(text).toContain("**∞**");
    expect(text).toContain("NaN");
    expect(of(runs).toCSV()).toContain("1000000000000.5");
  });

  it.each([0, 1])("are there for %i runs", (count) => {
    const comparison = of(Array.from({ length: count }, (_, i) => record({ id: String(i) })));
    expect(comparison.toMarkdown().split("\n")).toHaveLength(3 + count);
    expect(parseCsv(comparison.toCSV())).toHaveLength(1 + count);
    expect(parseLatex(comparison.toLaTeX())).toHaveLength(1 + count);
    expect(comparison.best("rmse")).toBeNull();
  });

  it("take 2,000 runs", () => {
    const runs = Array.from({ length: 2_000 }, (_, i) =>
      record({
        id: String(i),
        params: Object.fromEntries(Array.from({ length: 20 }, (__, p) => [`p${p}`, String(i * p)])),
        metrics: { rmse: { value: 2_000 - i, step: 0, timeMs: 0 } },
      }),
    );
    const comparison = of(runs);
    expect(comparison.differing).toHaveLength(19);
    expect(comparison.best("rmse")?.id).toBe("1999");
    expect(comparison.toCSV().split("\n")).toHaveLength(2_002);
    expect(comparison.toMarkdown()).toContain("**1**");
  });
});
