"""Which police forces hold an absence as a case of theirs, since which message, and which of them owns it.

A force holds a case once it treats the child as missing, or as found: by a report, a claim, a record, a grade of the
risk, an appeal, a finding or return that counts, a handover that it proposes or accepts. A sighting, an enquiry or an
interview holds nothing: it helps with somebody's case (c). Rules:

1. The first force to hold the case, in the order accepted, owns it: never a minute without an owner. Who says something
   later takes part, be it the force where the child was last seen or lives: which of them it should be is theirs to
   settle, by a handover (c).
2. The case passes when another force accepts it; the giver keeps the clocks until then. Whoever accepts has the case,
   by whomever it was proposed.
3. That a force does not record the child, or as a concern only, speaks for that force alone (law 1: the most worried
   competent claim stands). Its case is then the next holder's; where none is left, that of the force where the child
   was seen, lives or is placed, as before anybody answered. A later record or grade of its own takes its word back.
4. What was withdrawn holds nothing; nor does a grade of a force that has since withdrawn every report it had made (c).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from hub.episode.marks import HEARSAY, LOCATING, is_death
from hub.event import Event
from hub.ids import AgencyId, EventId
from schemas.records import (
    AgencyKind,
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    MissingAmended,
    MissingReported,
    NationalComputerState,
    OwnershipKind,
    OwnershipStep,
    OwnershipTransferred,
    PoliceDecision,
    PoliceResponse,
    PreventionInterviewRecorded,
    Publicity,
    PublicityDecided,
    RiskAssessed,
    RiskGrade,
    StatusClaimed,
)

INVESTIGATION: Final = frozenset({OwnershipKind.INVESTIGATION, OwnershipKind.CASE})
"""Kinds of handover by which the case passes from force to force."""
UNRECORDED: Final = frozenset({PoliceDecision.NOT_RECORDED, PoliceDecision.CONCERN_ONLY})
"""Answers of a force that does not treat the child as missing."""
_SAID: Final = frozenset(ClaimedStatus) - {ClaimedStatus.UNEXPLAINED_ABSENCE, ClaimedStatus.UNKNOWN}
"""Claims that say of the child whether, or since when, it is missing."""
_HELD: Final = frozenset({ClaimedStatus.MISSING, ClaimedStatus.AWAY, ClaimedStatus.LOCATED, ClaimedStatus.RETURNED})
"""Claims of a force that has the case; that the child is not missing ends one, and begins none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """The forces that hold the case, each with the message since which it does, and the one that owns it.

    `owner` is None while no force holds it. `gave` are forces that owned it and whose handover another has accepted.
    """

    since: Mapping[AgencyId, Event]
    owner: AgencyId | None
    because: EventId | None
    gave: tuple[AgencyId, ...]


class _Word(Enum):
    """What a message says of its sender's case."""

    RECORDS = "records"
    WORRIES = "worries"
    """As a record, unless its sender has withdrawn every report it made since."""
    AGREES = "agrees"
    """As `WORRIES`, unless its sender has said that it does not record the child: it takes nothing back."""
    ANSWERS = "answers"
    """As a record, with the same exception."""
    DENIES = "denies"


_OF_REPORTS: Final = frozenset({_Word.WORRIES, _Word.AGREES})
_NO_ANSWER_TO_A_DENIAL: Final = frozenset({_Word.AGREES, _Word.ANSWERS})


def treats_as_a_case(event: Event) -> bool:
    """Whether a message of police says that its force treats the child as missing, or as found."""
    return event.sender_kind is AgencyKind.POLICE and _word(event) not in (None, _Word.DENIES)


def denies_a_case(event: Event) -> bool:
    """Whether a message of police says that its force does not treat the child as missing."""
    return event.sender_kind is AgencyKind.POLICE and _word(event) is _Word.DENIES


def answers(event: Event) -> bool:
    """Whether a message of police answers a report: it says how its force holds the child, or where the child is.

    A sighting, an enquiry or a refusal of a handover does not; that the child was seen after it is back does (c).
    """
    if event.sender_kind is not AgencyKind.POLICE:
        return False
    match event.body:
        case ChildFound() | ChildReturned() | PreventionInterviewRecorded():
            return True
        case StatusClaimed(status=status):
            return status in _SAID
        case _:
            return _word(event) is not None


def holding(bearing: Sequence[Event], withdrawn: Mapping[EventId, Event]) -> Holding:
    """Who holds the case, from the events that bear on the absence in the order accepted, withdrawn ones included.

    `withdrawn` maps a withdrawn event to what withdrew it.
    """
    of_police = [event for event in bearing if event.sender_kind is AgencyKind.POLICE]
    taken_back = _taken_back(of_police, withdrawn)
    since: dict[AgencyId, Event] = {}
    denied: set[AgencyId] = set()
    accepted: list[Event] = []
    gave: dict[AgencyId, None] = {}
    for event in of_police:
        word = None if event.id in withdrawn else _word(event)
        force = event.sender
        if word is None or (word in _OF_REPORTS and _is_before(event, taken_back.get(force))):
            continue
        if word is _Word.DENIES:
            denied.add(force)
            since.pop(force, None)
            accepted = [other for other in accepted if other.sender != force]
        elif force not in denied or word not in _NO_ANSWER_TO_A_DENIAL:
            denied.discard(force)
            if _accepts(event):
                before, _ = _owner(since, accepted)
                if before is not None and before != force:
                    gave[before] = None
                accepted.append(event)
            since.setdefault(force, event)
    owner, because = _owner(since, accepted)
    return Holding(
        since=since,
        owner=owner,
        because=None if because is None else because.id,
        gave=tuple(force for force in gave if force != owner),
    )


def _owner(since: Mapping[AgencyId, Event], accepted: Sequence[Event]) -> tuple[AgencyId | None, Event | None]:
    """Whoever accepted it last and holds it still; otherwise the first that holds it."""
    passed = next((event for event in reversed(accepted) if event.sender in since), None)
    because = passed or min(since.values(), key=_place, default=None)
    return (None, None) if because is None else (because.sender, because)


def _taken_back(of_police: Sequence[Event], withdrawn: Mapping[EventId, Event]) -> dict[AgencyId, Event]:
    """Forces that had at some time withdrawn every report they had made, each with what withdrew the last of them."""
    found: dict[AgencyId, Event] = {}
    standing: dict[AgencyId, Event] = {}
    reports = [event for event in of_police if isinstance(event.body, (MissingReported, StatusClaimed))]
    for event in reports:
        if event.id not in withdrawn:
            standing.setdefault(event.sender, event)
    for event in reports:
        by = withdrawn.get(event.id)
        if by is not None and not _is_before(standing.get(event.sender), by):
            found[event.sender] = max(by, found.get(event.sender, by), key=_place)
    return found


def _is_before(event: Event | None, other: Event | None) -> bool:
    return event is not None and other is not None and _place(event) < _place(other)


def _place(event: Event) -> tuple[int, EventId]:
    return event.order, event.id


def _accepts(event: Event) -> bool:
    body = event.body
    return isinstance(body, OwnershipTransferred) and body.step is OwnershipStep.ACCEPTED


def _word(event: Event) -> _Word | None:  # noqa: PLR0911 - a list
    """What one message of police says of its sender's case; None where it says nothing of it."""
    match event.body:
        case MissingReported() | MissingAmended(status=str()):
            return _Word.RECORDS
        case StatusClaimed(status=status):
            return _Word.RECORDS if status in _HELD else None
        case PoliceResponse() as body:
            return _of_answer(body)
        case RiskAssessed(grade=grade):
            return _Word.AGREES if grade is RiskGrade.NO_APPARENT else _Word.WORRIES
        case PublicityDecided(decision=Publicity.APPEAL | Publicity.ALERT):
            return _Word.WORRIES
        case ChildFound(seen_by=seen_by):
            return _Word.RECORDS if seen_by in LOCATING or is_death(event) else None
        case ChildReturned(seen_by=seen_by):
            return None if seen_by in HEARSAY else _Word.RECORDS
        case OwnershipTransferred(kind=kind, step=step, from_agency=giver, to_agency=taker) if kind in INVESTIGATION:
            is_its_own = (step is OwnershipStep.PROPOSED and giver == event.sender) or (
                step is OwnershipStep.ACCEPTED and taker == event.sender
            )
            return _Word.RECORDS if is_its_own else None
        case _:
            return None


def _of_answer(body: PoliceResponse) -> _Word:
    if body.decision in UNRECORDED:
        return _Word.DENIES
    is_circulated = body.circulated_at is not None or body.national_computer is NationalComputerState.CIRCULATED
    return _Word.ANSWERS if body.decision is PoliceDecision.UNKNOWN and not is_circulated else _Word.RECORDS
