"""A process beside a worker that works for it while it reads a long stretch of the log again: it computes, no more.

Run as `python -m streams.side_process` by `streams.side_processes`, which speaks to it over its standard input and
output. The first frame says whose settings to take; each further one is a piece of work, answered in turn. It holds
the worker's keys, talks to no broker and writes nothing, so that whenever it ends, nothing is lost; it ends when its
input does, and so also, without a word, when the worker is killed: in the middle of a frame, or before its answer.
"""

import contextlib
import gc
import os
import pickle
import sys
from typing import Any, BinaryIO

from schemas.codec import SchemaIds
from streams.basis import Basis
from streams.logs import log_as_json_lines
from streams.quiet_look import QuietLooks
from streams.secrets import HubSecrets
from streams.side_work import HEAD, Answer, Begin, GoBy, Verify, basis_of, frame, verified


def _read(source: BinaryIO) -> Any:  # noqa: ANN401 - any of the frames
    """The next frame; None where the input ends before it, or within."""
    head = source.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    size = HEAD.unpack(head)[0]
    said = source.read(size)
    return pickle.loads(said) if len(said) == size else None  # noqa: S301 - the worker that started us wrote it


def main(source: BinaryIO, sink: BinaryIO) -> None:
    """Work until the input ends.

    Raises:
        BrokenPipeError: nobody takes the answers any more.
    """
    begin: Begin | None = _read(source)
    if begin is None:
        return
    settings, ids = begin.settings, SchemaIds.from_mapping(begin.ids)
    looks = QuietLooks(HubSecrets.read(settings), ids)
    basis: Basis | None = None
    gc.disable()  # frozen values without cycles; what it works on is let go of after every frame
    while (work := _read(source)) is not None:
        if isinstance(work, GoBy):
            basis = basis_of(work)
            continue
        if basis is None:
            message = "work came before what to go by"
            raise ValueError(message)
        answer: Answer
        if isinstance(work, Verify):
            answer = verified(work.records, basis.directory, ids)
        else:
            answer = looks.all(work.children, basis, work.now, is_whole=work.is_whole)
        sink.write(frame(answer))
        sink.flush()


if __name__ == "__main__":
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever else is said must not stand between two frames
    log_as_json_lines()
    with contextlib.suppress(BrokenPipeError), answers:  # what could not be written is tried once more at its end
        main(sys.stdin.buffer, answers)
