"""What a desk can read of an absence now: the fields of what it was told, and of the register's line, the latest first.

It shows nothing to anybody; `deploy.views.duties` asks it whether what a notice asked is asked still.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from consumers import RegisterLine
from hub.routing import packaged_rules
from hub.routing.steps import LADDER
from schemas.records import Ask, Notice

__all__ = ["Known", "climbed_for", "is_only_a_step"]


class Known:
    """The fields that each desk can read of each absence, by name, as it was told or as the register shows them now."""

    def __init__(self, notices: Iterable[Notice], lines: Mapping[Any, RegisterLine]) -> None:
        self._told: dict[tuple[str, str], list[Notice]] = {}
        for notice in sorted(notices, key=lambda one: one.issued_at):
            self._told.setdefault((notice.episode_id, notice.desk), []).append(notice)
        self._lines = lines
        self._found: dict[tuple[str, str], dict[str, str]] = {}

    def to(self, notice: Notice) -> Mapping[str, str]:
        """What the desk of a notice can read of its absence."""
        which = (notice.episode_id, notice.desk)
        if which not in self._found:
            line = self._lines.get(notice.episode_id)
            self._found[which] = self._read(self._told.get(which, ()), line)
        return self._found[which]

    def _read(self, told: Iterable[Notice], line: RegisterLine | None) -> dict[str, str]:
        """The register counts as of its last change: what was told later is the newer word."""
        shown = {} if line is None else {name: field.value for name, field in line.golden.items()}
        since: datetime | None = None if line is None else line.changed_at
        found = dict(shown)
        for notice in told:
            if since is not None and notice.issued_at <= since:
                continue
            for name in notice.withdrawn_fields:
                found.pop(name, None)
            found.update((field.name, field.value) for field in notice.fields)
        return found


def is_only_a_step(notice: Notice, every: Iterable[Notice], asked: Iterable[Notice]) -> bool:
    """Whether a notice asks no more than to open others that this desk had, none of which is asked any longer.

    A team that is tried next, and had none itself, is asked still. `asked` are those among `every` that are.
    """
    return bool(climbed_for(notice, every)) and not climbed_for(notice, asked)


def climbed_for(notice: Notice, every: Iterable[Notice]) -> tuple[Notice, ...]:
    """The notices among these that one asks to open, as far as its desk had them; none where it asks anything else."""
    if notice.purpose != LADDER or notice.asked_of_you != packaged_rules().words["ask"]["open_this"]:
        return ()
    return tuple(one for one in every if _is_climbed_for(one, notice))


def _is_climbed_for(one: Notice, step: Notice) -> bool:
    """Whether a notice may be one that a step asks to open: of the same desk, and sent before it."""
    is_of_the_desk = (one.episode_id, one.desk) == (step.episode_id, step.desk)
    is_by_itself = one.ask is Ask.ACTION and one.purpose != LADDER
    return is_of_the_desk and is_by_itself and one.issued_at <= step.issued_at
