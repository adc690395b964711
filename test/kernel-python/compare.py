"""What a kernel does, asked over Jupyter's protocol: python compare.py KIND ARGV EXPECTED, the last two as JSON.

Prints {question: yes or no} for the questions in EXPECTED, which says what is thought of each: where a yes is expected, the kernel gets
much time, where a no, five seconds. Every question is put in the same way to every kernel; only the words of the language differ.
"""

import json
import sys
import time

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

KIND, ARGV, EXPECTED = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
LONG, SHORT = 60, 5


def patience(name):
    return LONG if EXPECTED[name] else SHORT


TYPESCRIPT = {
    "types": ['const wrong: number = "a"; console.log("ran")'],
    "shorthand": ["const q = 20", 'console.log("q is", JSON.stringify({ q }))'],
    "kept": ['let kept = 5; throw new Error("no")', 'console.log("kept", kept)'],
    "error": ['throw new RangeError("no")'],
    "late": ['setTimeout(() => console.log("late"), 300)', "await new Promise((resolve) => setTimeout(resolve, 900))"],
    "module": ['import { value } from "awaits-at-top"; console.log("value", value)'],
    "input": {"stemma": 'await input("name? ")', "tslab": 'import * as readline from "node:readline/promises"; await readline.createInterface({ input: process.stdin }).question("name? ")', "deno": 'prompt("name? ")'},
    "await": ['console.log("running"); await new Promise((resolve) => setTimeout(resolve, 60000))', 'console.log("alive")'],
    "loop": ['await null; console.log("running"); await new Promise(setImmediate); while (true) {}', 'console.log("alive")'],
}
PYTHON = {
    "types": ['wrong: int = "a"; print("ran")'],
    "kept": ['kept = 5; raise ValueError("no")', 'print("kept", kept)'],
    "error": ['raise ValueError("no")'],
    "late": [
        'import asyncio\nasync def late():\n    await asyncio.sleep(0.3)\n    print("late")\ntask = asyncio.ensure_future(late())',
        "await asyncio.sleep(0.9)",
    ],
    "input": {"python": 'input("name? ")'},
    "await": ['import asyncio; print("running", flush=True); await asyncio.sleep(60)', 'print("alive")'],
    "loop": ['import asyncio; print("running", flush=True); await asyncio.sleep(0.1)\nwhile True: pass', 'print("alive")'],
}
CELLS = PYTHON if KIND == "python" else TYPESCRIPT


class Session:
    def __init__(self):
        self.manager = KernelManager()
        self.manager._kernel_spec = KernelSpec(argv=ARGV, display_name=KIND, language=KIND)
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def send(self, code, **options):
        return self.client.execute(code, **options)

    def collect(self, message_id, seconds=LONG, on_output=None):
        """The reply of a cell and all outputs until it is idle, each with whether it came under this cell."""
        outputs, reply, idle = [], None, False
        end = time.monotonic() + seconds
        while time.monotonic() < end and not (reply and idle):
            reply = reply or self._reply(message_id)
            message = self._take(self.client.get_iopub_msg, 0.05)
            if message is None:
                continue
            own = message["parent_header"].get("msg_id") == message_id
            if message["msg_type"] == "status":
                idle = idle or (own and message["content"]["execution_state"] == "idle")
            else:
                outputs.append((message["msg_type"], message["content"], own))
                if on_output:
                    on_output(message)
        return reply, outputs

    def until(self, message_id, text):
        end = time.monotonic() + LONG
        while time.monotonic() < end:
            message = self._take(self.client.get_iopub_msg, 0.05)
            if message and text in message["content"].get("text", ""):
                return
        raise RuntimeError(f"the kernel never said {text}")

    def run(self, code, **options):
        return self.collect(self.send(code, **options))

    def _reply(self, message_id):
        message = self._take(self.client.get_shell_msg, 0.01)
        return message["content"] if message and message["parent_header"].get("msg_id") == message_id else None

    def _take(self, get, seconds):
        from queue import Empty

        try:
            return get(timeout=seconds)
        except Empty:
            return None

    def end(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def text_of(outputs):
    return "".join(content.get("text", "") for kind, content, _ in outputs if kind == "stream")


def types(session):
    reply, _ = session.run(CELLS["types"][0])
    time.sleep(0.3)
    return bool(reply) and reply["status"] == "error"


def says(session, name, wanted):
    for code in CELLS[name]:
        _, outputs = session.run(code)
        # Stock tslab refuses what comes soon after an error.
        time.sleep(0.3)
    return wanted in text_of(outputs)


def error(session):
    reply, outputs = session.run(CELLS["error"][0])
    time.sleep(0.3)
    told = any(kind == "error" and content["ename"] in ("RangeError", "ValueError") for kind, content, _ in outputs)
    return told and isinstance(reply.get("execution_count"), int)


def late(session):
    first = session.send(CELLS["late"][0])
    session.collect(first)
    found = []

    def look(message):
        if "late" in message["content"].get("text", ""):
            found.append(message["parent_header"].get("msg_id") == first)

    session.collect(session.send(CELLS["late"][1]), on_output=look)
    return found == [True]


def goes_on(session):
    """A headless run that allows errors sends the next cell at once."""
    session.run(CELLS["error"][0], stop_on_error=False)
    reply, _ = session.run("1 + 1")
    time.sleep(0.3)
    return bool(reply) and reply["status"] == "ok"


def asks(session):
    message_id = session.send(CELLS["input"][KIND], allow_stdin=True)
    question = session._take(session.client.get_stdin_msg, patience("input"))
    if question is None or question["msg_type"] != "input_request":
        return False
    session.client.input("Ada")
    reply, _ = session.collect(message_id)
    return bool(reply) and reply["status"] == "ok"


def history(session):
    session.run('"remembered"')
    message_id = session.client.history(hist_access_type="tail", n=5)
    end = time.monotonic() + patience("history")
    while time.monotonic() < end:
        reply = session._reply(message_id)
        if reply:
            return any("remembered" in str(entry) for entry in reply.get("history", []))
    return False


def stops(session, name):
    """The stop button ends the cell within a few seconds, and the next one runs."""
    message_id = session.send(CELLS[name][0])
    session.until(message_id, "running")
    time.sleep(0.3)
    session.manager.interrupt_kernel()
    reply, _ = session.collect(message_id, patience(name))
    if reply is None or reply["status"] != "error":
        return False
    time.sleep(0.3)
    _, outputs = session.run(CELLS[name][1])
    return "alive" in text_of(outputs)


# A question that may cost the kernel its life has a kernel of its own.
SHARED = {
    "types": types,
    "shorthand": lambda session: says(session, "shorthand", 'q is {"q":20}'),
    "kept": lambda session: says(session, "kept", "kept 5"),
    "error": error,
    "goes on": goes_on,
    "late": late,
    "module": lambda session: says(session, "module", "value 7"),
    "history": history,
}
ALONE = {
    "input": asks,
    "await": lambda session: stops(session, "await"),
    "loop": lambda session: stops(session, "loop"),
}


def answers(questions):
    session = Session()
    try:
        return {name: bool(questions[name](session)) for name in questions}
    finally:
        session.end()


found = answers({name: question for name, question in SHARED.items() if name in EXPECTED})
for name in [name for name in ALONE if name in EXPECTED]:
    found.update(answers({name: ALONE[name]}))
print(json.dumps(found))
