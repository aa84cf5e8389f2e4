"""What one agency owes, and by when: from the duties in the register lines that it may open, and from its notices.

Rules kept here:

1. A duty of the register counts for whoever it names, and for a team while it acts for them; one that is met is not
   owed.
2. A notice that asks for something is owed until somebody there has taken it; a notice about a duty that the register
   shows is the same thing and is listed once, and gone once the register shows the duty met.
3. The due time that counts is shown, and beside it the raw one where a pause moved it, so that a pause hides no delay.
4. A notice that nobody has opened shows its reference and its due time, and nothing of a child.
5. What was asked is gone once everything that the desk was told is withdrawn or stood down, or the very duty that it is
   about. A withdrawal of some fields takes nothing back that was asked.
6. Gone is as well what is asked no longer, by what the desk can read now: what a search asked, once the child is back;
   an answer that police have given. What follows an absence stays owed (`hub.routing.still_asked`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from consumers import RegisterLine
from deploy.views.known import Known, is_only_a_step
from deploy.views.words import child_words, duty_words, left, reference_words
from hub.deadlines import packaged_deadline_rules
from hub.delivery.points import acted_for
from hub.routing import packaged_rules
from hub.routing.raised import PURPOSE as DUTY
from hub.routing.still_asked import is_still_asked, is_still_owed
from hub.routing.wording import STAND_DOWN, WITHDRAW_ALL
from schemas.records import Acknowledgement, Ask, Means, Notice, NoticeKind

__all__ = [
    "NEEDS_YOU",
    "Acted",
    "Owed",
    "acted_by_register",
    "owed",
    "owed_by_notices",
    "owed_by_register",
    "together",
    "untaken",
]


NEEDS_YOU: Final = "a notice needs you"
"""All that is shown of a notice that nobody has opened."""


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
    known = {line.episode: line for line in lines}
    from_register = owed_by_register(known.values(), agency, acts_for)
    from_notices = owed_by_notices(notices, acted, known, agency)
    asked = {(one.episode, one.due_at): one for one in from_notices}
    duties = [(one.episode, one.due_at) for one in from_register]
    both = [one for one in from_notices if (one.episode, one.due_at) not in duties]
    for one in from_register:
        notice = asked.get((one.episode, one.due_at))
        both.append(one if notice is None else _with_notice(one, notice))
    return tuple(sorted(both, key=lambda one: (one.due_at, one.what, one.episode)))


def together(rows: Iterable[Owed]) -> tuple[tuple[Owed, int], ...]:
    """The same rows for a screen: unopened notices under one reference with one due time once, with how many."""
    found: dict[object, tuple[Owed, int]] = {}
    for place, one in enumerate(rows):
        key: object = (one.episode, one.due_at) if one.what == NEEDS_YOU else place
        first, count = found.get(key, (one, 0))
        found[key] = first, count + 1
    return tuple(found.values())


def owed_by_register(lines: Iterable[RegisterLine], agency: str, acts_for: Collection[str] = ()) -> tuple[Owed, ...]:
    """The open duties that the register names this agency for, or one that it acts for."""
    return tuple(
        Owed(
            episode=line.episode,
            child=child_words(line),
            what=duty_words(duty.duty),
            due_at=duty.due_at,
            raw_due_at=duty.raw_due_at,
            duty=duty.duty,
            acts_for="" if duty.owed_by == agency else duty.owed_by or "",
        )
        for line in lines
        for duty in line.duties
        if (duty.owed_by == agency or duty.owed_by in acts_for) and duty.met_at is None
    )


def owed_by_notices(
    notices: Iterable[Notice], acted: Mapping[str, Acted], lines: Mapping[Any, RegisterLine], agency: str
) -> tuple[Owed, ...]:
    """What notices ask that nobody has taken, but what the register shows as met."""
    return tuple(
        Owed(
            episode=notice.episode_id,
            child=child_words(lines.get(notice.episode_id)) if notice.notice_id in acted else "",
            what=notice.asked_of_you if notice.notice_id in acted else NEEDS_YOU,
            due_at=notice.due_at,
            desk=notice.desk,
            notice=notice.notice_id,
        )
        for notice in untaken(notices, acted, lines)
        if notice.due_at is not None
        and not _is_met(lines.get(notice.episode_id), notice.due_at, (acted_for(notice.desk) or ("", agency))[1])
    )


def untaken(
    notices: Iterable[Notice], acted: Mapping[str, Acted], lines: Mapping[Any, RegisterLine] | None = None
) -> tuple[Notice, ...]:
    """Notices that ask for something still, and that nobody has taken, without those that were withdrawn since.

    `lines` are those of the register that the agency may open, by episode.
    """
    every = tuple(notices)
    ends: dict[tuple[str, str], list[Notice]] = {}
    for notice in every:
        if notice.kind is NoticeKind.WITHDRAWAL or notice.purpose == STAND_DOWN:
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
    return later.purpose in (WITHDRAW_ALL, STAND_DOWN) or bool(_duties(later.withdrawn_fields) & _duties_of(notice))


def _duties_of(notice: Notice) -> frozenset[str]:
    """The duty that a notice asks to be done; none where it asks for anything else."""
    return _duties(field.name for field in notice.fields) if notice.purpose == DUTY else frozenset()


def _duties(fields: Iterable[str]) -> frozenset[str]:
    """The duties that these fields say something of: `duty.return_interview.due_at`."""
    parts = (name.split(".") for name in fields)
    return frozenset(name[1] for name in parts if len(name) > 1 and name[0] == DUTY)


def _is_met(line: RegisterLine | None, due_at: datetime, agency: str) -> bool:
    if line is None:
        return False
    mine = [duty for duty in line.duties if duty.owed_by == agency and duty.due_at == due_at]
    return bool(mine) and all(duty.met_at is not None for duty in mine)


def _with_notice(duty: Owed, notice: Owed) -> Owed:
    return Owed(
        episode=duty.episode,
        child=duty.child,
        what=duty.what,
        due_at=duty.due_at,
        raw_due_at=duty.raw_due_at,
        desk=notice.desk,
        notice=notice.notice,
        duty=duty.duty,
        acts_for=duty.acts_for,
    )
