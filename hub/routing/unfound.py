"""What the sender hears of a message that is about an earlier one of its own, where the hub knows no such message.

A cancellation, a correction or an amendment names a message by its id. Where that id is of another child, of another
agency or of nothing, nothing is taken back or put right, and the receipt, which intake writes, cannot say so: intake
keeps no messages. The fold knows (`hub.episode.corrections`); so its sender is told as soon as the child is looked at.
Rules kept here:

1. Only the sender is told, at its duty desk, whatever else it may know of the child: it is the answer to its own
   message, and rests on nothing but its own messages about this child. Where it cannot be reached it is told once it
   can be; nobody else is asked to ring it, because nobody else is to know.
2. It is told under a reference of the message itself, and never of an absence: whether there is one, it does not say.
3. A level, like all that is told: as long as nothing is found, the sender is to know that. Once the message that was
   meant has arrived (it was overtaken, or lay with another child), or the sender has taken its own message back, or has
   cancelled since all that it had said of the child, it hears that nothing more is asked of it; and it hears again if
   that is undone. What a new message was meant to put right nobody knows: it settles nothing else.
4. While messages of the sender may still be on their way here from another child, nothing is said; nor of a child half
   decided about, or of one that nobody may be told of.

| point | meaning |
|---|---|
| `m=<number>:<stance>` | how the message stood (unfound, found…) by this notice of it, counted from 1 |
"""

from collections.abc import Container, Iterator, Mapping
from enum import StrEnum
from typing import Final

from hub.delivery.points import urgent
from hub.delivery.rules import DeliveryRules
from hub.directory import Directory
from hub.episode.corrections import REVISING, named_by
from hub.episode.model import ChildState
from hub.episode.ownership import departed_claims
from hub.event import Event
from hub.ids import EpisodeId, EventId, episode_id
from hub.routing import wording
from hub.routing.case import cause_in
from hub.routing.rows import Rules
from hub.routing.vocabulary import DUTY_DESK
from hub.routing.writing import Content, OwedNotice, Writer
from schemas.records import (
    AgencyKind,
    DisclosedField,
    Disclosure,
    Means,
    MissingReported,
    NoticeKind,
    ReportCancelled,
    StatusClaimed,
    Urgency,
)

PURPOSE: Final = "own_message"
SETTLED: Final = "own_message_settled"
"""Purposes that are the hub's own, of a message of the reader's: it is about nothing known; that is settled."""
ROLE: Final = "sender"
FIELDS: Final = ("message.id", "message.named", "message.notice", "message.stands", "message.type")
"""Of the message: its id, the id that it names, which notice of it this is (from the second on), the sender's latest
report about this child that stands, its type.
"""
_POINT: Final = "m="


class _Stance(StrEnum):
    UNFOUND = "unfound"
    FOUND = "found"
    TAKEN_BACK = "taken_back"
    NOTHING_LEFT = "nothing_left"


def reference_id(event: Event) -> EpisodeId:
    """The id under which a sender is told of its own message: the one that an absence which it began would have."""
    return episode_id(event.id, event.sender)


def unfound_notices(
    state: ChildState, directory: Directory, rules: Rules, delivery: DeliveryRules
) -> Iterator[OwedNotice]:
    """What senders are owed about their own messages, and were not told."""
    told = _told(state)
    if not (told or state.unfound) or state.is_half_decided or state.is_withheld:
        return
    writer = Writer(directory, rules.version, delivery)
    unfound, standing = {event.id for event in state.unfound}, {event.id for event in state.standing}
    departed = departed_claims(state.child, state.claims)
    awaited = {state.claims[claim].agency for claim in state.awaited if claim in state.claims}
    cause = cause_in(state.events)
    for event in state.events:
        if not isinstance(event.body, REVISING) or event.claim in departed or event.sender in awaited:
            continue
        number, last = told.get(reference_id(event), (0, None))
        stance = _stance(event, state, unfound, standing)
        is_owed = stance != last and _Stance.UNFOUND in (stance, last)
        if not is_owed or not directory.is_connected(event.sender, cause.accepted_at):
            continue
        which = str(number + 1) if number else None
        is_asked = stance is _Stance.UNFOUND
        content = _asked(event, which, state, rules) if is_asked else _settled(event, which, stance, rules)
        yield writer.notice(
            (event.sender, DUTY_DESK),
            content,
            episode=reference_id(event),
            cause=cause,
            role=ROLE,
            basis=PURPOSE,
            points=(f"{_POINT}{number + 1}:{stance}", urgent(content.urgency)),
            means=Means.HUB,
        )


def _stance(event: Event, state: ChildState, unfound: Container[EventId], standing: Container[EventId]) -> _Stance:
    if event.id not in standing:
        return _Stance.TAKEN_BACK
    if event.id not in unfound:
        return _Stance.FOUND
    return _Stance.NOTHING_LEFT if _has_nothing_left(event, state, unfound, standing) else _Stance.UNFOUND


def _has_nothing_left(
    event: Event, state: ChildState, unfound: Container[EventId], standing: Container[EventId]
) -> bool:
    """Whether its sender has cancelled since everything that a cancellation could have been about: all that it had said
    before under that number for the child. What it says after that is another matter.
    """
    if not isinstance(event.body, ReportCancelled):
        return False
    own = [one for one in state.events if (one.sender, one.claim) == (event.sender, event.claim)]
    said = [one for one in own if not isinstance(one.body, REVISING)]
    first = min((one.order for one in said), default=None)
    stands = min((one.order for one in said if one.id in standing), default=None)
    return first is not None and any(
        max(first, event.order) < one.order and (stands is None or one.order <= stands)
        for one in own
        if isinstance(one.body, ReportCancelled) and one.id in standing and one.id not in unfound
    )


def _told(state: ChildState) -> Mapping[str, tuple[int, str]]:
    """By reference: how many notices there were about a message, and how it stood by the last of them."""
    found: dict[str, tuple[int, str]] = {}
    for fact in state.told.values():
        point = fact.row.points[0] if fact.row.points else ""
        if point.startswith(_POINT):
            number, _, stance = point.removeprefix(_POINT).partition(":")
            found[fact.row.episode_id] = max((int(number), stance), found.get(fact.row.episode_id, (0, "")))
    return found


def _asked(event: Event, which: str | None, state: ChildState, rules: Rules) -> Content:
    named = named_by(event.body)
    row = rules.unfound[event.body.SCHEMA_NAME, named is not None]
    report = _latest_report(event, state)
    stands = None if report is None else f"{report.body.SCHEMA_NAME} {report.id}"
    return Content(
        kind=NoticeKind.UPDATE,
        purpose=PURPOSE,
        urgency=row.urgency,
        happened=rules.words["own_message"][row.says],
        asked=wording.asked(rules, [row.words]),
        within=row.within,
        fields=_fields(event, named=named, notice=which, stands=stands),
    )


def _settled(event: Event, which: str | None, stance: _Stance, rules: Rules) -> Content:
    return Content(
        kind=NoticeKind.UPDATE,
        purpose=SETTLED,
        urgency=Urgency.SOON,
        happened=rules.words["own_message"][stance],
        fields=_fields(event, notice=which),
    )


def _fields(event: Event, **said: str | None) -> tuple[DisclosedField, ...]:
    """What is said of a message, by name."""
    known = {"id": event.id, "type": event.body.SCHEMA_NAME, **said}
    return tuple(
        DisclosedField(name=f"message.{name}", disclosure=Disclosure.ROUTING, value=value, source_kind=AgencyKind.HUB)
        for name, value in sorted(known.items())
        if value is not None
    )


def _latest_report(event: Event, state: ChildState) -> Event | None:
    """The latest report that the sender has made under the same reference of its own for the child, and that stands."""
    reports = (
        one
        for one in state.standing
        if (one.sender, one.claim) == (event.sender, event.claim)
        and isinstance(one.body, (MissingReported, StatusClaimed))
    )
    return max(reports, key=lambda one: (one.order, one.id), default=None)
