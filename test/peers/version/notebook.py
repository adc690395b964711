"""Real DVC and pandas on a repository of Stemma's: prints what they find, and writes files of their own."""
import json
import subprocess
import sys

import dvc.api
import pandas as pd

dvc_tool = sys.argv[1]


def run(*args):
    return subprocess.run([dvc_tool, *args], check=True, capture_output=True, text=True).stdout


found = {"urls": {}, "frames": {}}
for path in ["täble.parquet", "parts", "parts/x/1.csv"]:
    found["urls"][path] = dvc.api.get_url(path)
found["old url"] = dvc.api.get_url("täble.parquet", rev="v1")
readers = {
    "täble.parquet": pd.read_parquet,
    "t.arrow": pd.read_feather,
    "t.csv": pd.read_csv,
    "t.jsonl": lambda path: pd.read_json(path, lines=True),
}
for path, read in readers.items():
    frame = read(path)
    found["frames"][path] = {"rows": len(frame), "sum": float(frame["x"].sum()), "names": list(frame["name"].fillna("-"))}
found["status"] = run("status").strip()
found["data status"] = json.loads(run("data", "status", "--json"))

# Somebody changes the table with pandas, and DVC takes it.
frame = pd.read_parquet("täble.parquet")
frame["x"] = frame["x"] + 1
frame.to_parquet("täble.parquet", compression="zstd")
frame.to_feather("lz4.feather", compression="lz4")
frame.to_feather("zstd.feather", compression="zstd")
frame.to_csv("pandas.csv", index=False)
frame.to_json("pandas.jsonl", orient="records", lines=True)
frame.to_json("pandas.json")
run("add", "täble.parquet")
print(json.dumps(found))
