"""What MLflow answers to the filters and orders of cases.json. Run again for a new version:

    .venv/bin/python test/track/search/record-answers.py

writes test/golden/mlflow-<version>/search.json. The answer to a filter is the places of the runs that it finds, as
digits; null where MLflow refuses it; "crash" where its server would answer 500.
"""

import json
import logging
import math
import pathlib
import tempfile

logging.disable(logging.WARNING)

import mlflow
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunStatus, RunTag, ViewType, ExperimentTag
from mlflow.exceptions import MlflowException
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

here = pathlib.Path(__file__).parent
cases = json.loads((here / "cases.json").read_text())
folder = tempfile.mkdtemp()
store = SqlAlchemyStore(f"sqlite:///{folder}/mlflow.db", f"{folder}/artifacts")


def make_run(experiment, run):
    tags = [RunTag("mlflow.user", run["user"])] + [RunTag(k, v) for k, v in run["tags"].items()]
    made = store.create_run(experiment, run["user"], run["start"], tags, run["name"]).info.run_id
    metrics = [Metric(k, float(v), 0, 0) for k, v in run["metrics"].items()]
    store.log_batch(made, metrics, [Param(k, v) for k, v in run["params"].items()], [])
    for name, digest, context in run["inputs"]:
        tags = [] if context is None else [InputTag("mlflow.data.context", context)]
        store.log_inputs(made, [DatasetInput(Dataset(name, digest, "dvc", "{}"), tags)])
    store.update_run_info(made, RunStatus.from_string(run["status"]), run["end"], None)
    return made


def answered(ask):
    try:
        return ask()
    except MlflowException as error:
        return None if error.get_http_status_code() < 500 else "crash"
    except Exception:
        return "crash"


experiment = store.create_experiment("runs")
ids = [make_run(experiment, run) for run in cases["runs"]]


def with_ids(text):
    for i, run_id in enumerate(ids):
        text = text.replace(f"${i}", run_id)
    return text


def runs(text="", order=()):
    found = store.search_runs([experiment], with_ids(text), ViewType.ALL, 100, list(order))
    return "".join(str(ids.index(run.info.run_id)) for run in found)


filters = {text: answered(lambda: runs(text)) for text in cases["filters"]}
orders = {text: answered(lambda: runs("", [text])) for text in cases["orders"]}

names = [case["name"] for case in cases["experiments"]]
for case in cases["experiments"]:
    store.create_experiment(case["name"], None, [ExperimentTag(k, v) for k, v in case["tags"].items()])


def experiments(text="", order=()):
    found = store.search_experiments(ViewType.ACTIVE_ONLY, 100, text, list(order))
    return "".join(str(names.index(found_one.name)) for found_one in found if found_one.name in names)


answers = {
    "filters": filters,
    "orders": orders,
    "experimentFilters": {text: answered(lambda: experiments(text)) for text in cases["experimentFilters"]},
    "experimentOrders": {text: answered(lambda: experiments("", [text])) for text in cases["experimentOrders"]},
}
target = here.parent.parent / "golden" / f"mlflow-{mlflow.__version__}" / "search.json"
target.write_text(json.dumps(answers, ensure_ascii=False, indent=1) + "\n")
print({kind: len(given) for kind, given in answers.items()}, target)
