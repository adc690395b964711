"""JupyterLab for the browser tests: open to Galata's page object, on 127.0.0.1 and for as long as the tests run."""

import json
import os

from jupyterlab.galata import configure_jupyter_server

configure_jupyter_server(c)  # noqa: F821
# Playwright sets it for what it starts; beside NO_COLOR, Node warns of it under each cell that starts a thread.
os.environ.pop("FORCE_COLOR", None)
c.ServerApp.port = int(os.environ["STEMMA_LAB_PORT"])  # noqa: F821
c.ServerProxy.servers = json.loads(os.environ["STEMMA_LAB_PROXY"])  # noqa: F821
