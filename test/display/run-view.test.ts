import { describe, expect, it } from "vitest";
import { type RunView, runMimeType } from "../../src/display/bundle.ts";
import { runBundle, runsView, runView } from "../../src/display/index.ts";
import { comparison, point, run } from "./sample.ts";

const picture = (key: string, step: number) => ({
  key,
  step,
  timeMs: 0,
  path: `images/${key}${step}.png`,
  small: `images/${key}${step}+compressed.png`,
});

describe("a run's view", () => {
  it("has how the machine was used apart from the metrics", () => {
    const metrics = { rmse: point(1), "system/cpu_utilization_percentage": point(50) };
    const curve = [point(1, 0), point(2, 1)];
    const histories = { rmse: curve, "system/cpu_utilization_percentage": curve };
    const view = runView({ run: run({ id: "a", metrics }), histories });
    expect(Object.keys(view.run.metrics)).toEqual(["rmse"]);
    expect(view.curves.map(({ metric }) => metric)).toEqual(["rmse"]);
    expect(view.system.map(({ metric }) => metric)).toEqual(["cpu utilization %"]);
    expect(runsView(comparison([run({ id: "a", metrics })])).metrics.map(({ name }) => name)).toEqual(["rmse"]);
  });

  it("brings the last picture of each series along, as far as there is room, and counts all", () => {
    const images = [0, 1, 2].flatMap((step) => [picture("a", step), picture("b", step)]);
    const view = runView({ run: run({ id: "a" }), images, read: () => new Uint8Array(20_000) });
    expect(view.images.map(({ key, images: all }) => [key, all.map(({ data }) => data !== null)])).toEqual([
      ["a", [false, true, true]],
      ["b", [false, false, true]],
    ]);
    expect(view.images[0]?.images[2]?.data).toMatch(/^data:image\/png;base64,AAAA/);
  });

  it("stays within 200 kB whatever the run has", () => {
    const names = Array.from({ length: 30 }, (_, i) => `m${i}`);
    const long = Array.from({ length: 5_000 }, (_, step) => point(Math.sin(step) / 3, step));
    const wide = {
      path: "t.parquet",
      rows: 1e6,
      columns: ["c"],
      top: Array.from({ length: 10 }, () => Array(12).fill("x".repeat(80))),
    };
    const view = runView({
      run: run({ id: "a", metrics: Object.fromEntries(names.map((name) => [name, point(1)])) }),
      histories: Object.fromEntries(names.map((name) => [name, long])),
      images: Array.from({ length: 500 }, (_, step) => picture("a", step)),
      tables: Array(12).fill(wide),
      read: () => new Uint8Array(60_000),
    });
    expect(JSON.stringify(view).length).toBeLessThan(200_000);
    expect(view.images[0]?.images.at(-1)?.step).toBe(499);
    expect(view.curves.length).toBeGreaterThan(0);
  });

  it("says where the run came from, each thing once", () => {
    const tags = {
      "mlflow.source.type": "NOTEBOOK",
      "mlflow.source.name": "/home/ada/my notebooks/seir.ipynb",
      "stemma.cell.count": "7",
      "mlflow.source.git.commit": "0123456789abcdef",
      "mlflow.source.git.branch": "main",
      "mlflow.source.git.dirty": "true",
      "stemma.git.changed": "fit.ts",
      "stemma.git.leftOut": "big.json: their diff is over 1 MB",
      "stemma.packages": '{"arquero":"8.0.3"}',
      "stemma.kernel": "stemma 0.1.0",
      "stemma.node": "24.1.0",
      team: "epi",
    };
    const view = runView({ run: run({ id: "a", tags }) });
    expect(view.context).toEqual([
      ["Notebook", "seir.ipynb [7]"],
      ["Commit", "0123456789 on main, with changes"],
      ["Changed since", "fit.ts; big.json: their diff is over 1 MB"],
      ["Packages", "arquero 8.0.3"],
      ["Runs on", "the stemma 0.1.0 kernel, Node 24.1.0"],
    ]);
    expect(view.tags).toEqual({ team: "epi" });
  });

  it("takes what other tools wrote into its tags and data sets", () => {
    const input = {
      name: "d",
      digest: "x",
      sourceType: "local",
      source: "s",
      schema: "no json",
      profile: '"3"',
      tags: {},
    };
    const view = runView({ run: run({ id: "a", tags: { "stemma.packages": '{"cut' }, inputs: [input] }) });
    expect(view.datasets).toEqual([{ name: "d", digest: "x", context: null, rows: null, columns: null }]);
    expect(view.context).toEqual([]);
  });
});

describe("a run's bundle", () => {
  it("shows a hostile note, key and table as text", () => {
    const evil = `<img src=x onerror="alert(1)">`;
    const bundle = runBundle({
      run: run({ id: "a", name: evil, tags: { "mlflow.note.content": evil, "stemma.error": evil } }),
      images: [picture(evil, 0)],
      tables: [{ path: evil, rows: 1, columns: [evil], top: [[evil]] }],
      artifacts: [{ path: evil, folder: false, bytes: 1 }],
      read: () => new Uint8Array(3),
    });
    const html = String(bundle["text/html"]);
    expect(html.match(/<img[^>]*>/g)).toEqual([
      '<img src="data:image/png;base64,AAAA" alt="&lt;img src=x onerror=&quot;alert(1)&quot;&gt;" style="max-width:256px">',
    ]);
    expect((bundle[runMimeType] as RunView).note).toBe(evil);
  });

  it("is text in a terminal", () => {
    const bundle = runBundle({
      run: run({ id: "a", name: "wise-otter", params: { beta: "0.3" }, metrics: { rmse: point(18.4) } }),
      tables: [
        {
          path: "fits.parquet",
          rows: 1_200,
          columns: ["week", "cases"],
          top: [
            ["W1", 12.5],
            ["W2", null],
          ],
        },
      ],
    });
    expect(bundle["text/plain"]).toBe(
      [
        "wise-otter · seir · finished · 0.41 s",
        "Name  Value",
        "beta    0.3",
        "rmse   18.4",
        "fits.parquet · 1,200 rows, 2 columns",
        "week  cases",
        "W1     12.5",
        "W2        –",
      ].join("\n"),
    );
  });
});
