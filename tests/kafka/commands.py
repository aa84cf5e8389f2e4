"""Commands of `homeward` as a person gives them: in a shell, in the background, or in this process.

A process of its own spends most of its time reading the program. So a test runs those commands in processes that it is
about (what a new user types, a hub that is away, a hub that comes back), and the many that ask it something here.
"""

import contextlib
import gc
import io
import json
import logging
import os
import shlex
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import structlog

from deploy.cli import main, shapes

UP_SECONDS, COMMAND_SECONDS = 150, 90


def environment(home: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HOMEWARD_HOME": str(home)}


@contextlib.contextmanager
def in_background(command: str, home: Path, *, ends_with: int = 0) -> Iterator[subprocess.Popen[str]]:
    with (home / "up.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - a command of our own page
            command.split(), env=environment(home), stdout=log, stderr=log, text=True
        )
    try:
        deadline = time.monotonic() + UP_SECONDS
        while "the hub runs" not in (said := (home / "up.log").read_text()):
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.2)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == ends_with, (home / "up.log").read_text()


def run(command: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - a command of our own page
        ["/bin/sh", "-c", command],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )


def here(command: str, home: Path) -> subprocess.CompletedProcess[str]:
    """What `run` gives for a command of ours, without a process of its own: the same words, output and status.

    A connection that the broker ended is closed by aiokafka without waiting for the goodbye of TLS. A process ends with
    that; here it is thrown away before the next test is blamed for it.
    """
    words = shlex.split(command)
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    client = logging.getLogger("aiokafka")
    kept = client.propagate, list(client.handlers)
    status: str | int | None = 0
    gc.freeze()
    try:
        with (
            warnings.catch_warnings(),
            mock.patch.object(sys, "argv", words),
            mock.patch.dict(os.environ, environment(home)),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            warnings.filterwarnings("ignore", "unclosed (transport|<socket)", ResourceWarning)
            try:
                main()
            except SystemExit as ended:
                status = ended.code
            gc.collect()
    finally:
        gc.unfreeze()
        client.propagate, client.handlers = kept
        structlog.reset_defaults()
    said = [each.buffer.getvalue().decode() for each in (out, err)]
    return subprocess.CompletedProcess(words, int(status or 0), *said)


def keeps_to_its_shape(command: str, home: Path) -> None:
    done = here(f"homeward {command} --json", home)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), f"{command}\n{done.stderr}"
    name = next(known for known in shapes.SHAPES if f"homeward {command} ".startswith(f"{known} "))
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(printed) == 1 or name in shapes.STREAMS, command
    assert [fault for each in printed for fault in shapes.faults(name, each)] == [], command
