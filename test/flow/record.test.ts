import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { md5 } from "../../src/store/index.ts";
import { track } from "../../src/track/index.ts";
import { version } from "../../src/version/index.ts";
import { inProject } from "./support.ts";

inProject();

const read = ({ path }: { path: string }): number[] => readFileSync(path, "utf8").split(",").map(Number);
const fit = ({ data, rate }: { data: number[]; rate: number }): { rate: number; error: number } => ({
  rate,
  error: data.reduce((sum, x) => sum + Math.abs(x - rate), 0),
});
const best = ({ fits }: { fits: { rate: number; error: number }[] }): number =>
  fits.reduce((a, b) => (b.error < a.error ? b : a)).rate;
const twice = ({ x }: { x: number }): number => x * 2;

writeFileSync("cases.csv", "1,2,4");
const fitted = flow({ name: "fitted", params: { rates: [1, 2, 3] }, tags: { team: "a" } }, (f, p) => {
  const data = f.step(read, { path: f.file("cases.csv") });
  return f.step(best, { fits: f.map(p.rates, (rate) => f.step(fit, { data, rate })) });
});

describe("what a run of a flow leaves behind", () => {
  it("is a parent run with the params and tags, and a nested run for each step and item", async () => {
    const run = await fitted.run({ rates: [1, 3] });
    const records = [...track.runs("fitted")];
    const parent = records.find((record) => record.id === run.id);
    expect(parent).toMatchObject({
      status: "FINISHED",
      params: { rates: "[1,3]" },
      tags: { team: "a", "stemma.flow": "fitted" },
    });
    const nested = records.filter((record) => record.parentId === run.id);
    expect(nested.map((record) => [record.name, record.status, record.params]).sort()).toEqual([
      ["best", "FINISHED", {}],
      ["fit 0", "FINISHED", { rate: "1" }],
      ["fit 1", "FINISHED", { rate: "3" }],
      ["read", "FINISHED", {}],
    ]);
  });

  it("is what the machine did while a step ran that asks for it, and no other", async () => {
    const slow = async ({ x }: { x: number }): Promise<number> => new Promise((done) => setTimeout(done, 300, x));
    const measured = flow("measured", {}, (f) =>
      f.step(twice, { x: f.step(slow, { x: 1 }, { systemMetrics: true, run: "process" }) }),
    );
    const run = await measured.run();
    const nested = [...track.runs("measured")].filter(({ parentId }) => parentId === run.id);
    const named = nested.map(({ name, metrics }) => [
      name,
      Object.keys(metrics).some((key) => key.startsWith("system/")),
    ]);
    expect(named.sort()).toEqual([
      ["slow", true],
      ["twice", false],
    ]);
  });

  it("is a lineage from the file over the steps to the output", async () => {
    const { graph } = (await fitted.run({ rates: [2, 5] })).lineage();
    const ids = new Map(graph.nodes.map((node) => [node.id, node.of]));
    expect(ids.get(`data:cases.csv@${md5("1,2,4")}`)).toEqual({
      kind: "data",
      path: "cases.csv",
      md5: md5("1,2,4"),
      bytes: 5,
    });
    const label = (id: string): string => {
      const of = ids.get(id);
      return of?.kind === "value" ? `value ${of.name}` : of?.kind === "step" ? `step ${of.step}` : (of?.kind ?? "?");
    };
    expect([...new Set(graph.edges.map(({ from, to }) => `${label(from)} -> ${label(to)}`))].sort()).toEqual([
      "data -> step read",
      "run -> value best",
      "step best -> value best",
      "step fit -> value fit[0]",
      "step fit -> value fit[1]",
      "step read -> value read",
      "value fit[0] -> step best",
      "value fit[1] -> step best",
      "value read -> step fit",
    ]);
  });

  it("is the same lineage when all was kept", async () => {
    const first = (await fitted.run({ rates: [7] })).lineage().graph;
    const again = (await fitted.run({ rates: [7] })).lineage().graph;
    expect(new Set(again.nodes.map((node) => node.id))).toEqual(new Set(first.nodes.map((node) => node.id)));
  });

  it("names a folder by the digest that version() gives it", async () => {
    mkdirSync("parts/ä", { recursive: true });
    writeFileSync("parts/ä/b.csv", "1");
    writeFileSync("parts/a.csv", "2");
    const { md5 } = await version("parts");
    const count = ({ path }: { path: string }): number => readdirSync(path).length;
    const run = await flow("folder", {}, (f) => f.step(count, { path: f.file("parts") })).run();
    expect(run.output).toBe(2);
    expect(run.lineage().graph.nodes.map(({ id }) => id)).toContain(`data:parts@${md5}`);
  });

  it("is one nested run for all items of a map with more than a hundred", async () => {
    const xs = Array.from({ length: 101 }, (_, i) => i);
    await flow("many", { xs }, (f, p) => f.map(p.xs, (x) => f.step(twice, { x }))).run();
    expect([...track.runs("many")].map((run) => run.name).filter((name) => name.startsWith("twice"))).toEqual([
      "twice",
    ]);
  });
});
