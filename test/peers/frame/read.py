"""Says what pyarrow and pandas find in a Parquet file: argv[1] is the file, the answer is JSON. Numbers as the bits of their doubles."""

import datetime
import json
import struct
import sys

import pandas
import pyarrow.parquet


def shown(value):
    if isinstance(value, float):
        return struct.pack(">d", value).hex()
    if isinstance(value, datetime.datetime):
        return round((value - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)) / datetime.timedelta(milliseconds=1))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


table = pyarrow.parquet.read_table(sys.argv[1])
frame = pandas.read_parquet(sys.argv[1])
found = {
    "types": {field.name: str(field.type) for field in table.schema},
    "rows": table.num_rows,
    "pandas": list(frame.shape),
}
if table.num_rows < 10_000:
    found["columns"] = {name: [shown(value) for value in table[name].to_pylist()] for name in table.column_names}
else:
    found["sums"] = {name: frame[name].sum() for name in frame.columns if frame[name].dtype == "float64"}
json.dump(found, sys.stdout)
