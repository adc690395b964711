"""What the real MLflow client finds in runs that we wrote: `media.py EXPERIMENT RUN` prints it as JSON."""

import io
import json
import sys

import mlflow
import PIL.Image
from mlflow.system_metrics.metrics.cpu_monitor import CPUMonitor
from mlflow.system_metrics.metrics.disk_monitor import DiskMonitor
from mlflow.system_metrics.metrics.network_monitor import NetworkMonitor
from mlflow.types import Schema

client = mlflow.MlflowClient()
experiment, run_id = sys.argv[1:]
experiment_id = client.get_experiment_by_name(experiment).experiment_id


def table(path):
    frame = client.load_table(experiment_id, path, extra_columns=["run_id"])
    dtypes = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    return {"rows": json.loads(frame.to_json(orient="values", date_format="iso")), "dtypes": dtypes}


def images():
    found = []
    for entry in client.list_artifacts(run_id, "images"):
        image = PIL.Image.open(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=entry.path))
        key, _, step, _, time, *rest = entry.path[len("images/"):].rsplit(".", 1)[0].split("+")
        found.append([key, int(step), len(rest), image.mode, list(image.size), list(image.getdata())[:2]])
    return sorted(found, key=lambda one: one[:3])


def system_names():
    names = set()
    for monitor in (CPUMonitor(), DiskMonitor(), NetworkMonitor()):
        monitor.collect_metrics()
        names |= set(monitor.metrics)
    return sorted("system/" + name for name in names)


run = client.get_run(run_id)
inputs = [
    {
        "name": one.dataset.name,
        "digest": one.dataset.digest,
        "type": one.dataset.source_type,
        "columns": [[column.name, str(column.type), column.required] for column in Schema.from_json(json.dumps(json.loads(one.dataset.schema)["mlflow_colspec"])).inputs],
        "profile": json.loads(one.dataset.profile),
        "context": [tag.value for tag in one.tags],
    }
    for one in run.inputs.dataset_inputs
]
print(
    json.dumps(
        {
            "parquet": table("fits.parquet"),
            "json": table("out/fits.json"),
            "images": images(),
            "logged images": run.data.tags.get("mlflow.loggedImages"),
            "inputs": inputs,
            "system names": system_names(),
            "system": sorted(name for name in run.data.metrics if "gpu_" not in name and name.startswith("system/")),
            "repository": run.data.tags.get("mlflow.source.git.repoURL"),
        }
    )
)
