"""What the tests ask of the real MLflow client about models: `models.py JSON` with [name, input] by key, answers as JSON."""

import json
import sys

import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException


def plain(value):
    if isinstance(value, pd.DataFrame):
        return {name: plain(column.to_numpy()) for name, column in value.items()}
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value.tolist() if isinstance(value, np.ndarray) else value


def predict(uri, records=None, rows=None):
    model = mlflow.pyfunc.load_model(uri)
    given = pd.DataFrame(records) if rows is None else np.array(rows, dtype=np.float32)
    signature = model.metadata.signature
    return {
        "said": plain(model.predict(given)),
        "inputs": None if signature is None else signature.inputs.to_dict(),
        "run": model.metadata.run_id,
        "model": model.metadata.model_id,
        "example": plain(model.input_example),
    }


def refused(uri):
    try:
        mlflow.pyfunc.load_model(uri)
    except MlflowException as error:
        return str(error)
    return None


def log_sklearn(name, experiment, rows, labels):
    """A scikit-learn model as ONNX, logged and registered by MLflow's own client, and what it says there."""
    from mlflow.models import infer_signature
    from skl2onnx import to_onnx
    from sklearn.ensemble import RandomForestClassifier

    features = np.array(rows, dtype=np.float32)
    model = RandomForestClassifier(n_estimators=7, random_state=3).fit(features, labels)
    exported = to_onnx(model, features[:1], options={"zipmap": False})
    mlflow.set_experiment(experiment)
    frame = pd.DataFrame(features, columns=[f"x{i}" for i in range(features.shape[1])])
    with mlflow.start_run() as run:
        info = mlflow.onnx.log_model(
            exported,
            name="forest",
            registered_model_name=name,
            # Else MLflow loads the model in a process of its own to see what it imports.
            pip_requirements=["mlflow", "onnx", "onnxruntime"],
            signature=infer_signature(frame, model.predict(features)),
        )
    mlflow.MlflowClient().set_registered_model_alias(name, "champion", info.registered_model_version)
    probabilities = model.predict_proba(features)
    return {"labels": model.predict(features).tolist(), "probabilities": probabilities.tolist(), "run": run.info.run_id}


def registered(name):
    client = mlflow.MlflowClient()
    version = client.get_model_version_by_alias(name, "champion")
    logged = client.get_logged_model(version.model_id or version.source.split("/")[-1])
    return {
        "version": version.version,
        "run": version.run_id,
        "status": str(logged.status),
        "name": logged.name,
        "outputs": len(client.get_run(version.run_id).outputs.model_outputs),
    }


functions = {f.__name__: f for f in (predict, refused, log_sklearn, registered)}
calls = json.loads(sys.argv[1])
print(json.dumps({key: functions[name](**given) for key, (name, given) in calls.items()}))
