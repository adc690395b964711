"""Runs command lines of Python programs quickly: their modules are imported once, each command is a fork of this process.

Arguments: what a program is, as `name=module:function`. One JSON object a line on stdin: {"argv", "cwd", "env", "in", "out",
"err"} (the last three: files); argv[0] is a program's name, or "python", and then argv[1] is its text. One line a command on
stdout when it has ended: its exit code.
"""

import importlib
import json
import os
import sys


def take(descriptor: int, path: str, flags: int) -> None:
    file = os.open(path, flags, 0o644)
    os.dup2(file, descriptor)
    os.close(file)


def play(job: dict) -> int:
    """What a command does in the process of its own; gives its exit code."""
    take(0, job["in"], os.O_RDONLY)
    take(1, job["out"], os.O_WRONLY | os.O_CREAT)
    take(2, job["err"], os.O_WRONLY | os.O_CREAT)
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    name, *rest = sys.argv = job["argv"]
    try:
        if name == "python":
            exec(rest[0], {"__name__": "__main__"})
            return 0
        return programs[name]() or 0
    except SystemExit as exit:
        if isinstance(exit.code, str):
            print(exit.code, file=sys.stderr)
        return exit.code if isinstance(exit.code, int) else int(exit.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1


def answer(job: dict) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 255
    try:
        code = play(job)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


programs = {}
for word in sys.argv[1:]:
    name, place = word.split("=")
    module, function = place.split(":")
    programs[name] = getattr(importlib.import_module(module), function)
print("ready", flush=True)
for line in iter(sys.stdin.readline, ""):
    print(answer(json.loads(line)), flush=True)
