"""Takes the messages of a child apart into statements: one field, one value, one sender, one class.

A statement is the smallest thing that can be chosen, contradicted or disclosed. Its name says what it is about
and not which message brought it (`risk.grade`, `found.place`); items of a list are named by their kind where they
have one (`person.flags.exploitation.value`), by their place in the list otherwise. The class of a field is the one
its schema gives; `protection` may raise it. What was left blank says nothing: nulls, empty lists, `unknown`, and a
yes-or-no field that is false by default make no statement.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Final

from hub.event import Event
from hub.ids import AgencyId, ClaimId, EventId
from schemas.records import Address, AgencyKind, AgencyMessage, Disclosure, Record
from schemas.sources import sources

_STATEMENTS: Final = "statements"
_INHERIT: Final = "inherit"
_CONTROL: Final = "control"
_SHARED: Final = ("person", "contact", "child_ref", "episode_ref", "external_refs")
"""Fields that are named alike whatever message brought them."""
_KINDS: Final = ("kind", "role", "status")
"""Fields that say what an item of a list is: they become part of the names of its other fields."""
_NOT_SAID: Final = frozenset({"occurred_at", "recorded_at", "on_behalf_of"})
"""Fields of the common head that are provenance and no statements by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one agency says of one field in one message. Times are aware UTC; `order` is the event's."""

    field: str
    value: str
    disclosure: Disclosure
    sender: AgencyId
    sender_kind: AgencyKind
    claim: ClaimId | None
    event: EventId
    occurred_at: datetime | None
    recorded_at: datetime | None
    accepted_at: datetime
    order: int

    @property
    def stated_at(self) -> datetime:
        """When the agency recorded it, or when the hub accepted it where the agency did not say."""
        return self.recorded_at or self.accepted_at


@dataclass(frozen=True, slots=True)
class _Worked:
    """The statements of one event, whose fields stand under this name."""

    subject: str
    found: tuple[Statement, ...]


def statements(events: Iterable[Event], subjects: Mapping[str, str]) -> tuple[Statement, ...]:
    """Every statement of these events, sorted by field, claim and order.

    `subjects` says under which name the fields of a message type stand; a type that is not listed says nothing.
    """
    found = (statement for event in events for statement in statements_of(event, subjects))
    return tuple(sorted(found, key=lambda s: (s.field, s.claim or "", s.order, s.event)))


def text(value: object) -> str | None:
    """One value as text, or None where it says nothing. Times as ISO 8601 in UTC to the millisecond."""
    match value:
        case None | False | "" | ():
            return None
        case True:
            return "true"
        case StrEnum():
            return None if value.value == "unknown" else value.value
        case datetime():
            return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def statements_of(event: Event, subjects: Mapping[str, str]) -> tuple[Statement, ...]:
    """The statements of one event, as `statements`; worked out once."""
    body = event.body
    if not isinstance(body, AgencyMessage) or (subject := subjects.get(body.SCHEMA_NAME)) is None:
        return ()
    known = event.worked_out.get(_STATEMENTS)
    if not isinstance(known, _Worked) or known.subject != subject:
        known = event.worked_out[_STATEMENTS] = _Worked(subject, tuple(_taken_apart(event, body, subject)))
    return known.found


def _taken_apart(event: Event, body: AgencyMessage, subject: str) -> Iterator[Statement]:
    for field, disclosure in _classes(body.SCHEMA_NAME):
        if field in _NOT_SAID:
            continue
        name = field if not subject or field in _SHARED else f"{subject}.{field}"
        for path, value, shown_to in _leaves(name, getattr(body, field), disclosure):
            yield Statement(
                field=path,
                value=value,
                disclosure=shown_to,
                sender=event.sender,
                sender_kind=event.sender_kind,
                claim=event.claim,
                event=event.id,
                occurred_at=body.occurred_at,
                recorded_at=body.recorded_at,
                accepted_at=event.accepted_at,
                order=event.order,
            )


def _leaves(name: str, value: object, disclosure: str) -> Iterator[tuple[str, str, Disclosure]]:
    if isinstance(value, tuple):
        yield from _items(name, value, disclosure)
    elif isinstance(value, Record):
        kept = Disclosure.PROTECTED if isinstance(value, Address) and value.protected else None
        for field, own in _classes(value.SCHEMA_NAME):
            if isinstance(value, Address) and field == "protected":
                own = disclosure  # noqa: PLW2901  the mark is as confidential as what it marks
            shown_to = kept or (disclosure if own == _INHERIT else own)
            yield from _leaves(f"{name}.{field}", getattr(value, field), shown_to)
    elif disclosure != _CONTROL and (said := text(value)) is not None:
        yield name, said, Disclosure(disclosure)


def _items(name: str, items: tuple[object, ...], disclosure: str) -> Iterator[tuple[str, str, Disclosure]]:
    if items and not isinstance(items[0], Record):
        words = [said for item in items if (said := text(item)) is not None]
        if isinstance(items[0], StrEnum):
            words.sort()
        if words and disclosure != _CONTROL:
            yield name, "; ".join(words), Disclosure(disclosure)
        return
    seen: set[str] = set()
    for place, item in enumerate(items, start=1):
        kind = next((said for word in _KINDS if (said := text(getattr(item, word, None))) is not None), str(place))
        label = kind if kind not in seen else f"{kind}-{place}"
        seen.add(label)
        for leaf in _leaves(f"{name}.{label}", item, disclosure):
            if leaf[0].rpartition(".")[2] not in _KINDS:
                yield leaf


@cache
def _classes(record: str) -> tuple[tuple[str, str], ...]:
    """Every field of a record type with the class its schema gives it."""
    return tuple((field["name"], str(field["class"])) for field in sources()[record]["fields"])
