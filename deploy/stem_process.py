"""A process that has read what every worker reads, and then becomes each of them: it forks.

A worker takes a second of processor time and more to read its modules, at every start and after every crash. This
process does it once, beside the broker's start, and a worker that ended is back without it. At the moment of a fork it
has no thread, no event loop, no connection and no key, so nothing is shared that a fork would break.

Run as `python -m deploy.stem_process MODULE... [MODULE:FUNCTION...]`: functions are called beforehand, once for all. On
its input it gets requests, on its output it answers, a line of JSON each:

    {"number": 1, "name": "intake", "module": "streams.intake", "arguments": [...], "log_file": ..., "folder": null,
     "environment": {...}}
    {"number": 1, "pid": 4711}
    {"pid": 4711, "status": -9}

It ends when its input does, and whatever grew from it ends with it (`tied.py`). On Linux only: elsewhere nothing ties
them, and workers are started as programs of their own (`processes.py`).
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import sys
from typing import Any, Final

from setproctitle import setproctitle

from deploy.tied import tie_to

_INPUT: Final = 0
_OUTPUT: Final = 1
_PIECE: Final = 65_536

Request = dict[str, Any]


def main(beforehand: list[str]) -> None:
    """Read the modules and call the functions, then fork whatever is asked for; in each child, become that."""
    for name in beforehand:
        if ":" in name:
            pkgutil.resolve_name(name)()
        else:
            importlib.import_module(name)
    gc.freeze()
    stem = os.getpid()
    request = _next_to_become()
    if request is not None:
        _become(request, stem)


def _next_to_become() -> Request | None:
    """Answer requests until the input ends: None. In the child of one, which is to become it: that request."""
    ends, ended = os.pipe()
    for end in (ends, ended):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ended)
    asked = b""
    with selectors.DefaultSelector() as ready:
        ready.register(_INPUT, selectors.EVENT_READ)
        ready.register(ends, selectors.EVENT_READ)
        while True:
            readable = {key.fd for key, _ in ready.select()}
            if ends in readable:
                os.read(ends, _PIECE)
                _say_who_ended()
            if _INPUT in readable:
                if not (piece := os.read(_INPUT, _PIECE)):
                    return None
                *lines, asked = (asked + piece).split(b"\n")
                for line in lines:
                    request: Request = json.loads(line)
                    if (child := os.fork()) == 0:
                        signal.set_wakeup_fd(-1)
                        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                        os.close(ends)
                        os.close(ended)
                        return request
                    _say({"number": request["number"], "pid": child})


def _say_who_ended() -> None:
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not child:
            return
        _say({"pid": child, "status": os.waitstatus_to_exitcode(status)})


def _say(what: dict[str, int]) -> None:
    os.write(_OUTPUT, json.dumps(what).encode() + b"\n")


def _become(request: Request, stem: int) -> None:
    """Be that program from here on, as if it had been started anew: session, output, environment, `__main__`."""
    os.setsid()
    tie_to(stem)
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(request["log_file"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    for ours, theirs in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, theirs)
    os.close(nothing)
    os.close(log)
    if request["folder"] is not None:
        os.chdir(request["folder"])
    os.environ.update(request["environment"])
    module, arguments = request["module"], request["arguments"]
    setproctitle(" ".join(["homeward", request["name"], "-m", module, *arguments]))
    sys.argv[1:] = arguments
    sys.modules.pop(module, None)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
