import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  MlflowError,
  type MlflowRun,
  parseCreateRun,
  parseLogBatch,
  parseLogMetric,
  parseSearchRuns,
  parseUpdateRun,
  printMetric,
  printRun,
  queryBody,
  requestFields,
} from "../../src/format/index.ts";

const run: MlflowRun = {
  id: "0123456789abcdef0123456789abcdef",
  name: "calm-owl-7",
  experimentId: "3",
  status: "FINISHED",
  lifecycle: "active",
  user: "ada",
  startMs: 1_700_000_000_000,
  endMs: null,
  parentId: null,
  params: {},
  metrics: {},
  tags: {},
  inputs: [],
};

const metric = (value: unknown): unknown => ({ run_id: "r", key: "rmse", value, timestamp: 1 });

describe("answers", () => {
  it("leave out empty lists and an end that has not come", () => {
    const wire = printRun({ ...run, name: "", user: "" });
    expect(wire).toEqual({
      info: {
        run_id: run.id,
        run_uuid: run.id,
        run_name: "",
        experiment_id: "3",
        user_id: "",
        status: "FINISHED",
        start_time: 1_700_000_000_000,
        artifact_uri: `mlflow-artifacts:/3/${run.id}/artifacts`,
        lifecycle_stage: "active",
      },
      data: {},
      inputs: {},
      outputs: {},
    });
  });

  it("carry name, user and parent as the tags that clients look for", () => {
    const wire = printRun({ ...run, parentId: "p", tags: { team: "epi" } });
    expect(wire["data"]).toEqual({
      tags: [
        { key: "team", value: "epi" },
        { key: "mlflow.runName", value: "calm-owl-7" },
        { key: "mlflow.user", value: "ada" },
        { key: "mlflow.parentRunId", value: "p" },
      ],
    });
  });

  it("give back every metric value by way of JSON, NaN, infinities and -0 too", () =>
    fc.assert(
      fc.property(fc.double(), fc.integer(), fc.nat(), (value, step, timeMs) => {
        const sent = JSON.parse(JSON.stringify({ ...printMetric("rmse", { value, step, timeMs }), run_id: "r" }));
        const { point } = parseLogMetric(sent);
        expect(point).toMatchObject({ key: "rmse", value, step, timeMs });
        expect(Object.is(point.value, value)).toBe(true);
      }),
    ));
});

describe("requests", () => {
  it.each([
    [Number("1e400"), "Invalid value Infinity for parameter 'value'"],
    [true, "Invalid value true for parameter 'value'"],
    ["high", "Invalid value \"high\" for parameter 'value'"],
    ["0x10", "Invalid value \"0x10\" for parameter 'value'"],
    [null, "Missing value for required parameter 'value'."],
    [[1], "Invalid value [1] for parameter 'value'"],
  ])("refuse the metric value %j by name", (value, message) => {
    expect(() => parseLogMetric(metric(value))).toThrow(message);
  });

  it.each([1.5, "1.5", 2 ** 53, "soon", -1])("refuse the time %j", (timestamp) => {
    expect(() => parseLogMetric({ run_id: "r", key: "rmse", value: 1, timestamp })).toThrow(
      `Invalid value ${JSON.stringify(timestamp)} for parameter 'timestamp'`,
    );
  });

  it("take whole numbers as strings, as protobuf writes them", () => {
    expect(parseLogMetric({ run_id: "r", key: "k", value: "2.5", timestamp: "17", step: "-3" }).point).toEqual({
      key: "k",
      value: 2.5,
      timeMs: 17,
      step: -3,
      modelId: null,
      datasetName: null,
      datasetDigest: null,
    });
  });

  it.each(["a//b", "../a", "/a", "a/", "a/./b", "a?b", "ключ#1", "x".repeat(251)])("refuse the key %j", (key) => {
    expect(() => parseLogMetric({ run_id: "r", key, value: 1, timestamp: 1 })).toThrow("parameter 'key'");
  });

  it.each(["train/loss", "größe", "a b:c-d.e_f", "系统/cpu"])("take the key %j", (key) => {
    expect(parseLogMetric({ run_id: "r", key, value: 1, timestamp: 1 }).point.key).toBe(key);
  });

  it("say which item of a batch is wrong", () => {
    const good = { key: "a", value: 1, timestamp: 1 };
    expect(() => parseLogBatch({ run_id: "r", metrics: [good, { ...good, value: undefined }] })).toThrow(
      "Missing value for required parameter 'metrics[1].value'.",
    );
    expect(() => parseLogBatch({ run_id: "r", tags: [{ key: "a//b" }] })).toThrow("parameter 'tags[0].key'");
  });

  it("hold a batch to MLflow's limits", () => {
    const params = Array.from({ length: 101 }, (_, i) => ({ key: `p${i}`, value: "1" }));
    expect(() => parseLogBatch({ run_id: "r", params })).toThrow("at most 100 params. Got 101 params");
    const metrics = Array.from({ length: 1000 }, () => ({ key: "m", value: 1, timestamp: 1 }));
    expect(() => parseLogBatch({ run_id: "r", metrics, params: params.slice(0, 1) })).toThrow(
      "at most 1000 metrics, params, and tags. Got 1001",
    );
    const twice = [params[0], params[0]];
    expect(() => parseLogBatch({ run_id: "r", params: twice })).toThrow("twice in one request");
  });

  it("refuse an unknown status instead of changing nothing", () => {
    expect(() => parseUpdateRun({ run_id: "r", status: "BOGUS" })).toThrow(
      "want one of RUNNING, SCHEDULED, FINISHED, FAILED, KILLED.",
    );
  });

  it("take run_uuid where run_id is missing, and say run_id when both are", () => {
    expect(parseUpdateRun({ run_uuid: "r" }).runId).toBe("r");
    expect(() => parseUpdateRun({})).toThrow("Missing value for required parameter 'run_id'.");
  });

  it("refuse two different names of one run", () => {
    const tags = [{ key: "mlflow.runName", value: "b" }];
    expect(parseCreateRun({ experiment_id: "1", tags }).name).toBe("b");
    expect(() => parseCreateRun({ experiment_id: "1", run_name: "a", tags })).toThrow("mlflow.runName says 'b'");
  });

  it("page runs by 1,000 and at most 50,000", () => {
    expect(parseSearchRuns({ experiment_ids: ["1"] }).limit).toBe(1000);
    expect(() => parseSearchRuns({ max_results: 50_001 })).toThrow("want 1 to 50000.");
    expect(() => parseSearchRuns({ max_results: 0 })).toThrow("want 1 to 50000.");
  });

  it("fail with MLflow's code and status", () => {
    const error = (() => {
      try {
        return requestFields("no object");
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(MlflowError);
    expect(error).toMatchObject({ code: "INVALID_PARAMETER_VALUE", status: 400 });
  });

  it("read a query's repeated names as lists", () => {
    const query = new URLSearchParams("run_ids=a&run_ids=b&metric_key=loss");
    expect(queryBody(query, ["run_ids"])).toEqual({ run_ids: ["a", "b"], metric_key: "loss" });
    expect(queryBody(new URLSearchParams("run_ids=a"), ["run_ids"])).toEqual({ run_ids: ["a"] });
  });
});
