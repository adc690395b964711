import { type Body, converse, type Peer, put, type Talk } from "./conversation.ts";

/** Says the same to each server, and gives what it answered. */
export async function talk(peer: Peer): Promise<Talk> {
  const { said, ids, ask, again } = converse(peer);
  const base = "/api/2.0/mlflow";
  const { experiment_id } = await ask("create experiment", `${base}/experiments/create`, { name: "seir" });
  ids.set(String(experiment_id), "EXPERIMENT");
  await ask("create it again", `${base}/experiments/create`, { name: "seir" });
  await ask("no name", `${base}/experiments/create`, {});
  await ask("get experiment", `${base}/experiments/get?experiment_id=${experiment_id}`);
  await ask("get by name", `${base}/experiments/get-by-name?experiment_name=seir`);
  await ask("get no name", `${base}/experiments/get-by-name?experiment_name=none`);
  await ask("tag experiment", `${base}/experiments/set-experiment-tag`, { experiment_id, key: "a", value: "b" });
  await ask("search experiments", `${base}/experiments/search`, { max_results: 5, filter: "name = 'seir'" });
  await ask("search no experiments", `${base}/experiments/search`, { max_results: 5, filter: "name = 'none'" });

  const runs: string[] = [];
  for (const name of ["one", "two"]) {
    const tags =
      name === "two" ? [{ key: "mlflow.parentRunId", value: runs[0] }] : [{ key: "mlflow.user", value: "ada" }];
    const input = { experiment_id, run_name: name, start_time: 1000 + runs.length, user_id: "ada", tags };
    const { run } = await ask(`create run ${name}`, `${base}/runs/create`, input);
    runs.push(run.info.run_id);
    ids.set(run.info.run_id, `RUN ${name}`);
    again(`create run ${name}`, { run });
  }
  const [run_id = "", second = ""] = runs;
  await ask("log metric", `${base}/runs/log-metric`, { run_id, key: "m", value: 1.5, timestamp: 7 });
  await ask("log metric as text", `${base}/runs/log-metric`, {
    run_id,
    key: "m",
    value: "2.5",
    timestamp: "8",
    step: "2",
  });
  await ask("log NaN", `${base}/runs/log-metric`, { run_id, key: "nan", value: "NaN", timestamp: 7 });
  await ask("log a bad key", `${base}/runs/log-metric`, { run_id, key: "a//b", value: 1, timestamp: 7 });
  await ask("log no value", `${base}/runs/log-metric`, { run_id, key: "a", timestamp: 7 });
  await ask("log to no run", `${base}/runs/log-metric`, { run_id: "none", key: "a", value: 1, timestamp: 7 });
  await ask("log param", `${base}/runs/log-parameter`, { run_id, key: "beta", value: "0.3" });
  await ask("log param again", `${base}/runs/log-parameter`, { run_id, key: "beta", value: "0.3" });
  await ask("change param", `${base}/runs/log-parameter`, { run_id, key: "beta", value: "0.4" });
  await ask("log empty param", `${base}/runs/log-parameter`, { run_id, key: "none", value: "" });
  await ask("set tag", `${base}/runs/set-tag`, { run_id, key: "team", value: "epi" });
  await ask("delete tag", `${base}/runs/delete-tag`, { run_id, key: "team" });
  await ask("delete no tag", `${base}/runs/delete-tag`, { run_id, key: "team" });
  await ask("log batch", `${base}/runs/log-batch`, {
    run_id,
    metrics: [4, 3, 2].map((value, step) => ({ key: "rmse", value, timestamp: 9 + step, step })),
    params: [{ key: "model", value: "seir" }],
    tags: [{ key: "t", value: "u" }],
  });
  await ask("log one param twice", `${base}/runs/log-batch`, {
    run_id,
    params: [1, 2].map((value) => ({ key: "p", value: String(value) })),
  });
  const many = Array.from({ length: 1001 }, (_, step) => ({ key: "x", value: 1, timestamp: 1, step }));
  await ask("log too many", `${base}/runs/log-batch`, { run_id, metrics: many });
  const dataset = { name: "cases", digest: "3f2a91aa", source_type: "local", source: '{"uri":"x"}', profile: "{}" };
  await ask("log input", `${base}/runs/log-inputs`, {
    run_id,
    datasets: [{ tags: [{ key: "mlflow.data.context", value: "training" }], dataset }],
  });
  await ask("get run", `${base}/runs/get?run_id=${run_id}`);
  await ask("get run by run_uuid", `${base}/runs/get?run_uuid=${second}`);
  await ask("get no run", `${base}/runs/get?run_id=none`);
  await ask("history", `${base}/metrics/get-history?run_id=${run_id}&metric_key=rmse&max_results=10`);
  await ask("history of all", `${base}/metrics/get-history?run_id=${run_id}&metric_key=rmse`);
  await ask("history of none", `${base}/metrics/get-history?run_id=${run_id}&metric_key=none&max_results=10`);
  await ask("history of 0 points", `${base}/metrics/get-history?run_id=${run_id}&metric_key=rmse&max_results=0`);
  const interval = `${base}/metrics/get-history-bulk-interval?run_ids=${run_id}&metric_key=rmse`;
  await ask("interval", `${interval}&max_results=10&start_step=1&end_step=2`);
  await ask("half an interval", `${interval}&start_step=1`);

  const search = (more: Body): Body => ({ experiment_ids: [experiment_id], max_results: 10, ...more });
  await ask("search all", `${base}/runs/search`, search({}));
  await ask(
    "search by metric",
    `${base}/runs/search`,
    search({ filter: "metrics.rmse < 3 and params.model = 'seir'" }),
  );
  await ask("search by a missing tag", `${base}/runs/search`, search({ filter: "tags.team != 'epi'" }));
  await ask("search like", `${base}/runs/search`, search({ filter: "attributes.run_name LIKE 't%'" }));
  await ask("search ordered", `${base}/runs/search`, search({ order_by: ["attributes.start_time ASC"] }));
  await ask("search with OR", `${base}/runs/search`, search({ filter: "metrics.m > 1 OR metrics.m < 0" }));
  await ask("search too many", `${base}/runs/search`, search({ max_results: 50_001 }));
  await ask("search nothing", `${base}/runs/search`, { max_results: 10 });

  const artifacts = `/api/2.0/mlflow-artifacts/artifacts/${experiment_id}/${run_id}/artifacts`;
  await put(peer, `${artifacts}/a/fit.json`, "{}");
  await put(peer, `${artifacts}/b.txt`, "text");
  await ask("list artifacts", `${base}/artifacts/list?run_id=${run_id}`);
  await ask("list a folder", `${base}/artifacts/list?run_id=${run_id}&path=a`);
  await ask("list a file", `${base}/artifacts/list?run_id=${run_id}&path=b.txt`);
  await ask("list nothing", `${base}/artifacts/list?run_id=${run_id}&path=none`);
  await ask("list above", `${base}/artifacts/list?run_id=${run_id}&path=../..`);
  await ask("list proxied", `/api/2.0/mlflow-artifacts/artifacts?path=${experiment_id}/${run_id}/artifacts/a`);

  await ask("end", `${base}/runs/update`, { run_id, status: "FINISHED", end_time: 2000 });
  await ask("rename", `${base}/runs/update`, { run_id, run_name: "renamed" });
  await ask("delete", `${base}/runs/delete`, { run_id: second });
  await ask("write to the deleted", `${base}/runs/set-tag`, { run_id: second, key: "a", value: "b" });
  await ask("search the deleted", `${base}/runs/search`, search({ run_view_type: "DELETED_ONLY" }));
  await ask("restore", `${base}/runs/restore`, { run_id: second });
  await ask("search the restored", `${base}/runs/search`, search({ run_view_type: "ACTIVE_ONLY" }));
  return said;
}
