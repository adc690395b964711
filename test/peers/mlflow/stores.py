"""Makes MLflow's stores for the import's tests, by the real MLflow, and prints what it reads back from them as JSON.

python stores.py FOLDER REVISION... : FOLDER/<revision>.db, an older schema filled by SQL; FOLDER/head/mlflow.db and
FOLDER/mlruns, filled by the client; FOLDER/events, TensorBoard's files by tensorboardX.

python stores.py DATABASE read : `mlflow db upgrade`, then all that the client reads of it.
"""

import json
import math
import os
import sys
import urllib.parse
import warnings

warnings.filterwarnings("ignore")
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["GIT_PYTHON_REFRESH"] = "quiet"

import logging

import mlflow.db
import sqlalchemy
from alembic import command
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, LoggedModelOutput, LoggedModelStatus, ViewType
from mlflow.store.db.utils import _get_alembic_config
from mlflow.store.tracking.dbmodels.initial_models import Base

logging.disable(logging.CRITICAL)

folder, revisions = sys.argv[1], sys.argv[2:]
INFINITY = 1.7976931348623157e308


def old_database(revision):
    path = os.path.join(folder, revision + ".db")
    engine = sqlalchemy.create_engine("sqlite:///" + path)
    Base.metadata.create_all(engine)
    config = _get_alembic_config("sqlite:///" + path)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    with engine.begin() as c:
        tables = set(sqlalchemy.inspect(c).get_table_names())
        sql = c.exec_driver_sql
        kept = os.path.join(folder, "kept", "7", "a" * 32, "artifacts")
        os.makedirs(kept, exist_ok=True)
        with open(os.path.join(kept, "fit é.txt"), "w") as file:
            file.write("kept")
        big = 183456789012345678
        sql("INSERT INTO experiments VALUES (0, 'Default', '/x/0', 'active', 5, 6), (7, 'séir', '/x/7', 'active', 7, 8)")
        sql("INSERT INTO experiments VALUES (?, 'gone', '/x/9', 'deleted', 9, 10)", (big,))
        sql("INSERT INTO experiment_tags (key, value, experiment_id) VALUES ('owner', 'ada', 7)")
        run = "INSERT INTO runs (run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, experiment_id) VALUES (?, ?, 'LOCAL', ?, ?, ?, ?, ?, ?, ?)"
        sql(run, ("a" * 32, "parent run", "ada", "FINISHED", 100, 200, "active", "file://" + kept, 7))
        sql(run, ("b" * 32, "child", "ada", "FAILED", 110, None, "active", "", 7))
        sql(run, ("c" * 32, "dropped", "bo", "KILLED", 90, 95, "deleted", "s3://bucket/9/x/artifacts", big))
        sql("INSERT INTO tags (key, value, run_uuid) VALUES ('mlflow.parentRunId', ?, ?)", ("a" * 32, "b" * 32))
        sql("INSERT INTO params (key, value, run_uuid) VALUES ('model/β', '0.3', ?), ('empty', '', ?)", ("a" * 32,) * 2)
        points = [("loss", 3.5, 10, 0, 0), ("loss", 2.25, 11, 1, 0), ("loss", 0.0, 12, 2, 1), ("loss", -INFINITY, 13, -4, 0), ("loss", 2.25, 11, 2**60, 0)]
        for key, value, time, step, nan in points:
            sql("INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)", (key, value, time, step, nan, "a" * 32))
        if "inputs" in tables:
            sql("INSERT INTO datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type, dataset_source, dataset_profile) VALUES ('d1', 7, 'cases', 'abc123', 'local', '{}', '{\"num_rows\": 3}')")
            sql("INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id) VALUES ('i1', 'DATASET', 'd1', 'RUN', ?)", ("a" * 32,))
            sql("INSERT INTO input_tags VALUES ('i1', 'mlflow.data.context', 'training')")
    engine.dispose()


def fill(client):
    gone = client.create_experiment("gone")
    experiment = client.create_experiment("séir", tags={"owner": "ada"})
    parent = client.create_run(experiment, run_name="1e3", tags={"mlflow.note.content": "# note"})
    child = client.create_run(experiment, run_name="null", tags={"mlflow.parentRunId": parent.info.run_id})
    dropped = client.create_run(gone, run_name="dropped")
    values = [3.5, math.nan, math.inf, -math.inf, 0.1, 1e-300]
    metrics = [Metric("loss/train é", value, 1000 + i, i - 2) for i, value in enumerate(values)]
    many = [Metric("many", i / 3, 5000 + i // 7, i) for i in range(2500)]
    params = [Param("model/depth", "3"), Param("empty", ""), Param("text", "two\nlines é")]
    client.log_batch(parent.info.run_id, metrics, params, [RunTag("a/b", "c")])
    for at in range(0, len(many), 1000):
        client.log_batch(parent.info.run_id, many[at : at + 1000])
    data = Dataset("cases", "abc123", "local", '{"uri": "cases.csv"}', '{"mlflow_colspec": []}', '{"num_rows": 3}')
    client.log_inputs(parent.info.run_id, [DatasetInput(data, [InputTag("mlflow.data.context", "training")])])
    client.log_text(parent.info.run_id, "kept", "plots/fit é.txt")
    fill_models(client, experiment, parent.info.run_id)
    client.set_terminated(parent.info.run_id, "FINISHED", 9999)
    client.set_terminated(child.info.run_id, "FAILED", 9998)
    client.delete_run(child.info.run_id)
    client.delete_experiment(gone)
    return dropped


def fill_models(client, experiment, run):
    model = client.create_logged_model(experiment, "fit", run, {"team": "a"}, {"depth": "3"}, "linear")
    client.log_metric(run, "val", 0.5, 77, 3, model_id=model.model_id)
    client.log_outputs(run, [LoggedModelOutput(model.model_id, 4)])
    place = model.artifact_location.removeprefix("file://")
    os.makedirs(place, exist_ok=True)
    with open(os.path.join(place, "MLmodel"), "w") as file:
        file.write("flavors: {}")
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    client.create_registered_model("séir", {"kind": "ode"}, "# a model")
    client.create_model_version("séir", "models:/" + model.model_id, run, tags={"q": "1"}, description="first")
    source = client.get_run(run).info.artifact_uri + "/plots"
    client.create_model_version("séir", source, run)
    client.create_model_version("séir", source, run)
    client.transition_model_version_stage("séir", "2", "Production")
    client.set_registered_model_alias("séir", "champion", "1")
    client.delete_model_version("séir", "3")


def names(uri):
    return sorted(os.listdir(urllib.parse.unquote(uri.removeprefix("file://"))))


def read_models(client, found):
    experiments = [value[0] for value in found["experiments"].values()]
    for m in client.search_logged_models(experiments):
        found["models"][m.model_id] = [m.name, m.model_type, m.status.value, m.source_run_id, m.tags, m.params, [[x.key, number(x.value), x.step, x.timestamp, x.run_id] for x in m.metrics], names(m.artifact_location)]
    for m in client.search_registered_models():
        found["registry"][m.name] = [m.description or "", m.tags, {k: int(v) for k, v in m.aliases.items()}, [[int(v.version), v.current_stage, v.description or "", v.run_id, v.status, v.tags] for v in sorted(client.search_model_versions(f"name = '{m.name}'"), key=lambda v: int(v.version))]]
        for v in client.search_model_versions(f"name = '{m.name}'"):
            place = client.get_model_version_download_uri(m.name, v.version)
            found["files"][f"{m.name}/{v.version}"] = names(place)


def number(value):
    return repr(float(value))


def read(client):
    """All that MLflow says of a store, in a shape that is compared by text."""
    found = {"experiments": {}, "runs": {}, "models": {}, "registry": {}, "files": {}}
    for experiment in client.search_experiments(view_type=ViewType.ALL):
        found["experiments"][experiment.name] = [experiment.experiment_id, experiment.lifecycle_stage, experiment.tags]
        for run in client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL):
            history = {key: [[p.step, p.timestamp, number(p.value)] for p in client.get_metric_history(run.info.run_id, key)] for key in run.data.metrics}
            for points in history.values():
                points.sort(key=lambda point: (point[0], point[1]))
            inputs = [[i.dataset.name, i.dataset.digest, i.dataset.source_type, i.dataset.source, i.dataset.schema, i.dataset.profile, {t.key: t.value for t in i.tags}] for i in run.inputs.dataset_inputs]
            info = run.info
            found["runs"][info.run_id] = {
                "experiment": experiment.name,
                "info": [info.run_name, info.status, info.lifecycle_stage, info.user_id, info.start_time, info.end_time],
                "params": run.data.params,
                "tags": {k: v for k, v in run.data.tags.items()},
                "latest": {key: number(value) for key, value in run.data.metrics.items()},
                "metrics": history,
                "inputs": inputs,
                "models": [[o.model_id, o.step] for o in run.outputs.model_outputs] if run.outputs else [],
                "artifacts": files(client, info.run_id, "") if info.lifecycle_stage == "active" else [],
            }
    read_models(client, found)
    return found


def files(client, run, path):
    found = []
    for entry in client.list_artifacts(run, path or None):
        found += files(client, run, entry.path) if entry.is_dir else [[entry.path, entry.file_size]]
    return sorted(found)


def events():
    from tensorboardX import SummaryWriter

    for name in ["train", "eval/deep"]:
        with SummaryWriter(os.path.join(folder, "events", name)) as writer:
            for i in range(50):
                writer.add_scalar("loss (%)", 1 / (i + 1), i, walltime=1000 + i / 8)
            writer.add_scalar("acc", math.nan, 7, walltime=2000)
            if name == "train":
                writer.add_histogram("weights", [1, 2, 3], 1)
                writer.add_text("note", "hello", 1)


if revisions == ["read"]:
    # What `mlflow db upgrade` calls.
    mlflow.db.upgrade.callback("sqlite:///" + folder)
    print(json.dumps(read(MlflowClient("sqlite:///" + folder))))
    sys.exit()

for revision in revisions:
    old_database(revision)
head = os.path.join(folder, "head")
os.makedirs(head)
os.chdir(head)
said = {}
for name, uri in [("head", "sqlite:///" + os.path.join(head, "mlflow.db")), ("mlruns", os.path.join(folder, "mlruns"))]:
    # The registry looks logged models up where this is set.
    mlflow.set_tracking_uri(uri)
    client = MlflowClient(uri)
    fill(client)
    said[name] = read(client)
events()
print(json.dumps(said))
