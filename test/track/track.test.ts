import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CellSource, type Host, host, useHost } from "../../src/host/index.ts";
import { currentActivity } from "../../src/lineage/index.ts";
import { type Run, track } from "../../src/track/index.ts";

const cases = { path: "data/cases.csv", md5: "0123456789abcdef0123456789abcdef", bytes: 14 };
const before = process.cwd();
const plainNode = host();

beforeEach(() => process.chdir(mkdtempSync(join(tmpdir(), "stemma über track-"))));
afterEach(() => {
  process.chdir(before);
  useHost(plainNode);
});

/** A kernel at a cell. */
function atCell(
  cell: { readonly id: string; readonly count: number },
  sources: readonly CellSource[],
  stop = new AbortController(),
): void {
  const place: Host = {
    ...plainNode,
    kind: "stemma",
    keepsSources: true,
    cell: () => cell,
    cellSources: () => sources,
    stopSignal: () => stop.signal,
  };
  useHost(place);
}

describe("track() with a body", () => {
  it("ends the run as FINISHED and gives what the body returned", async () => {
    const run = await track("seir", { beta: 0.3, model: { kind: "SEIR", steps: [1, 2] } }, () => 42);
    expect(run.result).toBe(42);
    expect(run.record()).toMatchObject({
      status: "FINISHED",
      experiment: "seir",
      params: { beta: "0.3", "model.kind": "SEIR", "model.steps": "[1,2]" },
      tags: { "mlflow.source.type": "LOCAL", "mlflow.runName": run.name },
    });
  });

  it("ends it as FAILED when that throws, keeps the error, and lets it out", async () => {
    const failure = new TypeError("beta is negative");
    await expect(
      track("seir", () => {
        throw failure;
      }),
    ).rejects.toBe(failure);
    const [run] = track.runs("seir");
    expect(run?.status).toBe("FAILED");
    expect(run?.tags["stemma.error"]).toBe("TypeError: beta is negative");
    expect(run?.tags["stemma.error.stack"]).toContain("track.test.ts");
  });

  it("ends it as KILLED when it is stopped, though the body still waits", async () => {
    const stop = new AbortController();
    atCell({ id: "c", count: 1 }, [], stop);
    let inside: Run | undefined;
    const tracked = track("seir", (run) => {
      inside = run;
      return new Promise(() => {});
    });
    stop.abort(new Error("Stopped from the notebook."));
    await expect(tracked).rejects.toThrow("Stopped from the notebook.");
    expect(track.runs("seir")[0]?.status).toBe("KILLED");
    expect(() => inside?.log({ rmse: 1 })).toThrow("has ended (KILLED)");
  });

  it("is the current activity of what its body calls, and nests what is tracked there", async () => {
    const outer = await track("seir", async (run) => {
      await Promise.resolve();
      expect(currentActivity()).toEqual({ kind: "run", id: run.id });
      const inner = await track("seir", { beta: 1 }, () => currentActivity());
      expect(inner.result).toEqual({ kind: "run", id: inner.id });
      await track.stage("fit", () => {});
    });
    const children = track.runs("seir", { filter: `tags.mlflow.parentRunId = '${outer.id}'` });
    expect(children.map(({ parentId }) => parentId)).toEqual([outer.id, outer.id]);
    expect(children.map(({ name }) => name)).toContain("fit");
    expect(outer.record().parentId).toBeNull();
  });
});

describe("track() without a body", () => {
  it("opens a run that a later cell ends", async () => {
    const run = await track({ experiment: "seir", name: "by hand", tags: { team: 7 } });
    run.log({ rmse: 3 });
    expect(currentActivity()).toEqual({ kind: "run", id: run.id });
    expect(run.record()).toMatchObject({ status: "RUNNING", name: "by hand", tags: { team: "7" } });
    await run.end();
    await run.end("FAILED");
    expect(run.record()).toMatchObject({ status: "FINISHED", metrics: { rmse: { value: 3, step: 0 } } });
    expect(currentActivity()).toBeNull();
  });

  it("does not swallow runs that are tracked while it is open", async () => {
    const open = await track("seir");
    const other = await track("seir", () => {});
    expect(other.record().parentId).toBeNull();
    await open.end();
  });

  it("resumes the run of MLFLOW_RUN_ID once, and counts steps on", async () => {
    const first = await track("seir", (run) => run.log({ rmse: 3 }));
    process.env["MLFLOW_RUN_ID"] = first.id;
    try {
      const again = await track("seir", { late: true }, (run) => run.log({ rmse: 2 }));
      expect(again.id).toBe(first.id);
      expect(again.histories()["rmse"]?.map(({ step, value }) => [step, value])).toEqual([
        [0, 3],
        [1, 2],
      ]);
      expect((await track("seir", () => {})).id).not.toBe(first.id);
      expect(await track.stage("report", () => "done")).toBe("done");
      expect(track.runs("seir")[0]).toMatchObject({ name: "report", parentId: first.id });
    } finally {
      delete process.env["MLFLOW_RUN_ID"];
    }
  });
});

describe("a run", () => {
  it("keeps NaN, infinities, -0, steps and times of metrics", async () => {
    const time = new Date(5);
    const run = await track("seir", (r) => {
      r.log({ a: Number.NaN, "größe/β": -0 }, { step: -3, time });
      r.log({ a: Infinity }, { step: 7, time: 6 });
    });
    expect(run.histories()).toEqual({
      a: [
        { value: Number.NaN, step: -3, timeMs: 5 },
        { value: Infinity, step: 7, timeMs: 6 },
      ],
      "größe/β": [{ value: -0, step: -3, timeMs: 5 }],
    });
  });

  it("shows the points of a moment ago, by search as by name", async () => {
    const run = await track("seir");
    run.log({ rmse: 3 });
    expect(track.runs("seir", { filter: "metrics.rmse = 3" }).map(({ id }) => id)).toEqual([run.id]);
    run.log({ rmse: 2 });
    expect(track.runs("seir", { filter: "metrics.rmse = 3" })).toHaveLength(0);
    expect(track.runs("seir", { filter: "metrics.rmse = 2" })).toHaveLength(1);
    await run.end();
    expect(track.runs("seir", { filter: "metrics.rmse = 2" })).toHaveLength(1);
  });

  it("logs all metrics of a call or, when one is no number, none", async () => {
    const run = await track("seir", (r) => {
      expect(() => r.log({ good: 1, rmse: "3" as never })).toThrow('metrics.rmse is "3"; metrics are numbers.');
      expect(() => r.log({ good: 1, "a;b": 1 })).toThrow('has the character ";"');
      expect(() => r.log({ good: 1 }, { step: 0.5 })).toThrow("step is 0.5; a whole number is wanted.");
    });
    expect(run.record().metrics).toEqual({});
  });

  class Optimizer {}
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  it.each([
    [
      { model: { opt: new Optimizer() } },
      "params.model.opt is an Optimizer (class instance); pass plain JSON, or log it with run.artifact().",
    ],
    [{ f: Math.max }, "params.f is the function max;"],
    [{ n: 1n }, "params.n is the BigInt 1n,"],
    [{ list: [1, Number.NaN] }, "params.list[1] is NaN,"],
    [{ when: new Date(0) }, "params.when is a Date (class instance); pass date.toISOString()"],
    [{ s: Symbol("x") }, "params.s is Symbol(x);"],
    [{ gone: undefined }, "params.gone is undefined,"],
    [{ cycle }, "params.cycle.self is a part of itself"],
    [{ "a.b": 1, a: { b: 2 } }, 'params has "a.b" twice'],
  ])("refuses a param that would not come back, by name: %o", async (params, message) => {
    await expect(track("seir", params)).rejects.toThrow(message);
    expect(() => track.runs("seir")).toThrow('There is no experiment "seir".');
  });

  it("keeps what it used and made, for MLflow and for the lineage", async () => {
    const run = await track("seir", async (r) => {
      r.input(cases, { context: "training" });
      r.input(cases);
      await r.artifact("out/fit.json", { beta: -0, list: [], nested: { a: [1, "ü"] } });
      await r.artifact("raw.bin", Uint8Array.of(0, 255));
      await r.figure("fit", { mark: "line", data: { values: [] } });
    });
    const folder = run.record().artifactFolder;
    expect(JSON.parse(readFileSync(join(folder, "out/fit.json"), "utf8"))).toEqual({
      beta: -0,
      list: [],
      nested: { a: [1, "ü"] },
    });
    expect([...readFileSync(join(folder, "raw.bin"))]).toEqual([0, 255]);
    expect(existsSync(join(folder, "fit.vl.json"))).toBe(true);
    expect(run.inputs).toEqual([{ kind: "data", ...cases }]);
    expect(run.record().inputs).toEqual([
      {
        name: "cases.csv",
        digest: cases.md5,
        sourceType: "dvc",
        source: '{"uri":"data/cases.csv"}',
        schema: null,
        profile: null,
        tags: { "mlflow.data.context": "training" },
      },
    ]);
    expect(run.lineage().graph.edges).toEqual([
      { from: `run:${run.id}`, to: `artifact:${run.id}/out/fit.json` },
      { from: `run:${run.id}`, to: `artifact:${run.id}/raw.bin` },
      { from: `run:${run.id}`, to: `artifact:${run.id}/fit.vl.json` },
      { from: `data:data/cases.csv@${cases.md5}`, to: `run:${run.id}` },
    ]);
  });

  it("refuses figures that are none, inputs that are none and artifacts that lead out", async () => {
    await track("seir", async (run) => {
      await expect(run.figure("fit", { values: [1] })).rejects.toThrow(
        "neither $schema nor mark nor layer (it has values)",
      );
      await expect(run.artifact("a.json", { t: new Map() })).rejects.toThrow('artifact "a.json".t is a Map');
      expect(() => run.input("data/cases.csv" as never)).toThrow(
        'run.input() takes what version() gives; "data/cases.csv"',
      );
      await run.artifact("in.txt", "x");
      mkdirSync("outside");
      symlinkSync(join(process.cwd(), "outside"), join(run.record().artifactFolder, "link"));
      symlinkSync(join(process.cwd(), "outside", "none"), join(run.record().artifactFolder, "dangling"));
      await expect(run.artifact("link/x.txt", "x")).rejects.toThrow("leads out of the run's folder by a link");
      await expect(run.artifact("dangling", "x")).rejects.toThrow("leads out of the run's folder by a link");
      expect(existsSync("outside/x.txt")).toBe(false);
    });
  });

  it("keeps params as they were at first", async () => {
    await track("seir", { beta: 0.3 }, (run) => {
      run.param("gamma", "0.44");
      expect(() => run.params({ beta: 0.4, other: 1 })).toThrow('Param "beta" is "0.3" and cannot become "0.4"');
      expect(run.record().params).toEqual({ beta: "0.3", gamma: "0.44" });
    });
  });
});

describe("in a notebook, a run", () => {
  const source = (id: string, count: number): CellSource => ({ id, count, source: `// ${id} ${count}` });

  it("names its cell, and the sources that ran until it ended", async () => {
    const sources = [source("a", 1), source("b", 2)];
    atCell({ id: "b", count: 2 }, sources);
    const run = await track("seir");
    sources.push(source("c", 3));
    await run.end();
    sources.push(source("d", 4));
    expect(run.record().tags).toMatchObject({
      "stemma.cell.id": "b",
      "stemma.cell.count": "2",
      "mlflow.source.type": "NOTEBOOK",
    });
    expect(run.sources()).toEqual(sources.slice(0, 3));
  });

  it("follows the run with its params when the cell ran before, not one of the same execution", async () => {
    atCell({ id: "a", count: 1 }, []);
    const old = [await track("seir", { beta: 1 }, () => {}), await track("seir", { beta: 2 }, () => {})];
    expect(old[1]?.record().tags).not.toHaveProperty("stemma.follows");
    atCell({ id: "a", count: 2 }, []);
    const again = await track("seir", { beta: 1 }, () => {});
    const changed = await track("seir", { beta: 3 }, () => {});
    expect(again.record().tags["stemma.follows"]).toBe(old[0]?.id);
    expect(changed.record().tags["stemma.follows"]).toBe(old[1]?.id);
  });

  it("follows no run whose cell was told to be another one, or was taken from it", async () => {
    atCell({ id: "a", count: 1 }, []);
    const [kept, moved, bare] = [await track("seir"), await track("seir"), await track("seir")];
    moved.tag("stemma.cell.id", "b");
    bare.dropTag("stemma.cell.id");
    for (const run of [kept, moved, bare]) await run.end();
    atCell({ id: "a", count: 2 }, []);
    expect((await track("seir", {}, () => {})).record().tags["stemma.follows"]).toBe(kept.id);
    atCell({ id: "b", count: 1 }, []);
    expect((await track("seir", {}, () => {})).record().tags["stemma.follows"]).toBe(moved.id);
  });
});

describe("a comparison", () => {
  it("has the best runs first where no order is asked for, curves of more than one point, and the best run", async () => {
    for (const rmse of [3, 1, 2])
      await track("seir", { rmse }, (run) => {
        run.log({ rmse: rmse + 1, once: 1 });
        if (rmse > 1) run.log({ rmse });
      });
    const { record } = track.compare("seir", { filter: "metrics.rmse <= 3" });
    expect(record.runs.map(({ params }) => params["rmse"])).toEqual(["2", "1", "3"]);
    const oldest = track.compare("seir", { orderBy: "attributes.start_time ASC" });
    expect(oldest.runs.map(({ params }) => params["rmse"])).toEqual(["3", "1", "2"]);
    expect(record.total).toBe(3);
    expect(Object.keys(record.histories)).toEqual(["rmse"]);
    expect(Object.keys(record.histories["rmse"] ?? {})).toEqual([record.runs[0]?.id, record.runs[2]?.id]);
    expect(track.compare("seir").best("rmse")?.params["rmse"]).toBe("2");
    expect(track.compare("seir").best("once", { goal: "max" })).not.toBeNull();
    expect(() => track.compare("seir").best("once")).toThrow('write best("once", { goal: "min" }) or "max"');
  });

  it("of an experiment that is not there says which are, and leaves no store behind", async () => {
    expect(() => track.compare("seir")).toThrow('There is no experiment "seir". There is none yet; track() makes one.');
    expect(track.runs()).toHaveLength(0);
    expect(existsSync("stemma")).toBe(false);
    await track("seir", () => {});
    expect(() => track.compare("sier")).toThrow('There is no experiment "sier". There are: seir.');
  });
});
