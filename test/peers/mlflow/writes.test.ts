import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findProject } from "../../../src/store/index.ts";
import { openRuns, type RunRecord } from "../../../src/track/index.ts";
import { emptyFolder, startServe } from "./serve.ts";

describe("the real MLflow client writes a run", () => {
  it("that our store reads as its own", async () => {
    const folder = emptyFolder();
    const server = await startServe(folder);
    const { write } = await server.python({ write: ["write", { experiment: "seir" }] }).finally(() => server.close());
    const ids = write as { readonly run: string; readonly child: string };
    const store = openRuns(findProject(folder));
    const run = await store.run(ids.run);
    expect(run).toMatchObject({
      name: "from python",
      experiment: "seir",
      status: "FINISHED",
      parentId: null,
      params: { beta: "0.3", sigma: "0.5", text: "ä b" },
      tags: { team: "epi", "mlflow.note.content": "a note" },
    });
    expect(run?.tags).not.toHaveProperty("gone");
    expect(run?.endMs).toBeGreaterThan(run?.startMs ?? Number.POSITIVE_INFINITY);
    expect((await store.metricHistory(ids.run, "rmse")).map(({ step, value }) => [step, value])).toEqual([
      [0, 10],
      [1, 9],
      [2, 8],
      [3, 7],
      [4, 6],
    ]);
    expect(run?.metrics).toMatchObject({
      rmse: { value: 6, step: 4 },
      nan: { value: Number.NaN, step: 3 },
      inf: { value: Number.POSITIVE_INFINITY },
      small: { value: 1e-300 },
    });
    expect(run?.inputs).toMatchObject([{ name: "cases", tags: { "mlflow.data.context": "training" } }]);
    expect(await store.run(ids.child)).toMatchObject({ name: "child", parentId: ids.run, status: "FINISHED" });
    expectFiles(run);
  });

  it("and is refused with MLflow's own error codes where MLflow refuses", async () => {
    const folder = emptyFolder();
    const store = openRuns(findProject(folder));
    const { id: experimentId } = await store.createExperiment("seir");
    const run = await store.createRun({ experimentId, name: "", user: "ada", startMs: 0, parentId: null, tags: {} });
    await store.logParams(run.id, { beta: "0.3" });
    const server = await startServe(folder);
    const { refused } = await server.python({ refused: ["refused", { run: run.id }] }).finally(() => server.close());
    expect(refused).toEqual({
      "no such run": "RESOURCE_DOES_NOT_EXIST",
      "another param value": "INVALID_PARAMETER_VALUE",
      "same param value": "passed",
      "experiment twice": "RESOURCE_ALREADY_EXISTS",
      "bad filter": "INVALID_PARAMETER_VALUE",
      "no such artifact": "RESOURCE_DOES_NOT_EXIST",
    });
  });
});

function expectFiles(run: RunRecord | null): void {
  const read = (path: string): Buffer => readFileSync(join(run?.artifactFolder ?? "", path));
  expect(read("notes/größe.txt").toString("utf8")).toBe("größe");
  expect(JSON.parse(read("fit.json").toString("utf8"))).toEqual({ a: 1 });
  expect(read("data/big.bin")).toEqual(Buffer.from(Array.from({ length: 256 * 8192 }, (_, i) => i % 256)));
}
