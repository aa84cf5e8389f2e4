"""Killing a process at one line of the outbox, and checking what the next one finds.

Each case is a real process, forked and ended with `os._exit` just before one line. The lines are found by running a
life once, so a line that somebody adds is killed at too.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, Final

from producers import chain, durable_file, local_key, outbox, outbox_tables, picking, restore_mark, stored_wire
from producers.outbox_rows import Answered, Changes, PickedRow
from tests.unit.producers.outboxes import new_row, opened, seal

Line = tuple[str, int]
EVERY_MODULE: Final = (chain, durable_file, local_key, outbox, outbox_tables, picking, restore_mark, stored_wire)
MODULES: Final = frozenset(str(module.__file__) for module in EVERY_MODULE)
KILLED: Final = 137


class Witness:
    """What left the process before it died: a file that outlives it, one line a fact."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, word: str, *parts: object) -> None:
        with self.path.open("a", encoding="ascii") as file:
            file.write(" ".join((word, *map(str, parts))) + "\n")

    def facts(self, word: str) -> list[list[str]]:
        if not self.path.exists():
            return []
        lines = (line.split() for line in self.path.read_text(encoding="ascii").splitlines())
        return [rest for found, *rest in lines if found == word]

    def note_sent(self, row: PickedRow) -> None:
        self.note("sent", row.sequence, row.first_id, row.wire.value.hex())


def a_life(folder: Path, witness: Witness) -> None:
    """Open, keep, pick, send, hear from broker and hub, and close; twice."""
    for _ in range(2):
        with opened(folder) as box:
            for row in box.unacknowledged():
                witness.note_sent(row)
            new = [new_row(priority=each) for each in (1, 9, 5)]
            picked = box.transact(Changes(put=new, room=2), seal).picked
            for kept in new:
                witness.note("kept", kept.message_id)
            for row in picked:
                witness.note_sent(row)
            witness.note("answered", picked[0].first_id)
            done = Changes(
                taken=[picked[0].number], answered=[Answered(first_id=picked[0].first_id)], position=5, room=1
            )
            for row in box.transact(done, seal).picked:
                witness.note_sent(row)


def traced(on_line: Callable[[Line], None]) -> Callable[[FrameType, str, Any], Any]:
    def trace(frame: FrameType, event: str, _: Any) -> Any:  # noqa: ANN401 - the shape sys.settrace asks for
        if frame.f_code.co_filename not in MODULES:
            return None
        if event == "line":
            on_line((frame.f_code.co_filename, frame.f_lineno))
        return trace

    return trace


def lines_of_a_life(folder: Path) -> list[tuple[Line, int]]:
    """Every line that a life runs through, at its first time and, if it comes again, at its last."""
    counts: dict[Line, int] = {}

    def count(line: Line) -> None:
        counts[line] = counts.get(line, 0) + 1

    before = sys.gettrace()
    sys.settrace(traced(count))
    try:
        a_life(folder, Witness(folder / "witness"))
    finally:
        sys.settrace(before)
    return [(line, time) for line, times in counts.items() for time in sorted({1, times})]


def die_at(wanted: Line, time: int, folder: Path) -> int:
    """Live in a process of its own and die just before that line, for that time; the status it ended with."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    passed = 0

    def kill(line: Line) -> None:
        nonlocal passed
        passed += line == wanted
        if passed == time:
            os._exit(KILLED)

    try:
        sys.settrace(traced(kill))
        a_life(folder, Witness(folder / "witness"))
        os._exit(0)
    finally:
        os._exit(1)


def check_after_restart(folder: Path, when: str) -> None:
    witness = Witness(folder / "witness")
    with opened(folder) as box:
        for row in box.unacknowledged():
            witness.note_sent(row)
        while picked := box.transact(Changes(room=16), seal).picked:
            for row in picked:
                witness.note_sent(row)
        left = {first_id for first_id, _ in box.expected().values()}
    sent = witness.facts("sent")
    kept = {row for (row,) in witness.facts("kept")}
    answered = {row for (row,) in witness.facts("answered")}
    assert kept <= left | answered, f"{when}: a kept row is gone"
    bytes_of: dict[str, set[str]] = {}
    for sequence, _, value in sent:
        bytes_of.setdefault(sequence, set()).add(value)
    assert all(len(values) == 1 for values in bytes_of.values()), f"{when}: one number, two messages"
    assert sorted(map(int, bytes_of)) == list(range(1, len(bytes_of) + 1)), f"{when}: a gap"
    assert kept <= {row for _, row, _ in sent}, f"{when}: a kept row never went out"


def sweep(folder: Path, modules: Iterable[ModuleType]) -> int:
    """Kill at every line of these modules in turn, and check; how many kills it was."""
    wanted = {str(module.__file__) for module in modules}
    once = folder / "once"
    once.mkdir()
    points = [(line, time) for line, time in lines_of_a_life(once) if line[0] in wanted]
    for number, (line, time) in enumerate(points):
        life = folder / str(number)
        life.mkdir()
        assert die_at(line, time, life) == KILLED, line
        check_after_restart(life, f"killed before {Path(line[0]).name}:{line[1]}, time {time}")
    return len(points)


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A folder on a memory disk where there is one: a kill of a process does not ask for the disk's own durability."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)
