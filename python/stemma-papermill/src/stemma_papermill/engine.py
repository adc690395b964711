"""Tells the kernel what it runs."""

import os

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine
from papermill.log import logger
from papermill.utils import merge_kwargs, remove_args


class StemmaClient(PapermillNotebookClient):
    """Sends the cell's id with each request, as JupyterLab does."""

    def execute_cell(self, cell, cell_index, *args, **kwargs):
        self.kc.session.metadata = {"cellId": cell["id"]} if "id" in cell else {}
        return super().execute_cell(cell, cell_index, *args, **kwargs)


class StemmaEngine(NBClientEngine):
    """papermill's own engine; the kernel also learns the notebook's path and the ids of its cells."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man,
        kernel_name,
        log_output=False,
        stdout_file=None,
        stderr_file=None,
        start_timeout=60,
        execution_timeout=None,
        **kwargs,
    ):
        notebook = kwargs.get("input_path")
        options = merge_kwargs(
            remove_args(["timeout", "startup_timeout", "input_path"], **kwargs),
            timeout=execution_timeout or kwargs.get("timeout"),
            startup_timeout=start_timeout,
            kernel_name=kernel_name,
            log=logger,
            log_output=log_output,
            stdout_file=stdout_file,
            stderr_file=stderr_file,
        )
        client = StemmaClient(nb_man, **options)
        return client.execute(env=_environment(notebook, client))


def _environment(notebook, client):
    """Paths in cells are relative to the kernel's folder: a notebook of another folder would give them a second meaning."""
    if not isinstance(notebook, str) or not os.path.isfile(notebook):
        return dict(os.environ)
    path = os.path.abspath(notebook)
    folder = client.resources.get("metadata", {}).get("path") or os.getcwd()
    if os.path.realpath(folder) != os.path.realpath(os.path.dirname(path)):
        return dict(os.environ)
    return {**os.environ, "STEMMA_NOTEBOOK": path}
