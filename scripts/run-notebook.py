"""Runs a notebook from top to bottom in its folder and writes the result elsewhere; the notebook itself is only read.

usage: run-notebook.py NOTEBOOK OUTPUT [KERNEL]

Exit code 1 and the failing cell's words when a cell fails; the cells before it are in OUTPUT all the same.
"""

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError


def main(source: Path, target: Path, kernel: str | None) -> int:
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    # What Jupyter Server sets for a kernel that it starts: the runs are then this notebook's, not a copy's.
    os.environ["JPY_SESSION_NAME"] = str(source.resolve())
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name=kernel or notebook.metadata.kernelspec.name,
        resources={"metadata": {"path": str(source.resolve().parent)}},
    )
    try:
        client.execute()
        return 0
    except (CellExecutionError, DeadKernelError, TimeoutError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    finally:
        nbformat.write(notebook, target)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) == 4 else None))
