"""A day with the real MLflow client: runs, data, a model, the registry. Prints what it read back as JSON.

Written as its users write it, against whatever server MLFLOW_TRACKING_URI names.
"""

import json
import warnings

import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from sklearn.linear_model import LinearRegression

warnings.filterwarnings("ignore")
client = mlflow.MlflowClient()
said = {}


def refused(work):
    try:
        work()
    except MlflowException as error:
        return error.error_code
    return "no error"


def runs():
    mlflow.set_experiment("day")
    with mlflow.start_run(run_name="parent", tags={"team": "épi"}) as parent:
        mlflow.log_params({"alpha": 0.5, "layers": [3, 4]})
        for step in range(3):
            mlflow.log_metrics({"loss": 1 / (step + 1), "nan": float("nan")}, step=step)
        frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [2.0, 4.0, 6.0, 8.0]})
        mlflow.log_input(mlflow.data.from_pandas(frame, name="cases", targets="y"), context="training")
        mlflow.log_text("words", "notes/ü.txt")
        mlflow.log_dict({"a": [1, None]}, "a.json")
        mlflow.log_table({"q": ["a", "b"], "n": [1, 2]}, "table.json")
        mlflow.log_image(np.zeros((4, 4, 3), dtype=np.uint8), key="picture", step=1)
        with mlflow.start_run(run_name="child", nested=True):
            mlflow.log_metric("loss", 0.25)
    run = client.get_run(parent.info.run_id)
    said["run"] = [run.info.run_name, run.info.status, run.data.params, run.data.metrics["loss"], run.data.tags["team"]]
    said["nan"] = str(run.data.metrics["nan"])
    said["input"] = [[i.dataset.name, [t.value for t in i.tags]] for i in run.inputs.dataset_inputs]
    said["text"] = mlflow.artifacts.load_text(run.info.artifact_uri + "/notes/ü.txt")
    said["table"] = mlflow.load_table("table.json", run_ids=[run.info.run_id]).to_dict(orient="list")
    said["images"] = len(client.list_artifacts(run.info.run_id, "images"))
    children = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{run.info.run_id}'")
    said["children"] = list(children["tags.mlflow.runName"])
    return frame, run


def experiments():
    experiment = mlflow.create_experiment("second", tags={"a": "b"})
    client.rename_experiment(experiment, "renamed")
    client.delete_experiment(experiment)
    said["deleted"] = [e.name for e in client.search_experiments(view_type=mlflow.entities.ViewType.DELETED_ONLY)]
    client.restore_experiment(experiment)
    said["experiments"] = sorted(e.name for e in client.search_experiments(filter_string="name != 'Default'"))
    said["tagged"] = [e.name for e in client.search_experiments(filter_string="tags.a = 'b'")]


def model(frame):
    with mlflow.start_run(run_name="fit") as run:
        fit = LinearRegression().fit(frame[["x"]], frame["y"])
        signature = infer_signature(frame[["x"]], fit.predict(frame[["x"]]))
        info = mlflow.sklearn.log_model(
            fit, name="line", signature=signature, input_example=frame[["x"]], registered_model_name="line",
            params={"fit_intercept": True}, tags={"kind": "toy"},
        )
        mlflow.log_metric("r2", 1.0, model_id=info.model_id)
    logged = mlflow.get_logged_model(info.model_id)
    said["logged"] = [logged.name, str(logged.status), logged.params, logged.tags["kind"], logged.source_run_id == run.info.run_id]
    said["model metric"] = [[m.key, m.value] for m in logged.metrics]
    said["outputs"] = [o.model_id == info.model_id for o in client.get_run(run.info.run_id).outputs.model_outputs]
    found = mlflow.search_logged_models(filter_string="metrics.r2 > 0.5", output_format="list")
    said["search models"] = [m.name for m in found]
    client.set_registered_model_alias("line", "champion", 1)
    predict = lambda uri: [round(float(v), 6) for v in mlflow.pyfunc.load_model(uri).predict(pd.DataFrame({"x": [5.0]}))]
    said["predictions"] = [predict(uri) for uri in ["models:/line@champion", "models:/line/1", info.model_uri, f"runs:/{run.info.run_id}/line"]]
    return run, info


def registry(run):
    second = mlflow.register_model(f"runs:/{run.info.run_id}/line", "line", tags={"from": "run"})
    client.update_model_version("line", second.version, description="again")
    client.set_model_version_tag("line", second.version, "ok", "yes")
    client.transition_model_version_stage("line", second.version, "Production")
    client.update_registered_model("line", description="A line")
    client.set_registered_model_tag("line", "team", "epi")
    name = client.get_registered_model("line")
    said["registered"] = [name.description, name.tags, {k: str(v) for k, v in name.aliases.items()}]
    said["versions"] = sorted([str(v.version), v.current_stage, v.tags.get("from")] for v in client.search_model_versions("name = 'line'"))
    said["by alias"] = str(client.get_model_version_by_alias("line", "champion").version)
    copied = client.copy_model_version("models:/line@champion", "copy")
    said["copied"] = [copied.name, str(copied.version)]
    client.rename_registered_model("copy", "moved")
    said["models"] = [m.name for m in client.search_registered_models(order_by=["name DESC"])]
    client.delete_registered_model_alias("line", "champion")
    said["no alias"] = refused(lambda: client.get_model_version_by_alias("line", "champion"))
    client.delete_model_version("line", second.version)
    said["left"] = [str(v.version) for v in client.search_model_versions("name = 'line'")]
    client.delete_registered_model("moved")
    said["gone"] = refused(lambda: client.get_registered_model("moved"))


frame, parent = runs()
experiments()
run, _ = model(frame)
registry(run)
client.delete_run(parent.info.run_id)
said["deleted run"] = refused(lambda: client.log_param(parent.info.run_id, "late", 1))
client.restore_run(parent.info.run_id)
print(json.dumps(said))
