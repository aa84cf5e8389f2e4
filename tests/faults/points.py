"""Named points of a worker at which a test may end it, or make it fail, as often as it says.

The worker's modules are run as they are; round each point stands a wrapper that looks, at every call, for a file that
a test has put down for this worker. Without that file nothing happens. The product knows nothing of this.
"""

import asyncio
import functools
import importlib
import inspect
import json
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

FOLDER: Final = "faults"
"""The folder, beside a hub's home, in which tests put faults down. Not a setting of Homeward's, on purpose."""
KILLED: Final = 9

POINTS: Final = {
    "send": ("streams.outbound", "Outbound.send"),
    "begin to send": ("streams.outbound", "Outbound.begin"),
    "send all": ("streams.outbound", "Outbound.all"),
    "flush the table": ("streams.table", "DurableTable.flush"),
    "write the store": ("streams.child_store", "ChildStore.write"),
    "make the keys": ("streams.keyring", "Keyring.ensure"),
    "answer": ("streams.intake", "Intake._answer"),
    "decide": ("streams.identity", "Identity._passed_on"),
    "bring up a child": ("streams.bring_up", "BringUp.all"),
    "tell of a child": ("streams.bring_up", "BringUp._tell"),
    "publish a child": ("streams.bring_up", "BringUp._publish"),
    "conclude": ("streams.bring_up", "BringUp._conclude"),
    "say who was told": ("streams.notices", "told"),
    "notices are out": ("streams.bring_up", "BringUp._measure"),
    "note the entries": ("streams.entries", "EntryPublisher.note"),
    "take an event": ("streams.children", "Children.take"),
    "settle": ("streams.shell", "Shell._settle"),
    "process": ("streams.{worker}", "{Worker}.process"),
}
"""Where a worker can be hit: module and attribute of everything that stores, sends, awaits or acknowledges."""

CLOCK_POINTS: Final = {
    "catch up": ("streams.caught_up", "CaughtUp.wait"),
    "tick": ("streams.clock", "Clock.tick"),
    "look at a child": ("streams.clock", "look"),
    "list the duties": ("streams.basis", "deadlines"),
    "list the ladders": ("streams.basis", "ladder_deadlines"),
    "raise": ("streams.clock", "Clock._raise"),
    "note a change": ("streams.clock", "Clock.changed"),
    "list a child": ("streams.due_index", "DueIndex.put"),
    "find who is due": ("streams.due_index", "DueIndex.due"),
    "write the index": ("streams.due_index", "DueIndex.write"),
}
"""Where the clock can be hit, which lives in the register's process."""


REBUILD_POINTS: Final = {
    "keep a record of a stretch": ("streams.children", "Children.take_unopened"),
    "read what stands": ("streams.what_stands", "WhatStands._read"),
    "take what stands": ("streams.what_stands", "WhatStands._take"),
    "note who is behind": ("streams.behind", "Behind.put"),
    "look quietly": ("streams.quiet_look", "QuietLooks.all"),
    "fill the index": ("streams.clock", "Clock.filled"),
    "drop who was behind": ("streams.behind", "Behind.drop"),
    "end a stretch": ("streams.behind", "Behind.none_left"),
    "hand a child back": ("streams.register", "Register._look_at_each_event_since"),
}
"""Where a register can be hit that reads its log again."""
BETWEEN_BATCHES: Final = "between-batches"
"""A file in the folder: a register that starts then looks at few children between batches, as it does at many."""


class Action(StrEnum):
    """How the worker is hit."""

    KILL = "kill"
    RAISE = "raise"
    HANG = "hang"
    """Never come back from the call; the loop of the worker is stuck with it."""
    HOLD = "hold"
    """Stay at the point, at a call that is awaited, until the fault is taken away; the loop of the worker runs on."""


ENDS: Final = (Action.KILL, Action.RAISE)
"""What ends a worker at once; a worker that hangs is ended by its watchdog, after seconds."""


class Moment(StrEnum):
    """Before the call, or after it has succeeded."""

    BEFORE = "before"
    AFTER = "after"


class InjectedFault(Exception):
    """What a point raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What to do at which call of a point (counted from 1 since it was put down), and how many times in all.

    `about` is a fault's address: a text that only what concerns the child in question holds (an id, or words of its
    report). Calls in whose arguments it does not stand in plain are not counted, so that no other child takes the hit.
    """

    point: str
    moment: Moment = Moment.BEFORE
    action: Action = Action.KILL
    call: int = 1
    times: int = 1
    about: str = ""


def put_down(folder: Path, worker: str, fault: Fault) -> None:
    """Hit the worker when it comes to this point, now or after a restart."""
    draft = _file(folder, worker).with_suffix(".new")
    draft.write_text(json.dumps(asdict(fault)))
    draft.rename(_file(folder, worker))


def is_pending(folder: Path, worker: str) -> bool:
    """True as long as the worker was not hit as often as was asked for."""
    return _file(folder, worker).exists()


def is_held(folder: Path, worker: str) -> bool:
    """True while the worker stays where it was told to."""
    return _held(_file(folder, worker)).exists()


def take_away(folder: Path, worker: str) -> None:
    """Hit it no more."""
    _file(folder, worker).unlink(missing_ok=True)


def folder_of_this_worker() -> Path:
    """In a worker's process: the folder in which faults are put down."""
    settings = Path(sys.argv[sys.argv.index("--settings") + 1])
    return next(above for above in settings.parents if (above / FOLDER).is_dir()) / FOLDER


def stand_round_the_points(worker: str) -> None:
    """In a worker's process: put the wrapper round every point that its modules have."""
    folder = folder_of_this_worker()
    calls: dict[str, int] = {}
    of_the_register = {**CLOCK_POINTS, **REBUILD_POINTS} if worker == "register" else {}
    for point, (module, attribute) in {**POINTS, **of_the_register}.items():
        where = module.format(worker=worker)
        if where in {f"streams.{other}" for other in ("intake", "identity", "register") if other != worker}:
            continue
        owner: Any = importlib.import_module(where)
        *classes, name = attribute.format(Worker=worker.capitalize()).split(".")
        for each in classes:
            owner = getattr(owner, each)
        hit = functools.partial(_hit, _file(folder, worker), point, calls)
        setattr(owner, name, _wrapped(getattr(owner, name), hit))


async def _until_let_go(file: Path | None) -> None:
    if file is not None:
        _held(file).touch()
        while file.exists():  # noqa: ASYNC110, ASYNC240 - a test, in another process, takes it away
            await asyncio.sleep(0.05)
        _held(file).unlink()


def _wrapped(call: Callable[..., Any], hit: Callable[[Moment, object], Path | None]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(call):

        @functools.wraps(call)
        async def awaited(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever the point takes and gives
            await _until_let_go(hit(Moment.BEFORE, (args, options)))
            result = await call(*args, **options)
            await _until_let_go(hit(Moment.AFTER, (args, options)))
            return result

        return awaited

    @functools.wraps(call)
    def called(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever the point takes and gives
        hit(Moment.BEFORE, (args, options))
        result = call(*args, **options)
        hit(Moment.AFTER, (args, options))
        return result

    return called


def _hit(file: Path, point: str, calls: dict[str, int], moment: Moment, given: object) -> Path | None:
    """Do as the fault says; where it says to hold, the file whose end is waited for."""
    if not file.exists():
        calls.clear()
        return None
    fault = Fault(**json.loads(file.read_text()))
    if (fault.point, fault.moment) != (point, moment) or fault.about not in repr(given):
        return None
    calls[point] = calls.get(point, 0) + 1
    if calls[point] != fault.call:
        return None
    if fault.action == Action.HOLD:
        return file
    calls.clear()
    if fault.times > 1:
        put_down(file.parent, file.stem, Fault(**{**asdict(fault), "times": fault.times - 1}))
    else:
        file.unlink()
    sys.stderr.write(f'{{"event": "hit", "point": "{point}", "moment": "{moment}"}}\n')
    sys.stderr.flush()
    if fault.action == Action.KILL:
        os._exit(KILLED)
    if fault.action == Action.HANG:
        threading.Event().wait()
    raise InjectedFault(point)


def _held(file: Path) -> Path:
    return file.with_suffix(".held")


def _file(folder: Path, worker: str) -> Path:
    return folder / f"{worker}.json"
