"""What the tests ask of the real MLflow client: `client.py JSON` with [name, input] by key, the answers as JSON on stdout.

All calls of a test file go in one process: to import mlflow takes seconds.
"""

import json
import os
import sys
import tempfile

import mlflow
from mlflow.exceptions import MlflowException


def plain(value):
    """JSON that tells NaN and infinities apart from nothing."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return repr(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def runs(experiment, **search):
    frame = mlflow.search_runs(experiment_names=[experiment], **search)
    times = [name for name in ("start_time", "end_time") if name in frame]
    frame = frame.astype({name: "string" for name in times})
    return json.loads(frame.to_json(orient="records", date_format="iso"))


def values(experiment, **search):
    """Metrics and params as the entities hold them: a data frame turns NaN into a missing value."""
    found = mlflow.search_runs(experiment_names=[experiment], output_format="list", **search)
    return [
        {"name": run.info.run_name, "status": run.info.status, "metrics": run.data.metrics, "params": run.data.params}
        for run in found
    ]


def history(run, key):
    points = mlflow.MlflowClient().get_metric_history(run, key)
    return [[point.step, point.value, point.timestamp] for point in points]


def artifacts(run, path=None):
    entries = mlflow.MlflowClient().list_artifacts(run, path)
    return [[entry.path, entry.is_dir, entry.file_size] for entry in entries]


def download(run, path):
    with tempfile.TemporaryDirectory() as folder:
        local = mlflow.artifacts.download_artifacts(run_id=run, artifact_path=path, dst_path=folder)
        if not os.path.isdir(local):
            return {os.path.basename(local): open(local, "rb").read().hex()}
        files = [os.path.join(root, name) for root, _, names in os.walk(local) for name in names]
        return {os.path.relpath(name, local): open(name, "rb").read().hex() for name in files}


def inputs(run):
    found = mlflow.get_run(run).inputs.dataset_inputs
    return [
        [item.dataset.name, item.dataset.digest, item.dataset.source_type, {tag.key: tag.value for tag in item.tags}]
        for item in found
    ]


def experiments(**search):
    return [[item.name, item.lifecycle_stage] for item in mlflow.search_experiments(**search)]


def write(experiment):
    """A run as a notebook of the team logs it."""
    mlflow.set_experiment(experiment)
    with mlflow.start_run(run_name="from python", tags={"team": "epi"}) as run:
        mlflow.log_param("beta", 0.3)
        mlflow.log_params({"sigma": 0.5, "text": "ä b"})
        for step in range(5):
            mlflow.log_metric("rmse", 10 - step, step=step)
        mlflow.log_metrics({"nan": float("nan"), "inf": float("inf"), "small": 1e-300}, step=3)
        mlflow.set_tag("mlflow.note.content", "a note")
        mlflow.set_tag("gone", "x")
        mlflow.delete_tag("gone")
        mlflow.log_text("größe", "notes/größe.txt")
        mlflow.log_dict({"a": 1}, "fit.json")
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "big.bin"), "wb") as file:
                file.write(bytes(range(256)) * 8192)
            mlflow.log_artifacts(folder, "data")
        import pandas

        mlflow.log_input(mlflow.data.from_pandas(pandas.DataFrame({"t": [1, 2]}), name="cases"), context="training")
        with mlflow.start_run(run_name="child", nested=True) as child:
            mlflow.log_metric("loss", 0.5)
    return {"run": run.info.run_id, "child": child.info.run_id}


def refused(run):
    """The error codes that the client makes of what may not be done."""
    client = mlflow.MlflowClient()
    codes = {}

    def attempt(name, call):
        try:
            call()
            codes[name] = "passed"
        except MlflowException as error:
            codes[name] = error.error_code

    attempt("no such run", lambda: client.get_run("0" * 32))
    attempt("another param value", lambda: client.log_param(run, "beta", "9"))
    attempt("same param value", lambda: client.log_param(run, "beta", "0.3"))
    attempt("experiment twice", lambda: client.create_experiment("seir"))
    attempt("bad filter", lambda: client.search_runs(["1"], "metrics.rmse < 1 XOR metrics.rmse > 2"))
    attempt("no such artifact", lambda: client.download_artifacts(run, "nope.txt"))
    return codes


def answer(name, given):
    try:
        return plain(globals()[name](**given))
    except MlflowException as error:
        return {"error": error.error_code, "message": str(error)}


calls = json.loads(sys.argv[1])
print(json.dumps({key: answer(name, given) for key, (name, given) in calls.items()}))
