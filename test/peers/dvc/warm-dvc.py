"""Runs command lines of the real DVC quickly: DVC is imported once, each command is a fork of this process.

One JSON object a line on stdin: {"id", "argv", "cwd", "env", "out", "err"} (the last two: files for the command's output).
One line a command on stdout when it has ended: its id and its exit code. Commands run beside each other.
"""

import contextlib
import importlib
import json
import os
import pkgutil
import sys
import threading

os.environ["DVC_NO_ANALYTICS"] = "1"

import dvc.cli
import dvc.cli.parser

# Verbs import late what they need; a fork then finds it loaded.
PACKAGES = ["dvc", "dvc_data", "dvc_objects", "dvc_render", "scmrepo", "dulwich"]
OTHERS = ["networkx", "rich.table", "rich.status", "psutil", "pygit2", "platformdirs", "shtab", "ruamel.yaml"]
LEFT_OUT = ("testing", "__main__", "tests", "_pyinstaller", "contrib", "pytest_plugin", "worktree_cli", ".cli")


def load() -> None:
    names = list(OTHERS)
    for package in map(importlib.import_module, PACKAGES):
        names += [module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.", lambda _: None)]
    for name in names:
        if not any(part in name for part in LEFT_OUT):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    dvc.cli.parser.get_main_parser()


def redirect(descriptor: int, path: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, descriptor)
    os.close(file)


def play(job: dict) -> int:
    """The process of a command; it never comes back in the process itself."""
    child = os.fork()
    if child:
        return child
    code = 255
    try:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        redirect(1, job["out"])
        redirect(2, job["err"])
        os.chdir(job["cwd"])
        os.environ.clear()
        os.environ.update(job["env"])
        try:
            code = dvc.cli.main(job["argv"])
        except SystemExit as exit:
            code = exit.code if isinstance(exit.code, int) else 1
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code or 0)


load()
answers = os.dup(1)
os.write(answers, b"ready\n")


def answer(id: int, child: int) -> None:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(answers, f"{id} {code}\n".encode())


waiting = []
for line in sys.stdin:
    job = json.loads(line)
    waiting = [thread for thread in waiting if thread.is_alive()]
    waiting.append(threading.Thread(target=answer, args=(job["id"], play(job))))
    waiting[-1].start()
