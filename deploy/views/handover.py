"""One page for whoever takes over: what is new since the last shift, what is owed, what nobody took, whom to ring.

It fits one printed page: of a long list the most urgent are shown and the rest is counted, with the command that shows
all. Nothing is left out silently.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from consumers import RegisterLine
from deploy.views.duties import Owed
from deploy.views.timeline import whom_to_ring
from deploy.views.words import (
    OPEN,
    agency_words,
    awaits_police,
    child_words,
    desk_words,
    reference_words,
    risk_words,
    state_words,
)
from hub.reference import packaged_reference
from schemas.records import Notice

__all__ = ["LINES", "ROWS", "Handover", "New", "Ring", "handover"]

LINES: Final = 60
"""Lines of a printed page."""
ROWS: Final = 12
"""The most entries of a section; with four sections and their titles one page, if each is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """An episode that changed since the last shift."""

    episode: str
    child: str
    state: str
    risk: str
    changed_at: datetime
    is_open: bool

    @property
    def reference(self) -> str:
        """What to say on the telephone."""
        return reference_words(self.episode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Somebody to telephone: whom, about which reference, and why. `telephone` is empty where none is known."""

    whom: str
    why: str
    episode: str
    telephone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """The page. Times are aware UTC; every list is whole, the page shows the first of each."""

    agency: str
    since: datetime
    until: datetime
    still_missing: int
    new: tuple[New, ...]
    owed: tuple[Owed, ...]
    untaken: tuple[Notice, ...]
    ring: tuple[Ring, ...]
    unread_for: timedelta | None = None
    """For how long nobody has read the agency's mailbox, where that is too long."""

    def as_mapping(self) -> Mapping[str, Any]:
        """As `--json` prints it."""
        return {
            "agency": self.agency,
            "since": self.since,
            "until": self.until,
            "mailbox_unread_seconds": None if self.unread_for is None else round(self.unread_for.total_seconds()),
            "still_missing": self.still_missing,
            "new": [
                {
                    "episode_id": each.episode,
                    "reference": each.reference,
                    "child": each.child,
                    "state": each.state,
                    "risk": each.risk,
                    "changed_at": each.changed_at,
                    "is_open": each.is_open,
                }
                for each in self.new
            ],
            "owed": [each.as_mapping(self.until) for each in self.owed],
            "taken_by_nobody": [
                {"notice_id": each.notice_id, "reference": each.reference, "desk": each.desk, "due_at": each.due_at}
                for each in self.untaken
            ],
            "ring": [
                {
                    "whom": each.whom,
                    "why": each.why,
                    "telephone": each.telephone,
                    "reference": reference_words(each.episode),
                    "episode_id": each.episode,
                }
                for each in self.ring
            ],
        }


def handover(
    lines: Iterable[RegisterLine],
    owed: Sequence[Owed],
    untaken: Sequence[Notice],
    *,
    agency: str,
    since: datetime,
    until: datetime,
    unread_for: timedelta | None = None,
) -> Handover:
    """The page of an agency for the time from `since` to `until`.

    `owed` and `untaken` are as `deploy.views.duties` gives them; `lines` are those of the register that it may open.
    """
    opened = [line for line in lines if line.is_opened and line.superseded_by is None]
    going_on = [line for line in opened if line.status in OPEN]
    new = [_new(line) for line in opened if since <= line.changed_at <= until]
    return Handover(
        agency=agency,
        since=since,
        until=until,
        still_missing=len(going_on),
        new=tuple(sorted(new, key=lambda each: (not each.is_open, _RISKS.get(each.risk, 3), each.changed_at))),
        owed=tuple(owed),
        untaken=tuple(sorted(untaken, key=lambda notice: (notice.due_at is None, str(notice.due_at)))),
        ring=tuple(ring for line in going_on for ring in _to_ring(line, agency)),
        unread_for=unread_for,
    )


_RISKS: Final = {"high": 0, "medium": 1, "low": 2}


def _new(line: RegisterLine) -> New:
    return New(
        episode=line.episode,
        child=child_words(line),
        state=state_words(line.status),
        risk=risk_words(line),
        changed_at=line.changed_at,
        is_open=line.status in OPEN,
    )


def _to_ring(line: RegisterLine, agency: str) -> Iterator[Ring]:
    area = line.known("last_seen.area_code") or line.known("person.home.area_code")
    force = packaged_reference().force_of(None if area is None else area.value)
    if awaits_police(line) and force != agency:  # a force reads it among what it owes
        yield Ring(
            whom="police" if force is None else agency_words(force),
            why="they have not confirmed that they have the report",
            episode=line.episode,
            telephone="101",
        )
    for told in whom_to_ring(line.told):
        if told.recipient == agency:
            continue
        desk = f" ({desk_words(told.desk)})" if told.desk else ""
        yield Ring(
            whom=f"{agency_words(told.recipient)}{desk}", why="nobody has recorded the call", episode=line.episode
        )
