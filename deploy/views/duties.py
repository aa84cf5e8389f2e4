"""What one agency owes, and by when: from the duties in the register lines that it may open, and from its notices.

Rules kept here:

1. A duty of the register counts for whoever it names, and for a team while it acts for them; one that is met is not
   owed.
2. A notice that asks for something is owed until somebody there has taken it; one that asks for a duty that the
   register shows, and for nothing else, is the same thing and is listed once, and gone once the register shows the duty
   met. A telephone call to be made is another thing than the duty that falls due with it.
3. The due time that counts is shown, and beside it the raw one where a pause moved it, so that a pause hides no delay.
4. A notice that nobody has opened shows its reference and its due time, and nothing of a child.
5. What was asked is gone once everything that the desk was told is withdrawn or stood down, or the very duty that it is
   about; of a message of its own, once that is settled. A withdrawal of some fields takes nothing back that was asked.
6. Gone is as well what is asked no longer, by what the desk can read now: what a search asked, once the child is back;
   an answer that police have given. What follows an absence stays owed (`hub.routing.still_asked`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from consumers import RegisterLine
from deploy.views.known import Known, climbed_for, is_only_a_step
from deploy.views.words import child_words, duty_words, left, reference_words
from hub.deadlines import packaged_deadline_rules
from hub.delivery.points import acted_for
from hub.routing import packaged_rules
from hub.routing.raised import PURPOSE as DUTY
from hub.routing.still_asked import duties_asked, is_still_asked, is_still_owed
from hub.routing.unfound import SETTLED
from hub.routing.wording import STAND_DOWN, WITHDRAW_ALL
from schemas.records import Acknowledgement, Ask, DutyState, Means, Notice, NoticeKind

__all__ = [
    "NEEDS_YOU",
    "Acted",
    "Owed",
    "acted_by_register",
    "owed",
    "together",
    "untaken",
]


NEEDS_YOU: Final = "a notice needs you"
"""All that is shown of a notice that nobody has opened."""


_ENDS: Final = (WITHDRAW_ALL, STAND_DOWN, SETTLED)
"""The purposes of notices after which nothing is asked any more that was asked under their reference."""
_LAYERS: Final = tuple(Acknowledgement)
"""From fetched to taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What somebody of the agency did about a notice, and in which role."""

    layer: Acknowledgement
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One thing that an agency owes. `child` is empty where the agency may not know, or has not opened the notice.

    `acts_for` is who owes it, where the agency only acts for them at this hour.
    """

    episode: str
    child: str
    what: str
    due_at: datetime
    raw_due_at: datetime | None = None
    desk: str | None = None
    notice: str | None = None
    duty: str | None = None
    acts_for: str = ""

    @property
    def reference(self) -> str:
        """What to say on the telephone."""
        return reference_words(self.episode)

    @property
    def was_paused(self) -> bool:
        """Whether a pause moved the due time."""
        return self.raw_due_at is not None and self.raw_due_at != self.due_at

    def is_late(self, now: datetime) -> bool:
        """Whether the due time is over."""
        return self.due_at < now

    def as_mapping(self, now: datetime) -> Mapping[str, Any]:
        """As `--json` prints it; `seconds_left` is negative once it is late."""
        return {
            "episode_id": self.episode,
            "reference": self.reference,
            "child": self.child,
            "what": self.what,
            "duty": self.duty,
            "due_at": self.due_at,
            "raw_due_at": self.raw_due_at,
            "seconds_left": round((self.due_at - now).total_seconds()),
            "is_late": self.is_late(now),
            "desk": self.desk,
            "notice_id": self.notice,
            "acts_for": self.acts_for or None,
        }

    def left(self, now: datetime) -> str:
        """What is left, in words."""
        return left(self.due_at, now)


def owed(
    lines: Iterable[RegisterLine],
    notices: Iterable[Notice],
    acted: Mapping[str, Acted],
    agency: str,
    acts_for: Collection[str] = (),
) -> tuple[Owed, ...]:
    """Everything an agency owes, the earliest due first; `acts_for` are those for which it is on duty now.

    `acted` is what somebody there did about which notice, by its id, as far as this machine or the register knows.
    """
    known: dict[str, RegisterLine] = {line.episode: line for line in lines}
    every = tuple(notices)
    asked = [
        (notice, _same_thing(notice, every, known.get(notice.episode_id), agency))
        for notice in untaken(every, acted, known)
    ]
    said_by: dict[tuple[str, DutyState], Notice] = {}
    for notice, same in asked:
        for duty in same:
            which = (notice.episode_id, duty)
            if which not in said_by or not climbed_for(notice, every):
                said_by[which] = notice
    duties = [each for line in known.values() for each in _open_duties(line, agency, acts_for)]
    shown = {(line.episode, duty) for line, duty in duties}
    found = [_of_duty(line, duty, agency, said_by.get((line.episode, duty))) for line, duty in duties]
    found += [
        _of_notice(notice, notice.due_at, acted, known)
        for notice, same in asked
        if notice.due_at is not None
        and not any((notice.episode_id, duty) in shown for duty in same)
        and not _is_met(same)
    ]
    return tuple(sorted(found, key=lambda one: (one.due_at, one.what, one.episode)))


def together(rows: Iterable[Owed]) -> tuple[tuple[Owed, int], ...]:
    """The same rows for a screen: unopened notices under one reference with one due time once, with how many."""
    found: dict[object, tuple[Owed, int]] = {}
    for place, one in enumerate(rows):
        key: object = (one.episode, one.due_at) if one.what == NEEDS_YOU else place
        first, count = found.get(key, (one, 0))
        found[key] = first, count + 1
    return tuple(found.values())


def untaken(
    notices: Iterable[Notice], acted: Mapping[str, Acted], lines: Mapping[Any, RegisterLine] | None = None
) -> tuple[Notice, ...]:
    """Notices that ask for something still, and that nobody has taken, without those that were withdrawn since.

    `lines` are those of the register that the agency may open, by episode.
    """
    every = tuple(notices)
    ends: dict[tuple[str, str], list[Notice]] = {}
    for notice in every:
        if notice.kind is NoticeKind.WITHDRAWAL or notice.purpose in _ENDS:
            ends.setdefault((notice.episode_id, notice.desk), []).append(notice)
    known = Known(every, lines or {})
    found = [
        notice
        for notice in every
        if notice.ask is Ask.ACTION
        and (notice.notice_id not in acted or acted[notice.notice_id].layer is not Acknowledgement.TAKEN)
        and not any(_takes_back(later, notice) for later in ends.get((notice.episode_id, notice.desk), ()))
        and _is_asked(notice, known.to(notice))
    ]
    return tuple(notice for notice in found if not is_only_a_step(notice, every, found))


def _is_asked(notice: Notice, known: Mapping[str, str]) -> bool:
    duties = _duties_of(notice)
    if duties:
        return any(is_still_owed(duty, known, packaged_deadline_rules()) for duty in duties)
    return is_still_asked(notice, known, packaged_rules())


def acted_by_register(lines: Iterable[RegisterLine], notices: Iterable[Notice], agency: str) -> dict[str, Acted]:
    """What the register knows of what this agency did about its notices, whichever of its programs said so.

    The register names no notice. Where several to one desk are of one kind and one moment (what is new of a child, and
    whom to ring of it), it may mean any of them: they count as done if all that it could mean are.
    """
    done: dict[tuple[str, str | None, NoticeKind, datetime | None], list[Acknowledgement | None]] = {}
    for line in lines:
        for told in line.told:
            if told.recipient == agency and told.means is Means.HUB:
                done.setdefault((line.episode, told.desk, told.kind, told.told_at), []).append(told.layer)
    every = tuple(notices)
    alike = Counter((notice.episode_id, notice.desk, notice.kind, notice.issued_at) for notice in every)
    found: dict[str, Acted] = {}
    for notice in every:
        which = (notice.episode_id, notice.desk, notice.kind, notice.issued_at)
        shown = done.get(which, [])
        layers = [layer for layer in shown if layer is not None]
        if len(layers) == len(shown) >= alike[which]:
            found[notice.notice_id] = Acted(layer=min(layers, key=_LAYERS.index), role=notice.desk)
    return found


def _takes_back(later: Notice, notice: Notice) -> bool:
    """Whether a withdrawal, or a search stood down, takes back what an earlier notice to the same desk asked.

    What a withdrawal asks is never taken back.
    """
    if notice.kind is NoticeKind.WITHDRAWAL or later.issued_at <= notice.issued_at:
        return False
    return later.purpose in _ENDS or bool(_duties(later.withdrawn_fields) & _duties_of(notice))


def _duties_of(notice: Notice) -> frozenset[str]:
    """The duty that a notice asks to be done; none where it asks for anything else."""
    return _duties(field.name for field in notice.fields) if notice.purpose == DUTY else frozenset()


def _duties(fields: Iterable[str]) -> frozenset[str]:
    """The duties that these fields say something of: `duty.return_interview.due_at`."""
    parts = (name.split(".") for name in fields)
    return frozenset(name[1] for name in parts if len(name) > 1 and name[0] == DUTY)


def _open_duties(
    line: RegisterLine, agency: str, acts_for: Collection[str]
) -> Iterator[tuple[RegisterLine, DutyState]]:
    """The open duties of a line that name this agency, or one that it acts for."""
    for duty in line.duties:
        if (duty.owed_by == agency or duty.owed_by in acts_for) and duty.met_at is None:
            yield line, duty


def _same_thing(
    notice: Notice, every: Iterable[Notice], line: RegisterLine | None, agency: str
) -> tuple[DutyState, ...]:
    """The duties of the register that a notice asks for, if it asks for nothing else: of this name, due then, owed by
    whoever it was sent to, or sent for.
    """
    if line is None:
        return ()
    _, whose = acted_for(notice.desk) or ("", agency)
    owed_then = [duty for duty in line.duties if duty.owed_by == whose and duty.due_at == notice.due_at]
    found = [[duty for duty in owed_then if duty.duty in names] for names in _asks_for(notice, every)]
    return tuple(duty for some in found for duty in some) if all(found) else ()


def _asks_for(notice: Notice, every: Iterable[Notice]) -> tuple[frozenset[str], ...]:
    """For each thing that a notice asks, the duties of which one is that thing; a step of a ladder asks for what those
    ask that it climbs for.
    """
    if duties := _duties_of(notice):
        return tuple(frozenset({duty}) for duty in sorted(duties))
    if earlier := [one for one in climbed_for(notice, every) if one.due_at == notice.due_at]:
        asks = [_asks_for(one, ()) for one in earlier]
        return tuple(names for some in asks for names in some) if all(asks) else ()
    return duties_asked(notice, packaged_rules())


def _is_met(same: Collection[DutyState]) -> bool:
    return bool(same) and all(duty.met_at is not None for duty in same)


def _of_duty(line: RegisterLine, duty: DutyState, agency: str, notice: Notice | None) -> Owed:
    return Owed(
        episode=line.episode,
        child=child_words(line),
        what=duty_words(duty.duty),
        due_at=duty.due_at,
        raw_due_at=duty.raw_due_at,
        desk=None if notice is None else notice.desk,
        notice=None if notice is None else notice.notice_id,
        duty=duty.duty,
        acts_for="" if duty.owed_by == agency else duty.owed_by or "",
    )


def _of_notice(notice: Notice, due_at: datetime, acted: Mapping[str, Acted], lines: Mapping[Any, RegisterLine]) -> Owed:
    """What a notice asks; of one that nobody has opened, that it is there."""
    is_opened = notice.notice_id in acted
    return Owed(
        episode=notice.episode_id,
        child=child_words(lines.get(notice.episode_id)) if is_opened else "",
        what=notice.asked_of_you if is_opened else NEEDS_YOU,
        due_at=due_at,
        desk=notice.desk,
        notice=notice.notice_id,
    )
