"""Lines of a register for tests of the screen."""

from datetime import UTC, datetime
from itertools import count
from uuid import UUID

from consumers import RegisterLine
from schemas.records import DisclosedField, Disclosure, EpisodeStatus, RegisterBlock, RegisterEntry

_NUMBERS = count(1)


def line(status: str, *, risk: str | None = None, began: str | None = None) -> RegisterLine:
    """One line, opened in class `routing`."""
    known = {"episode.status": status, "episode.risk": risk, "episode.began_at": began}
    golden = tuple(
        DisclosedField(name=name, disclosure=Disclosure.ROUTING, value=value)
        for name, value in known.items()
        if value is not None
    )
    entry = RegisterEntry(
        episode_id=str(UUID(int=next(_NUMBERS))),
        status=EpisodeStatus(status),
        sequence=1,
        changed_at=datetime(2026, 11, 24, 21, tzinfo=UTC),
        key_id="k",
    )
    block = RegisterBlock(disclosure=Disclosure.ROUTING, golden=golden)
    return RegisterLine(entry=entry, blocks={Disclosure.ROUTING: block}, held=frozenset())
