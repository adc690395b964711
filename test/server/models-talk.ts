import { type Answer, type Body, type Conversation, converse, type Peer, put, type Talk } from "./conversation.ts";

const base = "/api/2.0/mlflow";

/** Says the same of models to each server, and gives what it answered. */
export async function talkOfModels(peer: Peer): Promise<Talk> {
  const conversation = converse(peer);
  const made = await makeRun(conversation);
  await talkOfExperiments(conversation);
  await talkOfRegistry(conversation, made);
  await talkOfVersions(conversation, made);
  const model = await talkOfLoggedModels(conversation, made);
  await talkOfModelFiles(conversation, { ...made, model, peer });
  await talkOfEnds(conversation, model);
  return conversation.said;
}

interface Made {
  readonly experiment: string;
  readonly run: string;
}

async function makeRun({ ask, ids, again }: Conversation): Promise<Made> {
  const { experiment_id } = await ask("create experiment", `${base}/experiments/create`, { name: "models" });
  ids.set(String(experiment_id), "EXPERIMENT");
  again("create experiment", { experiment_id });
  const body = { experiment_id, run_name: "fit", start_time: 1000, user_id: "ada" };
  const { run } = await ask("create run", `${base}/runs/create`, { ...body, tags: [] });
  ids.set(run.info.run_id, "RUN");
  again("create run", { run });
  await ask("get run", `${base}/runs/get?run_id=${run.info.run_id}`);
  return { experiment: experiment_id, run: run.info.run_id };
}

async function talkOfExperiments({ ask, ids, again }: Conversation): Promise<void> {
  const { experiment_id } = await ask("create another", `${base}/experiments/create`, { name: "other" });
  ids.set(String(experiment_id), "OTHER");
  again("create another", { experiment_id });
  await ask("rename it", `${base}/experiments/update`, { experiment_id, new_name: "renamed" });
  await ask("get it renamed", `${base}/experiments/get?experiment_id=${experiment_id}`);
  await ask("rename it to one there is", `${base}/experiments/update`, { experiment_id, new_name: "models" });
  await ask("rename none", `${base}/experiments/update`, { experiment_id: "987654", new_name: "none" });
  await ask("tag it", `${base}/experiments/set-experiment-tag`, { experiment_id, key: "team", value: "epi" });
  await ask("untag it", `${base}/experiments/delete-experiment-tag`, { experiment_id, key: "team" });
  await ask("untag it again", `${base}/experiments/delete-experiment-tag`, { experiment_id, key: "team" });
  await ask("delete it", `${base}/experiments/delete`, { experiment_id });
  await ask("delete it again", `${base}/experiments/delete`, { experiment_id });
  await ask("get it deleted", `${base}/experiments/get?experiment_id=${experiment_id}`);
  await ask("run in the deleted", `${base}/runs/create`, { experiment_id, start_time: 1 });
  const deleted = { max_results: 5, view_type: "DELETED_ONLY" };
  await ask("search the deleted", `${base}/experiments/search`, deleted);
  await ask("restore it", `${base}/experiments/restore`, { experiment_id });
  await ask("restore it again", `${base}/experiments/restore`, { experiment_id });
  await ask("delete none", `${base}/experiments/delete`, { experiment_id: "987654" });
}

async function talkOfRegistry({ ask, by }: Conversation, _made: Made): Promise<void> {
  const models = `${base}/registered-models`;
  const tags = [{ key: "team", value: "epi" }];
  await ask("register", `${models}/create`, { name: "seir", tags, description: "An outbreak" });
  await ask("register again", `${models}/create`, { name: "seir" });
  await ask("register without a name", `${models}/create`, {});
  await ask("register a name with a slash", `${models}/create`, { name: "a/b" });
  await ask("register a name with a colon", `${models}/create`, { name: "a:b" });
  await ask("register another", `${models}/create`, { name: "plain" });
  await ask("get model", `${models}/get?name=seir`);
  await ask("get a plain model", `${models}/get?name=plain`);
  await ask("get no model", `${models}/get?name=none`);
  await by(`describe: PATCH ${models}/update`, { name: "plain", description: "Now with words" });
  await by(`describe none: PATCH ${models}/update`, { name: "none", description: "x" });
  await ask("rename model", `${models}/rename`, { name: "plain", new_name: "renamed" });
  await ask("rename model to one there is", `${models}/rename`, { name: "renamed", new_name: "seir" });
  await ask("tag model", `${models}/set-tag`, { name: "seir", key: "stage", value: "new" });
  await ask("tag no model", `${models}/set-tag`, { name: "none", key: "stage", value: "new" });
  await by(`untag model: DELETE ${models}/delete-tag`, { name: "seir", key: "stage" });
  await by(`untag model again: DELETE ${models}/delete-tag`, { name: "seir", key: "stage" });
  await ask("search models", `${models}/search?max_results=10`);
  await ask("search models by name", `${models}/search?filter=${encodeURIComponent("name LIKE 'se%'")}`);
  await ask("search models by tag", `${models}/search?filter=${encodeURIComponent("tags.team = 'epi'")}`);
  await ask("search models in order", `${models}/search?order_by=${encodeURIComponent("name DESC")}`);
  await ask("search models by a typo", `${models}/search?filter=${encodeURIComponent("nme = 'seir'")}`);
  await ask("search too many models", `${models}/search?max_results=1001`);
  await by(`delete model: DELETE ${models}/delete`, { name: "renamed" });
  await by(`delete model again: DELETE ${models}/delete`, { name: "renamed" });
}

async function talkOfVersions(conversation: Conversation, { run }: Made): Promise<void> {
  const { ask, by } = conversation;
  const versions = `${base}/model-versions`;
  const models = `${base}/registered-models`;
  const source = `runs:/${run}/model`;
  const create = { name: "seir", source, run_id: run, tags: [{ key: "a", value: "b" }], description: "First" };
  await ask("create version", `${versions}/create`, create);
  await ask("create version 2", `${versions}/create`, { name: "seir", source, run_id: run });
  await ask("create version of none", `${versions}/create`, { ...create, name: "none" });
  await ask("create version without source", `${versions}/create`, { name: "seir" });
  await ask("create version from outside", `${versions}/create`, { name: "seir", source: "/etc", run_id: run });
  await ask("get version", `${versions}/get?name=seir&version=1`);
  await ask("get no version", `${versions}/get?name=seir&version=9`);
  await ask("get a version that is no number", `${versions}/get?name=seir&version=x`);
  await by(`describe version: PATCH ${versions}/update`, { name: "seir", version: "2", description: "Second" });
  await ask("download uri", `${versions}/get-download-uri?name=seir&version=1`);
  await ask("alias", `${models}/alias`, { name: "seir", alias: "champion", version: "1" });
  await ask("move the alias", `${models}/alias`, { name: "seir", alias: "champion", version: "2" });
  await ask("alias of no version", `${models}/alias`, { name: "seir", alias: "champion", version: "9" });
  await ask("alias latest", `${models}/alias`, { name: "seir", alias: "latest", version: "1" });
  await ask("alias v1", `${models}/alias`, { name: "seir", alias: "v1", version: "1" });
  await ask("by alias", `${models}/alias?name=seir&alias=champion`);
  await ask("by no alias", `${models}/alias?name=seir&alias=none`);
  await ask("get model with alias", `${models}/get?name=seir`);
  const stage = { name: "seir", version: "1", stage: "Production", archive_existing_versions: false };
  await ask("stage", `${versions}/transition-stage`, stage);
  await ask("stage and archive", `${versions}/transition-stage`, {
    ...{ ...stage, version: "2", archive_existing_versions: true },
  });
  await ask("a stage there is not", `${versions}/transition-stage`, { ...stage, stage: "Live" });
  await ask("latest", `${models}/get-latest-versions`, { name: "seir" });
  await ask("latest in production", `${models}/get-latest-versions`, { name: "seir", stages: ["Production"] });
  await ask("tag version", `${versions}/set-tag`, { name: "seir", version: "1", key: "ok", value: "yes" });
  await by(`untag version: DELETE ${versions}/delete-tag`, { name: "seir", version: "1", key: "ok" });
  await ask("tag no version", `${versions}/set-tag`, { name: "seir", version: "9", key: "ok", value: "yes" });
  await searchVersions(conversation, run);
  await by(`unalias: DELETE ${models}/alias`, { name: "seir", alias: "champion" });
  await by(`delete version: DELETE ${versions}/delete`, { name: "seir", version: "1" });
  await by(`delete version again: DELETE ${versions}/delete`, { name: "seir", version: "1" });
  await ask("search versions that are left", `${versions}/search?filter=${encodeURIComponent("name='seir'")}`);
}

async function searchVersions({ ask }: Conversation, run: string): Promise<void> {
  const search = (filter: string, more = ""): string =>
    `${base}/model-versions/search?filter=${encodeURIComponent(filter)}${more}`;
  await ask("search versions", search("name = 'seir'", "&order_by=version_number%20ASC"));
  await ask("search versions by run", search(`run_id = '${run}'`, "&max_results=1&order_by=version_number%20ASC"));
  await ask("search versions by runs", search(`run_id IN ('${run}')`, "&order_by=version_number%20DESC"));
  await ask("search versions by tag", search("tags.a = 'b'"));
  await ask("search versions of none", search("name = 'none'"));
  await ask("search versions by a typo", search("nam = 'seir'"));
}

async function talkOfLoggedModels({ ask, by, ids, again }: Conversation, made: Made): Promise<string> {
  const logged = `${base}/logged-models`;
  const { experiment, run } = made;
  const create = { experiment_id: experiment, name: "fit", model_type: "onnx", source_run_id: run };
  const pairs = { params: [{ key: "depth", value: "3" }], tags: [{ key: "a", value: "b" }] };
  const { model } = await ask("log model", logged, { ...create, ...pairs });
  const id: string = model.info.model_id;
  ids.set(id, "MODEL");
  again("log model", { model });
  await ask("log model in no experiment", logged, { ...create, experiment_id: "987654" });
  await ask("log model with a bad name", logged, { ...create, name: "a/b" });
  await ask("get logged model", `${logged}/${id}`);
  await ask("get no logged model", `${logged}/m-00000000000000000000000000000000`);
  await ask("params of a model", `${logged}/${id}/params`, { model_id: id, params: [{ key: "lr", value: "0.1" }] });
  await by(`tags of a model: PATCH ${logged}/${id}/tags`, { tags: [{ key: "c", value: "d" }] });
  await by(`untag a logged model: DELETE ${logged}/${id}/tags/c`);
  await by(`untag it once more: DELETE ${logged}/${id}/tags/c`);
  await ask("run made the model", `${base}/runs/outputs`, { run_id: run, models: [{ model_id: id, step: 3 }] });
  await ask("run used the model", `${base}/runs/log-inputs`, { run_id: run, models: [{ model_id: id }] });
  const metric = { run_id: run, key: "auc", value: 0.9, timestamp: 5, step: 1, model_id: id };
  const dataset = { name: "cases", digest: "3f2a91aa", source_type: "local", source: "{}" };
  await ask("log a dataset", `${base}/runs/log-inputs`, { run_id: run, datasets: [{ dataset }] });
  await ask("metric of a model", `${base}/runs/log-metric`, {
    ...{ ...metric, dataset_name: "cases", dataset_digest: "3f2a91aa" },
  });
  await ask("metrics of a model", `${base}/runs/log-batch`, {
    run_id: run,
    metrics: [{ key: "f1", value: 0.5, timestamp: 6, step: 1, model_id: id }],
  });
  await by(`finalize: PATCH ${logged}/${id}`, { model_id: id, status: "LOGGED_MODEL_READY" });
  await ask("get run with models", `${base}/runs/get?run_id=${run}`);
  await ask("search logged models", `${logged}/search`, { experiment_ids: [experiment] });
  await searchLoggedModels(ask, experiment);
  return id;
}

async function searchLoggedModels(
  ask: (name: string, path: string, body: Body) => Promise<Answer>,
  experiment: string,
): Promise<void> {
  const search = (name: string, body: Body): Promise<Answer> =>
    ask(`search logged models ${name}`, `${base}/logged-models/search`, { experiment_ids: [experiment], ...body });
  await search("by name", { filter: "name = 'fit'" });
  await search("by another name", { filter: "name = 'other'" });
  await search("by metric", { filter: "metrics.auc > 0.8" });
  await search("by a lower metric", { filter: "metrics.auc < 0.8" });
  await search("by param", { filter: "params.depth = '3'" });
  await search("by tag", { filter: "tags.a = 'b'" });
  await search("by type", { filter: "model_type = 'onnx'" });
  await search("by a typo", { filter: "nme = 'fit'" });
  await search("on a dataset", {
    filter: "metrics.auc > 0.8",
    datasets: [{ dataset_name: "cases", dataset_digest: "3f2a91aa" }],
  });
  await search("on another dataset", { filter: "metrics.auc > 0.8", datasets: [{ dataset_name: "none" }] });
  await search("in order", { order_by: [{ field_name: "metrics.auc", ascending: false }] });
  await search("in an order there is not", { order_by: [{ field_name: "nme" }] });
}

interface Files extends Made {
  readonly model: string;
  readonly peer: Peer;
}

async function talkOfModelFiles({ ask }: Conversation, { experiment, model, peer }: Files): Promise<void> {
  const place = `/api/2.0/mlflow-artifacts/artifacts/${experiment}/models/${model}/artifacts`;
  await put(peer, `${place}/MLmodel`, "flavors: {}\n");
  await put(peer, `${place}/data/model.onnx`, "bytes");
  const listing = `${base}/logged-models/${model}/artifacts/directories`;
  await ask("files of a model", listing);
  await ask("files of its folder", `${listing}?artifact_directory_path=data`);
  await ask("proxied files", `/api/2.0/mlflow-artifacts/artifacts?path=${experiment}/models/${model}/artifacts`);
  const source = `models:/${model}`;
  await ask("version of a logged model", `${base}/model-versions/create`, { name: "seir", source, model_id: model });
  await ask("its download uri", `${base}/model-versions/get-download-uri?name=seir&version=3`);
  await ask("registered logged model", `${base}/logged-models/${model}`);
}

async function talkOfEnds({ ask, by }: Conversation, model: string): Promise<void> {
  await by(`delete logged model: DELETE ${base}/logged-models/${model}`);
  await ask("get the deleted", `${base}/logged-models/${model}`);
  await by(`delete it once more: DELETE ${base}/logged-models/${model}`);
}
